"""Transactional outbox, the writing side: events are kept in the transaction of the change they tell.

Lock the entity's row before adding its event: outbox ids then grow with the versions of each key, and the relay's
`ORDER BY id` publishes them in order.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import lz4.frame
import msgspec
import psycopg
from sqlalchemy import Connection, text
from sqlmodel import Session

from shared.events import Event, encode

CHUNK: Final = 500
CHANNEL: Final = "outbox"
COMPRESSED_FROM: Final = 2_000  # bytes: what PostgreSQL would move out of the row

Record = tuple[str, bytes | None]
_PACK: Final = msgspec.msgpack.Encoder()
_UNPACK: Final = msgspec.msgpack.Decoder(list[tuple[str, bytes | None]])
_LZ4: Final = b"\x04\x22\x4d\x18"  # how a frame of LZ4 begins, and no array of msgpack
_ADD: Final = text("INSERT INTO outbox (topic, count, records) VALUES (:topic, :count, :records)")
_KEEP: Final = "INSERT INTO outbox (topic, count, records) VALUES (%s, %s, %s)"


def add(
    session: Session | Connection, topic: str, events: Iterable[Event[Any]], *, tombstones: Iterable[str] = ()
) -> int:
    """Keeps events of `topic` (key = subject), then tombstones for the keys given; wakes the relay once at commit.

    Returns the number of records kept.
    """
    records: list[Record] = [(event.subject, encode(event)) for event in events]
    records += [(key, None) for key in tombstones]
    for count, packed in _rows(records):
        session.execute(_ADD, {"topic": topic, "count": count, "records": packed})
    if records:
        session.execute(text(f"NOTIFY {CHANNEL}"))
    return len(records)


def keep(cursor: psycopg.Cursor[Any], topic: str, records: Sequence[Record]) -> None:
    """The same for records that are encoded already, with a cursor of the transaction."""
    for count, packed in _rows(records):
        cursor.execute(_KEEP, (topic, count, packed))
    if records:
        cursor.execute(f"NOTIFY {CHANNEL}")


def _rows(records: Sequence[Record]) -> Iterator[tuple[int, bytes]]:
    for first in range(0, len(records), CHUNK):
        chunk = records[first : first + CHUNK]
        yield len(chunk), pack(chunk)


def pack(records: Sequence[Record]) -> bytes:
    """The records of one row. Many are compressed here: events of one chunk are alike."""
    packed = _PACK.encode(records)
    return packed if len(packed) < COMPRESSED_FROM else lz4.frame.compress(packed)


def unpack(records: bytes) -> list[Record]:
    """The (key, encoded event or None for a tombstone) pairs of an outbox row."""
    return _UNPACK.decode(lz4.frame.decompress(records) if records[:4] == _LZ4 else records)
