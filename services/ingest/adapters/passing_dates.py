"""Dates that have passed, turned into ordinary events."""

from datetime import datetime
from typing import Final

import msgspec
from sqlmodel import Session

from services.ingest.adapters.kinds import Kind, S
from services.ingest.adapters.saving import Work, reading, save, stored
from services.ingest.adapters.versions import inherited, restate
from services.ingest.core.states import Horizon
from shared.clock import paris_date
from shared.events import Channel
from shared.sql.driver import driver_cursor

_DUE: Final = (
    "changes_at <= %s AND withdrawn_at IS NULL AND current ORDER BY changes_at LIMIT %s FOR UPDATE SKIP LOCKED"
)


def advance_dates(
    session: Session, kind: Kind[S], *, now: datetime, at: datetime, horizon: Horizon, limit: int = 500
) -> int:
    """Turns dates that have passed into ordinary events. Returns the number of rows looked at; the caller commits."""
    with driver_cursor(session) as cursor:
        due = cursor.execute(reading(kind.table, _DUE), (now, limit)).fetchall()
    work, today = Work({}), paris_date(now)
    for found in due:
        row = stored(found)
        before = msgspec.json.decode(row.state, type=kind.state)
        dated = kind.dated(before, today=today, confirmed_at=row.confirmed_at, horizon=horizon)
        restate(work, kind, row, before, dated, inherited(row, Channel.CLOCK), at=at)
    save(session, kind.table, kind.topic, work)
    return len(due)
