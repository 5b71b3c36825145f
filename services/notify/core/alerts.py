"""What a caseworker is alerted to: the household's options really change, or a deadline nears. Not each event.

A new proposal is a change by itself: the engine does not propose a home again that was refused or left unanswered
(matching bans it). What only follows from the caseworker's own click, and the passages of the machine, are no alerts.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from shared.events import Change, Placement, Step
from shared.working_days import is_working_day

PARIS: Final = ZoneInfo("Europe/Paris")
WORK_BEGINS: Final = time(8)
# Between a step and the alert about its deadline: whoever has just been told of a proposal knows its deadline.
SHORTEST_NOTICE: Final = timedelta(hours=12)

_LOST: Final = frozenset({"home_gone", "lead_gone"})
_ENDED: Final = frozenset({"expired", "no_answer"})


class AlertKind(StrEnum):
    """What an alert is about. Preferences and « pas utile » count by kind."""

    PROPOSAL = "proposal"
    OPTION_LOST = "option_lost"
    DEADLINE = "deadline"
    OUTCOME = "outcome"

    @property
    def label_fr(self) -> str:
        return {
            "proposal": "nouvelle proposition",
            "option_lost": "logement ou emploi perdu en route",
            "deadline": "échéance proche",
            "outcome": "réponse ou fin d'une proposition",
        }[self.value]


@dataclass(frozen=True)
class Deadline:
    """The deadline that a placement runs against, and when its caseworker is alerted to it."""

    at: datetime
    alert_at: datetime


def kind_of(change: Change[Placement]) -> AlertKind | None:
    """The alert that a change of a placement is worth; None for most."""
    before, after = change.before, change.after
    if after is None or (before is not None and before.step == after.step):
        return None
    if after.step is Step.PROPOSED:
        return AlertKind.PROPOSAL
    if after.step is Step.RELEASED and after.outcome in _LOST:
        return AlertKind.OPTION_LOST
    answered = before is not None and before.step in {Step.APPROVED, Step.VERIFYING}
    if after.step is Step.ACCEPTED and answered:
        return AlertKind.OUTCOME
    if after.step is Step.REFUSED and before is not None and before.step is Step.APPROVED:
        return AlertKind.OUTCOME
    if after.step is Step.RELEASED and after.outcome in _ENDED:
        return AlertKind.OUTCOME
    return None


def deadline_of(placement: Placement) -> Deadline | None:
    """The deadline of its step (a decision, an answer), else the end of the landlord's hold; None where it has none.

    The alert comes when work begins on the last working day before the deadline's own day, so that a digest of the next
    morning is still in time.
    """
    if placement.step is Step.VERIFYING:
        return None
    text = placement.due_at or placement.hold_until
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    day = (at - timedelta(seconds=1)).astimezone(PARIS).date() - timedelta(days=1)
    while not is_working_day(day):
        day -= timedelta(days=1)
    begins = datetime.combine(day, WORK_BEGINS, PARIS)
    noticed = datetime.fromisoformat(placement.changed_at) + SHORTEST_NOTICE
    alert_at = max(begins, noticed)
    return Deadline(at, alert_at) if alert_at < at else None
