"""Writing a territory's commitments: declarations are kept, and what holds today is told, one entity a programme."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from services.ingest.adapters import declarations
from services.ingest.adapters.models import CommitmentRow, TerritoryDatesRow
from services.ingest.core import commitments as core
from services.ingest.core.commitments import Declaration
from shared.clock import paris_date
from shared.events import Change, Channel, Commitment, Event, Lineage, new_event
from shared.sql import outbox
from shared.topics import TERRITORIES

SOURCE: Final = "/ingest"


class Result(StrEnum):
    """What became of a declaration."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    ANNOUNCED = "announced"


@dataclass(frozen=True)
class Declared:
    """`superseded`: a declaration observed later, or of a later day, holds already."""

    result: Result
    superseded: bool = False


class Overlap(Exception):
    """Two named sets of one programme would share a territory. `other` is the one that has it, `name` its name if any."""

    def __init__(self, territory: str, programme: str, other: str, name: str | None, day: date) -> None:
        super().__init__(territory)
        self.territory, self.programme, self.other, self.name, self.day = territory, programme, other, name, day


def declare(
    session: Session,
    code: str,
    content: Sequence[Mapping[str, Any]],
    *,
    effective_from: date | None,
    organisation: str,
    observed_at: datetime,
    now: datetime,
    at: datetime,
) -> Declared:
    """Keeps the full set of `code` from a day on (None: the day of its observation), and tells what it changes today.

    Raises Overlap, having written nothing that a rollback would not undo. The caller commits.
    """
    _alone(session)
    today = paris_date(now)
    made = declarations.declaration(
        content,
        effective_from=effective_from or paris_date(observed_at),
        observed_at=observed_at,
        organisation=organisation,
    )
    before = declarations.timeline(session, code)
    known = core.holding(before, made.effective_from)
    fresh = declarations.keep(session, code, made, at)
    _check_overlaps(session, code, max(made.effective_from, today))
    changed = settle(session, code, Channel.API, now=now, at=at)
    if made.effective_from > today:
        same = not fresh or (known is not None and known.digest == made.digest)
        return Declared(Result.UNCHANGED if same else Result.ANNOUNCED)
    held = core.holding([*before, made], today)
    superseded = held is not None and held.order != made.order
    return Declared(Result.UPDATED if changed else Result.UNCHANGED, superseded)


def take_back(session: Session, code: str, effective_from: date, *, now: datetime, at: datetime) -> bool:
    """Takes back what was announced for a later day; False where nothing was. The caller commits."""
    _alone(session)
    found = declarations.forget_announced(session, code, effective_from)
    settle(session, code, Channel.API, now=now, at=at)
    return found > 0


def settle(session: Session, code: str, channel: Channel, *, now: datetime, at: datetime) -> int:
    """Brings the topic to what holds now, and notes when a date will change it. Returns the number of events."""
    timeline = declarations.timeline(session, code)
    held = core.on_day(code, timeline, paris_date(now))
    rows = {
        row.programme: row
        for row in session.exec(select(CommitmentRow).where(CommitmentRow.code == code).with_for_update())
    }
    events: list[Event[Any]] = []
    tombstones: list[str] = []
    for programme in sorted(rows.keys() | held.commitments.keys()):
        after = held.commitments.get(programme)
        row = rows.get(programme) or _new(code, programme, now)
        before = None if row.version == 0 or row.withdrawn_at else msgspec.convert(row.state, Commitment)
        if core.same_content(before, after):
            continue
        row.version += 1
        row.observed_at = held.observed_at or now
        row.withdrawn_at = now if after is None else None
        if after is not None:
            row.state = msgspec.to_builtins(after)
        else:
            tombstones.append(row.key)
            declarations.replace_contacts(session, row.key, ())
        session.add(row)
        told = after or before
        assert told is not None  # noqa: S101 - two states without content are the same
        change = Change(row.version, before, after, Lineage(channel.value, told.organisation))
        events.append(new_event(TERRITORIES, row.key, change, source=SOURCE, at=at))
    session.execute(
        insert(TerritoryDatesRow)
        .values(code=code, changes_at=held.changes_at)
        .on_conflict_do_update(index_elements=["code"], set_={"changes_at": held.changes_at})
    )
    session.flush()
    outbox.add(session, TERRITORIES, events, tombstones=tombstones)
    return len(events)


def advance_commitments(session: Session, *, now: datetime, at: datetime, limit: int = 100) -> int:
    """Turns the dates that have passed into ordinary events. Returns the number of territories; the caller commits."""
    due = (
        select(TerritoryDatesRow.code)
        .where(col(TerritoryDatesRow.changes_at) <= now)
        .order_by(col(TerritoryDatesRow.changes_at))
        .limit(limit)
    )
    if not session.exec(due).first():
        return 0
    _alone(session)
    codes = session.exec(due).all()
    for code in codes:
        settle(session, code, Channel.CLOCK, now=now, at=at)
    return len(codes)


def commitments_of(session: Session, code: str) -> list[CommitmentRow]:
    """The live commitments of a territory, by programme."""
    return list(
        session.exec(
            select(CommitmentRow)
            .where(CommitmentRow.code == code, col(CommitmentRow.withdrawn_at).is_(None))
            .order_by(CommitmentRow.programme)
        )
    )


def _alone(session: Session) -> None:
    """One writer of commitments at a time, until the end of the transaction: two sets are compared with each other."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('commitments', 1))"))


def _check_overlaps(session: Session, code: str, since: date) -> None:
    others = declarations.sharing(session, code)
    if not others:
        return
    timelines: dict[str, list[Declaration]] = {one: declarations.timeline(session, one) for one in (code, *others)}
    found = core.overlaps(code, timelines, since)
    if found is not None:
        territory, theirs, other, day = found
        raise Overlap(territory, theirs.programme, other, theirs.name, day)


def _new(code: str, programme: str, now: datetime) -> CommitmentRow:
    return CommitmentRow(
        key=f"{programme}:{code}", code=code, programme=programme, version=0, state={}, observed_at=now
    )
