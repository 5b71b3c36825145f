"""Full lists: how what a list says about the absent goes on, from its end to the last withdrawal. Pure."""

from enum import StrEnum
from typing import Final

from services.ingest.core.disappearance import Assessment, Verdict


class SnapshotState(StrEnum):
    """Where the withdrawals of a full list stand."""

    APPLYING = "applying"  # decided, being written
    APPLIED = "applied"
    QUARANTINED = "quarantined"  # a person confirms or rejects
    BLOCKED = "blocked"  # lines without a readable reference: nothing is withdrawn
    REJECTED = "rejected"  # by a person
    REPLACED = "replaced"  # a newer full list came: nothing more is withdrawn by this one
    TRIED = "tried"  # a dry run: what would have been decided

    def label(self, lang: str) -> str:
        """The word for people, in "fr" or "en"."""
        return _LABELS[self][1 if lang == "en" else 0]


_LABELS: Final = {
    SnapshotState.APPLYING: ("retraits en cours", "withdrawing"),
    SnapshotState.APPLIED: ("appliquée", "applied"),
    SnapshotState.QUARANTINED: ("en attente d'une personne", "waiting for a person"),
    SnapshotState.BLOCKED: ("sans retrait : références illisibles", "no withdrawal: unreadable references"),
    SnapshotState.REJECTED: ("refusée", "rejected"),
    SnapshotState.TRIED: ("essai à blanc", "dry run"),
    SnapshotState.REPLACED: ("remplacée par une plus récente", "replaced by a newer one"),
}


def first_state(assessment: Assessment, *, newer_known: bool, to_withdraw: int) -> SnapshotState:
    """The state of a list that has just ended. `to_withdraw` also counts the absent that had expired by themselves.

    Of two lists the one observed later decides, whichever arrives last.
    """
    if newer_known:
        return SnapshotState.REPLACED
    if assessment.verdict is Verdict.BLOCKED:
        return SnapshotState.BLOCKED
    if assessment.verdict is Verdict.QUARANTINE:
        return SnapshotState.QUARANTINED
    if to_withdraw and assessment.unreadable:
        return SnapshotState.BLOCKED
    return SnapshotState.APPLYING if to_withdraw else SnapshotState.APPLIED
