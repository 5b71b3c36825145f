"""Live events in a Redis stream, id "<seq>-0": what readers follow. Losing it loses nothing: SQL has every event.

The key carries the epoch of the database's numbering, so that the events of another database never pass for these.
"""

import time
from collections.abc import Iterable
from typing import Any, Final

import msgspec
import redis
from redis.exceptions import RedisError, ResponseError
from sqlalchemy import Engine

from services.notify.adapters import live_events
from services.notify.core.live import LiveEvent, format_id, parse_id
from shared import telemetry

MAX_LENGTH: Final = 10_000
CHUNK: Final = 500
RETRY_SECONDS: Final = 1.0
FIELD: Final = b"event"

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(LiveEvent)

log = telemetry.logger(__name__)


def stream_key(epoch: str) -> str:
    """Name of the stream."""
    return f"ancrage:notify:live:{epoch}"


def read_entries(entries: Iterable[tuple[bytes, dict[bytes, bytes]]]) -> list[LiveEvent]:
    """The events of stream entries, up to the first entry that is none of ours: SQL has what follows."""
    events: list[LiveEvent] = []
    for name, fields in entries:
        try:
            event = _DECODER.decode(fields[FIELD])
        except (KeyError, msgspec.DecodeError) as error:
            log.error("live.entry_unreadable", entry=name.decode(), error=type(error).__name__)
            break
        if parse_id(name.decode()) != event.seq:
            log.error("live.entry_misplaced", entry=name.decode(), seq=event.seq)
            break
        events.append(event)
    return events


class LivePublisher:
    """Copies committed live events to Redis, in order, each once. One at a time: the single consumer's.

    Redis gone or emptied holds nothing up: readers take from SQL what they do not find there.
    """

    def __init__(self, engine: Engine, url: str) -> None:
        self._engine = engine
        self._redis: Any = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=1)
        self._key: str | None = None
        self._published = 0
        self._not_before = 0.0

    def publish(self) -> bool:
        """Copies the next events; whether there were any."""
        if time.monotonic() < self._not_before:
            return False
        try:
            return self._publish()
        except RedisError as error:
            log.warning("live.redis_unavailable", error=type(error).__name__)
            self._not_before = time.monotonic() + RETRY_SECONDS
            self._key = None
            return False

    def _publish(self) -> bool:
        with self._engine.connect() as connection:
            if self._key is None:
                key = stream_key(live_events.epoch(connection))
                self._published = self._resume(key, live_events.bounds(connection)[1])
                self._key = key
            events = live_events.after(connection, self._published, CHUNK)
            forgotten = live_events.forgotten(connection, CHUNK)
        if forgotten:
            self._redis.xdel(self._key, *(format_id(number) for number in forgotten))
            with self._engine.begin() as connection:
                live_events.forgotten_everywhere(connection, forgotten)
        if not events:
            return False
        pipeline = self._redis.pipeline(transaction=False)
        for event in events:
            pipeline.xadd(
                self._key, {FIELD: _ENCODER.encode(event)}, id=format_id(event.seq), maxlen=MAX_LENGTH, approximate=True
            )
        for result in pipeline.execute(raise_on_error=False):
            # "Equal or smaller than the target": an earlier try got through though its answer was lost.
            if isinstance(result, ResponseError) and "equal or smaller" in str(result):
                continue
            if isinstance(result, Exception):
                raise result
        self._published = events[-1].seq
        return True

    def _resume(self, key: str, last: int) -> int:
        """The number to publish after. A stream that is ahead of SQL (restored from a backup) is removed."""
        newest = self._redis.xrevrange(key, count=1)
        at = parse_id(newest[0][0].decode()) if newest else None
        if newest and (at is None or at > last):
            self._redis.delete(key)
            at = None
        # Into an empty stream only what a screen may still want to catch up with.
        return max(0, last - MAX_LENGTH) if at is None else at
