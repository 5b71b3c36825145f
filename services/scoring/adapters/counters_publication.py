"""Publishing whole counters: at once while little changes, together while much does.

A replay changes every territory several times a second; publishing each change would cost the worker more than counting.
So what has changed is gathered, and whoever publishes rests afterwards for a multiple of the time that it took: nothing to
speak of for one territory, a second or so for all of France. What was gathered and not published when a process ends is
published by the next owner of the partition, which publishes all it has (counters_worker.py).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from services.scoring.core.buckets import BucketState
from shared.clock import utc_now
from shared.events import TerritoryCounters, encode, new_event
from shared.topics import TERRITORY_COUNTERS

REST: Final = 4.0  # times the time that publishing took: at most a fifth of the process
TURN: Final = 200  # publications between two turns of everything else in the process

Send = Callable[[bytes, bytes], Awaitable[None]]


class CountersPublication:
    """Gathers changed territories by bucket and publishes the latest counters of each."""

    def __init__(self, state_of: Callable[[int], BucketState | None], send: Send) -> None:
        self._state_of = state_of
        self._send = send
        self._changed: dict[str, int] = {}
        self._wake = asyncio.Event()

    def changed(self, bucket: int, territories: Iterable[str]) -> None:
        """Takes note of changes of a bucket's territories."""
        self._changed.update(dict.fromkeys(territories, bucket))
        if self._changed:
            self._wake.set()

    async def run(self, before_each: Callable[[], None]) -> None:
        """Publishes for ever; `before_each` is called before anything is sent."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            before_each()
            begun = time.monotonic()
            await self.publish()
            await asyncio.sleep((time.monotonic() - begun) * REST)

    async def publish(self) -> None:
        """Publishes what is gathered now."""
        changed, self._changed = self._changed, {}
        for number, (territory, bucket) in enumerate(changed.items(), 1):
            state = self._state_of(bucket)
            if state is None:  # given away meanwhile: its owner publishes
                continue
            counters = TerritoryCounters(territory, state["g"], state["p"], state["t"].get(territory, {}))
            event = new_event(TERRITORY_COUNTERS, territory, counters, source="/scoring", at=utc_now())
            await self._send(territory.encode(), encode(event))
            if number % TURN == 0:
                await asyncio.sleep(0)
