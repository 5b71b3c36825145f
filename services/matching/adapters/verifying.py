"""Placements in verification: which are due to be asked for, and what an answer does."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from services.matching.adapters.locking import lock
from services.matching.adapters.models import PlacementRow
from services.matching.adapters.placements import Act, Moment, carry_out, programme_of, state_of
from services.matching.adapters.verification import Answer
from services.matching.core.placement import Gone, Transition, Verified, decide
from shared.clock import utc_now
from shared.events import Step

FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A placement that waits for ingest's answer."""

    id: str
    version: int
    vacancy: str
    offer: str | None


def due_for_verification(session: Session, now: datetime) -> Waiting | None:
    """The placement whose verification has waited longest, at technical time `now`; None when none is due."""
    row = session.exec(
        select(PlacementRow)
        .where(PlacementRow.step == Step.VERIFYING.value, col(PlacementRow.verify_at) <= now)
        .order_by(col(PlacementRow.verify_at))
        .limit(1)
    ).one_or_none()
    return Waiting(row.id, row.version, row.vacancy, row.offer) if row else None


def settle(
    session: Session, placement: str, version: int, answer: Answer, act: Act, moment: Moment
) -> PlacementRow | None:
    """Applies ingest's answer, unless the placement has moved on meanwhile (then None). No answer: asked again later."""
    rows = lock(session, [placement])
    if not rows or rows[0].version != version or rows[0].step != Step.VERIFYING:
        return None
    row = rows[0]
    if answer is Answer.UNKNOWN:
        row.verify_attempts += 1
        pause = min(FIRST_PAUSE * 2 ** min(row.verify_attempts - 1, 10), LONGEST_PAUSE)
        row.verify_at = utc_now() + pause
        session.add(row)
        return row
    command = Verified() if answer is Answer.PUBLISHED else Gone(answer.outcome)
    transition = decide(state_of(row), command, programme_of(row), moment.now)
    if isinstance(transition, Transition):
        carry_out(session, row, transition, act, moment)
    return row
