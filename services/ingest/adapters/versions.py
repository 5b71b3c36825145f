"""What every write shares: references locked and read, a new version told, and where it came from."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import Raw
from sqlmodel import Session

from services.ingest.adapters.duplicates import held_for, others
from services.ingest.adapters.kinds import Kind, S
from services.ingest.adapters.saving import Stored, Work, reading, stored
from services.ingest.core.states import Dated, status_of
from shared.clock import isoformat
from shared.events import Channel, Lineage, encode_change
from shared.sql.driver import driver_pipeline

SOURCE: Final = "/ingest"
_ENCODER: Final = msgspec.json.Encoder()
_LINEAGE: Final = msgspec.json.Decoder(Lineage)
_LOCK: Final = "SELECT count(pg_advisory_xact_lock(k)) FROM unnest(%s::bigint[]) AS k"
_NEWEST: Final = "owner = %s AND reference = ANY(%s) AND current ORDER BY id FOR UPDATE"


def opened(
    session: Session, kind: Kind[S], owner: str, references: Iterable[str], origins: set[str] | None = None
) -> Work:
    """Locks the references (also those not yet known) and reads their newest episodes.

    `origins`: keys of what several feeds may publish; None for a kind that has none.
    """
    names = list(set(references))
    head = f"{kind.prefix}\0{owner}\0".encode()
    blake, signed = hashlib.blake2b, int.from_bytes
    # In one order for all, so that two transactions never wait for each other.
    keys = sorted([signed(blake(head + name.encode(), digest_size=8).digest(), "big", signed=True) for name in names])
    with driver_pipeline(session) as connection, connection.cursor() as cursor:
        cursor.execute(_LOCK, (keys,))
        groups = None if origins is None else held_for(cursor, owner, names, origins)
        rows = cursor.execute(reading(kind.table, _NEWEST), (owner, names)).fetchall()
    return Work({row[2]: stored(row) for row in rows}, groups=groups, expected=len(names))


def restate(work: Work, kind: Kind[S], row: Stored, before: S, dated: Dated[S], lineage: Raw, *, at: datetime) -> bool:
    """Puts a new state into the row; an event and a version if the state differs. Returns whether it does.

    `lineage` is encoded; `at` is technical time.
    """
    row.changes_at = dated.changes_at
    if dated.state == before:
        if row.id not in work.touched:
            work.confirmed[row.id] = row
        return False
    row.version += 1
    row.changed_at = at
    row.commune = dated.state.commune
    row.status = status_of(dated.state)
    row.state = encoded(dated.state)
    row.lineage = lineage
    work.touched[row.id] = row
    tell(work, kind, row, encoded(before), row.state, lineage, at=at)
    return True


def tell(
    work: Work, kind: Kind[S], row: Stored, before: Raw | None, after: Raw | None, lineage: Raw, *, at: datetime
) -> None:
    """Adds the event of a version whose states are encoded already."""
    event = encode_change(
        kind.topic,
        row.id,
        row.version,
        before,
        after,
        lineage,
        event_id=work.new_id("evt"),
        source=SOURCE,
        at=as_event_time(at),
    )
    work.records.append((row.id, event))


def tell_others(session: Session, kind: Kind[S], work: Work, *, at: datetime) -> None:
    """The versions of other feeds' offers that follow from this work: the next one counts, or another counts instead."""
    for row, before, dated in others(session, kind, work):
        restate(work, kind, row, before, dated, inherited(row, Channel.DUPLICATES), at=at)


as_event_time: Final = lru_cache(maxsize=1024)(isoformat)  # most moments of a chunk are one


def encoded(value: Any) -> Raw:
    """A state or a lineage as JSON."""
    return Raw(_ENCODER.encode(value))


@lru_cache(maxsize=256)
def lineage_of(owner: str, channel: Channel, licence: str | None = None, fetched_at: datetime | None = None) -> Raw:
    """Lineage of what an owner brings in, encoded."""
    return encoded(Lineage(channel.value, owner, licence, isoformat(fetched_at) if fetched_at else None))


def inherited(row: Stored, channel: Channel) -> Raw:
    """Lineage of a version that brings no content of its own: the licence and the fetch of what the row holds."""
    if row.lineage is None:
        return lineage_of(row.owner, channel)
    known = _LINEAGE.decode(row.lineage)
    return encoded(Lineage(channel.value, row.owner, known.licence, known.fetched_at))
