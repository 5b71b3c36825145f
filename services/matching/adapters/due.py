"""What waits for the engine beside changes, asked in one statement: it is asked between every two decisions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, text

from services.matching.adapters.prices import NUMBER_IN_FORCE

_DUE: Final = text(
    "SELECT EXISTS (SELECT FROM shortlist s JOIN placement p ON p.id = s.placement WHERE s.closed_at IS NULL"  # noqa: S608 - a constant
    "  AND p.step IN ('refused', 'released', 'completed')) AS promotion,"
    " EXISTS (SELECT FROM placement WHERE step IN ('proposed', 'approved') AND due_at <= :now) AS release,"
    " EXISTS (SELECT FROM placement WHERE step = 'verifying' AND verify_at <= :at) AS verification,"
    " EXISTS (SELECT FROM engine_change) AS changes,"
    " ARRAY (SELECT vacancy FROM held_home WHERE forced_at IS NOT NULL OR until <= :now) AS not_to_hold,"
    f" {NUMBER_IN_FORCE} AS prices"
)


@dataclass(frozen=True, slots=True)
class Due:
    """Whether there is any: shortlist to promote from, placement past its date, placement to ask ingest about again, change
    to decide on. `not_to_hold`: homes to be given now if anyone can have them: forced, or held to their last moment.
    `prices`: the number of the list in force, 0 for none. What comes a moment later is told the next time."""

    promotion: bool
    release: bool
    verification: bool
    changes: bool
    not_to_hold: frozenset[str]
    prices: int


def due(engine: Engine, *, now: datetime, at: datetime) -> Due:
    """`now` is business time, `at` technical time."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        row = connection.execute(_DUE, {"now": now, "at": at}).one()
    return Due(row.promotion, row.release, row.verification, row.changes, frozenset(row.not_to_hold), row.prices or 0)
