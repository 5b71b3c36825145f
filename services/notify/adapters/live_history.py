"""Reading live events for streams: from Redis what it has, from SQL what it has lost. Gaps show by the numbers."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import redis.asyncio
from redis.exceptions import RedisError
from sqlalchemy import Engine

from services.notify.adapters import live_events
from services.notify.adapters.live_redis import read_entries, stream_key
from services.notify.core.live import LiveEvent, format_id
from shared import telemetry

CHUNK: Final = 500

log = telemetry.logger(__name__)


def contiguous(events: Sequence[LiveEvent], after: int) -> list[LiveEvent]:
    """The beginning of `events` that follows `after` without a gap."""
    kept: list[LiveEvent] = []
    for event in events:
        if event.seq != after + 1 + len(kept):
            break
        kept.append(event)
    return kept


class LiveHistory:
    """Events after a number, in order and without a gap."""

    def __init__(self, engine: Engine, url: str) -> None:
        self._engine = engine
        self._redis: Any = redis.asyncio.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=1)
        self._key: str | None = None

    async def close(self) -> None:
        """Closes the connections to Redis."""
        await self._redis.aclose()

    async def bounds(self) -> tuple[int, int]:
        """(oldest number kept, last number given), from SQL."""
        return await asyncio.to_thread(self._bounds)

    async def after(self, seq: int) -> list[LiveEvent]:
        """The next events, at most `CHUNK`; none where `seq` is the last. Redis first, SQL for what it lacks."""
        try:
            entries = await self._redis.xrange(await self._name(), min=f"({format_id(seq)}", count=CHUNK)
            events = contiguous(read_entries(entries), seq)
        except RedisError as error:
            log.debug("live.redis_unavailable", error=type(error).__name__)
            events = []
        return events or await self.after_in_sql(seq)

    async def after_in_sql(self, seq: int) -> list[LiveEvent]:
        """The next events from SQL alone."""
        return await asyncio.to_thread(self._after, seq)

    async def wait(self, seq: int, seconds: float) -> list[LiveEvent]:
        """Waits until Redis has something after `seq`. Raises RedisError where Redis does not answer."""
        answer = await self._redis.xread({await self._name(): format_id(seq)}, count=CHUNK, block=int(seconds * 1000))
        return read_entries([entry for _, found in _pairs(answer) for entry in found])

    async def _name(self) -> str:
        if self._key is None:
            self._key = stream_key(await asyncio.to_thread(self._epoch))
        return self._key

    def _epoch(self) -> str:
        with self._engine.connect() as connection:
            return live_events.epoch(connection)

    def _bounds(self) -> tuple[int, int]:
        with self._engine.connect() as connection:
            return live_events.bounds(connection)

    def _after(self, seq: int) -> list[LiveEvent]:
        with self._engine.connect() as connection:
            return live_events.after(connection, seq, CHUNK)


def _pairs(answer: Any) -> list[tuple[bytes, list[Any]]]:
    """XREAD answers a list of pairs in RESP2, a mapping in RESP3."""
    if isinstance(answer, dict):
        # RESP3 wraps the entries of each stream in one more list.
        return [(name, found[0] if found and isinstance(found[0], list) else found) for name, found in answer.items()]
    return list(answer or [])
