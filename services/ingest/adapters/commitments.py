"""Writing a territory's commitments: the full set a time, each an entity of its own on the topic."""

from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import text
from sqlmodel import Session, col, select

from services.ingest.adapters.models import CommitmentRow
from shared.clock import isoformat
from shared.events import Change, Commitment, Event, new_event
from shared.sql import outbox
from shared.topics import TERRITORIES

SOURCE: Final = "/ingest"


def put_commitments(
    session: Session, code: str, stated: list[dict[str, Any]], *, organisation: str, observed_at: datetime, at: datetime
) -> tuple[int, bool]:
    """Replaces the commitments of `code`: what is absent is withdrawn. Returns (events, superseded); caller commits."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:code, 1))"), {"code": code})
    rows = {
        row.programme: row
        for row in session.exec(select(CommitmentRow).where(CommitmentRow.code == code).with_for_update())
    }
    if any(row.observed_at > observed_at for row in rows.values()):
        return 0, True
    events: list[Event[Any]] = []
    tombstones: list[str] = []
    for item in stated:
        state = msgspec.convert(
            {**item, "code": code, "organisation": organisation, "observed_at": isoformat(observed_at)}, Commitment
        )
        row = rows.pop(state.programme, None)
        before = None if row is None or row.withdrawn_at else msgspec.convert(row.state, Commitment)
        if before is not None and msgspec.structs.replace(state, observed_at=before.observed_at) == before:
            continue
        if row is None:
            row = CommitmentRow(
                key=f"{state.programme}:{code}",
                code=code,
                programme=state.programme,
                version=0,
                state={},
                observed_at=observed_at,
            )
        row.version += 1
        row.state = msgspec.to_builtins(state)
        row.observed_at = observed_at
        row.withdrawn_at = None
        session.add(row)
        events.append(new_event(TERRITORIES, row.key, Change(row.version, before, state), source=SOURCE, at=at))
    for row in rows.values():
        if row.withdrawn_at is None:
            before = msgspec.convert(row.state, Commitment)
            row.version += 1
            row.withdrawn_at = row.observed_at = observed_at
            session.add(row)
            change: Change[Commitment] = Change(row.version, before, None)
            events.append(new_event(TERRITORIES, row.key, change, source=SOURCE, at=at))
            tombstones.append(row.key)
    session.flush()
    outbox.add(session, TERRITORIES, events, tombstones=tombstones)
    return len(events), False


def commitments_of(session: Session, code: str) -> list[CommitmentRow]:
    """The live commitments of a territory, by programme."""
    return list(
        session.exec(
            select(CommitmentRow)
            .where(CommitmentRow.code == code, col(CommitmentRow.withdrawn_at).is_(None))
            .order_by(CommitmentRow.programme)
        )
    )
