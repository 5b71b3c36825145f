"""Erasing a household: everything that leads to it goes, anonymous counts stay."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlmodel import Session

from services.matching.adapters import changes, decision_record
from services.matching.adapters.households import leave
from services.matching.adapters.locking import lock_household
from services.matching.adapters.models import HouseholdRow
from services.matching.adapters.placements import Moment


@dataclass(frozen=True, slots=True)
class Erased:
    """Rows removed or made anonymous, by table."""

    rows: dict[str, int]


# The outbox and the topics hold no household: placements are published without it (a test searches every table).
_STATEMENTS: Final = {
    "household_contact": "DELETE FROM household_contact WHERE household = :id",
    "answer_link": "DELETE FROM answer_link WHERE household = :id",
    "shortlist_candidate": "DELETE FROM shortlist_candidate WHERE household = :id",
    "ban": "DELETE FROM ban WHERE household = :id",
    "idempotency": "DELETE FROM idempotency WHERE subject = :id",
    "engine_journal": "DELETE FROM engine_journal WHERE kind = 'household' AND key = :id",
    # Those that a decision under way has taken are left to the engine: it waits for the household, and forgets it later.
    "engine_change": "DELETE FROM engine_change WHERE id IN"
    " (SELECT id FROM engine_change WHERE kind = 'household' AND key = :id FOR UPDATE SKIP LOCKED)",
    "placement_event": "UPDATE placement_event SET reason = NULL"
    " WHERE placement IN (SELECT id FROM placement WHERE household = :id)",
    "reservation": "UPDATE reservation SET household = NULL WHERE household = :id",
    "placement": "UPDATE placement SET household = NULL, persons = NULL, refusal = NULL,"
    " option = jsonb_build_object('home', option->'home', 'post', option->'post', 'terms', '{}'::jsonb,"
    " 'to_confirm', '[]'::jsonb, 'sentences', '[]'::jsonb, 'sentences_en', '[]'::jsonb) WHERE household = :id",
    "household": "DELETE FROM household WHERE id = :id",
}


def erase(session: Session, household: str, *, actor: str, moment: Moment) -> Erased | None:
    """Erases in the caller's transaction; None where there is no such household. A live placement is released first."""
    live = lock_household(session, household)
    if session.get(HouseholdRow, household, populate_existing=True) is None:
        return None
    leave(session, live, actor=actor, moment=moment, after_signature=True)
    session.flush()
    rows: dict[str, int] = {}
    for table, statement in _STATEMENTS.items():
        done: Any = session.execute(text(statement), {"id": household})
        rows[table] = done.rowcount
    decision_record.forget_household(session, household)
    session.expire_all()
    # The engine's memory forgets it too, then this last row goes.
    changes.add(session, [changes.Change(changes.ERASURE, household)])
    return Erased(rows)
