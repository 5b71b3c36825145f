"""The hub of one API process: follows the live events once for all open streams.

It keeps the newest events in memory; a stream that is further behind reads history. Numbers have no gap, so a stream that
asks for what follows its last number misses nothing and gets nothing twice, whatever Redis or this process go through.
"""

import asyncio
import contextlib
from collections import deque
from typing import Final

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from services.notify.adapters.live_history import LiveHistory, contiguous
from services.notify.core.live import LiveEvent
from shared import telemetry

KEPT: Final = 2000
WAIT_SECONDS: Final = 1.0
SQL_POLL_SECONDS: Final = 0.5

log = telemetry.logger(__name__)


class LiveHub:
    """`run` follows until cancelled; `next_after` is what a stream awaits."""

    def __init__(self, history: LiveHistory) -> None:
        self._history = history
        self._recent: deque[LiveEvent] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self.head: int | None = None
        # Grows when numbers seen so far mean nothing any more: streams end, and their clients begin anew.
        self.numbering = 0

    async def started(self) -> int:
        """The last number given, once it is known."""
        while self.head is None:
            await self._changed(WAIT_SECONDS)
        return self.head

    async def run(self) -> None:
        """Follows Redis; once a second, and while Redis does not answer, SQL."""
        while True:
            try:
                if self.head is None:
                    self.head = (await self._history.bounds())[1]
                    self._tell()
                await self._follow(self.head)
            except SQLAlchemyError as error:
                log.warning("live.database_unavailable", error=type(error).__name__)
                await asyncio.sleep(WAIT_SECONDS)
            except Exception:  # all streams of the process depend on this loop
                log.exception("live.hub_failed")
                await asyncio.sleep(WAIT_SECONDS)

    async def _follow(self, head: int) -> None:
        try:
            found = await self._history.wait(head, WAIT_SECONDS)
        except RedisError as error:
            log.warning("live.redis_unavailable", error=type(error).__name__)
            await asyncio.sleep(SQL_POLL_SECONDS)
            found = []
        events = contiguous(found, head)
        if not events:
            # Silence, a gap, or no Redis: SQL knows.
            oldest, last = await self._history.bounds()
            if last < head or (last > head and oldest > head + 1):
                self._start_afresh(last)
                return
            if last > head:
                events = contiguous(await self._history.after_in_sql(head), head)
        if events:
            self._recent.extend(events)
            self.head = events[-1].seq
            self._tell()

    def _start_afresh(self, last: int) -> None:
        """The database was put back to an earlier state: it gives numbers again that streams have seen."""
        log.warning("live.numbering_changed", head=self.head, last=last)
        self._recent.clear()
        self.head = last
        self.numbering += 1
        self._tell()

    async def next_after(self, seq: int, seconds: float) -> list[LiveEvent]:
        """The events that follow `seq`, as many as are at hand; none after `seconds` of silence."""
        if self.head is None or seq >= self.head:
            await self._changed(seconds)
        if self.head is None or seq >= self.head:
            return []
        first = self._recent[0].seq if self._recent else None
        if first is not None and seq + 1 >= first:
            return [self._recent[index] for index in range(seq + 1 - first, len(self._recent))]
        return await self._history.after(seq)

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def _changed(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
