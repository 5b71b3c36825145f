"""Dates that have passed, turned into ordinary events."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlmodel import Session

from services.ingest.adapters.kinds import Kind, S
from services.ingest.adapters.saving import Work, save
from services.ingest.adapters.versions import inherited, restate
from services.ingest.core.states import Horizon
from shared.clock import paris_date
from shared.events import Channel


def advance_dates(
    session: Session, kind: Kind[S], *, now: datetime, at: datetime, horizon: Horizon, limit: int = 500
) -> int:
    """Turns dates that have passed into ordinary events. Returns the number of rows looked at; the caller commits."""
    table = kind.table
    due = session.execute(
        select(table)
        .where(table.c.changes_at <= now, table.c.withdrawn_at.is_(None), table.c.current)
        .order_by(table.c.changes_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).mappings()
    work = Work({})
    for found in due:
        row = dict(found)
        before = msgspec.convert(row["state"], kind.state)
        dated = kind.dated(before, today=paris_date(now), confirmed_at=row["confirmed_at"], horizon=horizon)
        restate(work, kind, row, before, dated, inherited(row, Channel.CLOCK), at=at)
    save(session, kind.table, kind.topic, work)
    return len(work.touched) + len(work.confirmed)
