"""What waits for the engine beside changes, asked in one statement: it is asked between every two decisions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

_DUE: Final = text(
    "SELECT EXISTS (SELECT FROM shortlist s JOIN placement p ON p.id = s.placement WHERE s.closed_at IS NULL"
    "  AND p.step IN ('refused', 'released', 'completed')) AS promotion,"
    " EXISTS (SELECT FROM placement WHERE step IN ('proposed', 'approved') AND due_at <= :now) AS release,"
    " EXISTS (SELECT FROM placement WHERE step = 'verifying' AND verify_at <= :at) AS verification"
)


@dataclass(frozen=True, slots=True)
class Due:
    """Whether there is any: shortlist to promote from, placement past its date, placement to ask ingest about again."""

    promotion: bool
    release: bool
    verification: bool


def due(session: Session, *, now: datetime, at: datetime) -> Due:
    """`now` is business time, `at` technical time."""
    row = session.execute(_DUE, {"now": now, "at": at}).one()
    return Due(row.promotion, row.release, row.verification)
