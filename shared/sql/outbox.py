"""Transactional outbox, the writing side: events are kept in the transaction of the change they tell.

Lock the entity's row before adding its event: outbox ids then grow with the versions of each key, and the relay's
`ORDER BY id` publishes them in order.
"""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

import lz4.frame
import msgspec
import psycopg
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as OrmSession
from sqlmodel import Session

from shared import telemetry
from shared.events import Event, encode

CHUNK: Final = 500
CHANNEL: Final = "outbox"
WAKE_SECONDS: Final = 0.02  # wakes at most this often; the relay lets events gather for longer
COMPRESSED_FROM: Final = 2_000  # bytes: what PostgreSQL would move out of the row

log = telemetry.logger(__name__)

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


def keep(session: Session, cursor: psycopg.Cursor[Any], topic: str, records: Sequence[Record]) -> None:
    """The same for records that are encoded already, with a cursor of the session's transaction."""
    for count, packed in _rows(records):
        cursor.execute(_KEEP, (topic, count, packed))
    if not records:
        return
    bind = session.get_bind()
    waker = _wakers.get(bind) if isinstance(bind, Engine) else None
    if waker is None:
        cursor.execute(f"NOTIFY {CHANNEL}")
    else:
        session.info["outbox_waker"] = waker


def _rows(records: Sequence[Record]) -> Iterator[tuple[int, bytes]]:
    for first in range(0, len(records), CHUNK):
        chunk = records[first : first + CHUNK]
        yield len(chunk), pack(chunk)


class Waker:
    """Wakes the relay after commits of one engine, instead of NOTIFY in each transaction.

    PostgreSQL lets one transaction at a time commit a NOTIFY, so that writers could not share a flush of its log. What is
    lost when the process dies here is only time: the relay looks by itself every second.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._due = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="outbox waker", daemon=True)
        _wakers[engine] = self
        self._thread.start()

    def wake(self) -> None:
        """Returns at once."""
        self._due.set()

    def close(self) -> None:
        """Ends its thread; later commits notify by themselves again."""
        _wakers.pop(self._engine, None)
        self._stopping = True
        self._due.set()
        self._thread.join(5)

    def _run(self) -> None:
        while self._due.wait() and not self._stopping:
            self._due.clear()
            try:
                with self._engine.connect() as connection:
                    connection.execute(text(f"NOTIFY {CHANNEL}"))
                    connection.commit()
            except SQLAlchemyError as error:  # the relay looks by itself
                log.warning("outbox.not_woken", error=type(error).__name__)
            time.sleep(WAKE_SECONDS)


_wakers: Final[WeakKeyDictionary[Engine, Waker]] = WeakKeyDictionary()


@event.listens_for(OrmSession, "after_commit")
def _after_commit(session: OrmSession) -> None:
    waker: Waker | None = session.info.pop("outbox_waker", None)
    if waker is not None:
        waker.wake()


def pack(records: Sequence[Record]) -> bytes:
    """The records of one row. Many are compressed here: events of one chunk are alike."""
    packed = _PACK.encode(records)
    return packed if len(packed) < COMPRESSED_FROM else lz4.frame.compress(packed)


def unpack(records: bytes) -> list[Record]:
    """The (key, encoded event or None for a tombstone) pairs of an outbox row."""
    return _UNPACK.decode(lz4.frame.decompress(records) if records[:4] == _LZ4 else records)
