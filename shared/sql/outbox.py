"""Transactional outbox, the writing side: events are kept in the transaction of the change they tell.

Lock the entity's row before adding its event: outbox ids then grow with the versions of each key, and the relay's
`ORDER BY id` publishes them in order.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, text
from sqlmodel import Session

from shared.events import Event, encode

CHUNK: Final = 500
CHANNEL: Final = "outbox"

Record = tuple[str, bytes | None]
_PACK: Final = msgspec.msgpack.Encoder()
_UNPACK: Final = msgspec.msgpack.Decoder(list[tuple[str, bytes | None]])
_INSERT: Final = text("INSERT INTO outbox (topic, count, records) VALUES (:topic, :count, :records)")


def add(
    session: Session | Connection, topic: str, events: Iterable[Event[Any]], *, tombstones: Iterable[str] = ()
) -> int:
    """Keeps events of `topic` (key = subject), then tombstones for the keys given; wakes the relay once at commit.

    Returns the number of records kept.
    """
    records: Iterator[Record] = iter(
        [*((event.subject, encode(event)) for event in events), *((key, None) for key in tombstones)]
    )
    kept = 0
    while chunk := list(islice(records, CHUNK)):
        session.execute(_INSERT, {"topic": topic, "count": len(chunk), "records": _PACK.encode(chunk)})
        kept += len(chunk)
    if kept:
        session.execute(text(f"NOTIFY {CHANNEL}"))
    return kept


def unpack(records: bytes) -> list[Record]:
    """The (key, encoded event or None for a tombstone) pairs of an outbox row."""
    return _UNPACK.decode(records)
