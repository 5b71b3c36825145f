"""Dates that have passed, turned into ordinary events."""

from datetime import datetime
from typing import Any, Final

import msgspec
import psycopg
from sqlmodel import Session

from services.ingest.adapters.duplicates import held_for_offers, settled
from services.ingest.adapters.kinds import Kind, S
from services.ingest.adapters.saving import Stored, Work, reading, save, stored
from services.ingest.adapters.versions import inherited, restate, tell_others
from services.ingest.core.states import Horizon
from shared.clock import paris_date
from shared.events import Channel, OfferOrigin
from shared.offer_origins import origin_key
from shared.sql.driver import driver_cursor

_DUE: Final = (
    "changes_at <= %s AND withdrawn_at IS NULL AND current ORDER BY changes_at LIMIT %s FOR UPDATE SKIP LOCKED"
)
_WHICH: Final = (
    "SELECT id FROM {} WHERE changes_at <= %s AND withdrawn_at IS NULL AND current ORDER BY changes_at LIMIT %s"
)
_STILL_DUE: Final = (
    "id = ANY(%s) AND changes_at <= %s AND withdrawn_at IS NULL AND current ORDER BY id FOR UPDATE SKIP LOCKED"
)


class _Stated(msgspec.Struct):
    """Of an offer's state, its origin alone."""

    origin: OfferOrigin | None = None


def advance_dates(
    session: Session, kind: Kind[S], *, now: datetime, at: datetime, horizon: Horizon, limit: int = 500
) -> int:
    """Turns dates that have passed into ordinary events. Returns the number of rows looked at; the caller commits."""
    work, today = Work({}), paris_date(now)
    with driver_cursor(session) as cursor:
        if kind.may_be_twice:
            due = _with_groups(cursor, kind, work, now, limit)
        else:
            due = [stored(found) for found in cursor.execute(reading(kind.table, _DUE), (now, limit)).fetchall()]
    for row in due:
        before = msgspec.json.decode(row.state, type=kind.state)
        dated = kind.dated(before, today=today, confirmed_at=row.confirmed_at, horizon=horizon)
        restate(work, kind, row, before, settled(work, dated), inherited(row, Channel.CLOCK), at=at)
    tell_others(session, kind, work, at=at)
    save(session, kind.table, kind.topic, work)
    return len(due)


def _with_groups(cursor: psycopg.Cursor[Any], kind: Kind[S], work: Work, now: datetime, limit: int) -> list[Stored]:
    """The rows that are due, locked after the origins they share. One that took another origin meanwhile waits a turn."""
    names = [row[0] for row in cursor.execute(_WHICH.format(kind.table), (now, limit)).fetchall()]
    if not names:
        return []
    keys, work.groups = held_for_offers(cursor, names)
    rows = map(stored, cursor.execute(reading(kind.table, _STILL_DUE), (names, now)).fetchall())
    found = [(row, origin_key(msgspec.json.decode(row.state, type=_Stated).origin)) for row in rows]
    return [row for row, key in found if key is None or key in keys]
