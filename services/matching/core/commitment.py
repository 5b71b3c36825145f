"""How far a home is taken, as those who may see the home may know it: no household, no caseworker, no programme. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.matching.core.programme import Programme
from shared.events import LIVE_STEPS, Step


class CommitmentState(StrEnum):
    """COMMITTED: sent to a household. HELD: kept for it with the landlord's agreement. LET: the lease is reached."""

    COMMITTED = "committed"
    HELD = "held"
    LET = "let"


@dataclass(frozen=True, slots=True)
class HomeCommitment:
    """`until` is the last instant of a hold; `since` when the placement last moved."""

    state: CommitmentState
    since: datetime
    until: datetime | None = None


def commitment_of(
    step: Step, programme: Programme, *, sent: bool, hold_until: datetime | None, since: datetime
) -> HomeCommitment | None:
    """What a placement makes of its home; None for a soft proposal, which is invisible, and for one that has ended."""
    if step is Step.COMPLETED:
        return HomeCommitment(CommitmentState.LET, since)
    if not sent or step not in LIVE_STEPS:
        return None
    if step is not Step.VERIFYING and not programme.before_signature(step):
        return HomeCommitment(CommitmentState.LET, since)
    if hold_until is not None:
        return HomeCommitment(CommitmentState.HELD, since, hold_until)
    return HomeCommitment(CommitmentState.COMMITTED, since)
