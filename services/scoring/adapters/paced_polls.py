"""Polls of the packer, with a rest between those that bring little (core/pacing.py)."""

import asyncio
import time
from typing import Any, Final

from aiokafka.errors import KafkaError

from services.scoring.core.pacing import rest_seconds

POLL_MS: Final = 300
BATCH: Final = 50_000  # the more events a record carries, the less each costs the worker
GATHERED_MS: Final = 5  # longest wait for what the broker has already


class PacedPolls:
    """`poll`, then `made` with what came of it."""

    def __init__(self, consumer: Any, buckets: int) -> None:
        self._consumer = consumer
        self._buckets = buckets
        self._polled_at = time.monotonic()
        self._rest = 0.0
        self._failed: KafkaError | None = None

    async def poll(self) -> dict[Any, list[Any]]:
        """The next records by partition, in order; nothing when none came for a moment.

        A rest leaves two portions: while the first is not taken, the client fetches nothing more. What the second raises
        is raised by the next poll: the consumer has moved past the first already, nobody would read it again.
        """
        if self._failed is not None:
            failed, self._failed = self._failed, None
            raise failed
        left = self._polled_at + self._rest - time.monotonic()
        if left > 0:
            await asyncio.sleep(left)
        polled: dict[Any, list[Any]] = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
        if left > 0 and polled:
            try:
                rest = await self._consumer.getmany(timeout_ms=GATHERED_MS, max_records=BATCH)
            except KafkaError as error:
                self._failed, rest = error, {}
            for partition, records in rest.items():
                polled.setdefault(partition, []).extend(records)
        self._polled_at = time.monotonic()
        return polled

    def made(self, records: int, entries: int) -> None:
        """What the last poll has become on scoring.deltas."""
        self._rest = rest_seconds(records=records, entries=entries, buckets=self._buckets)
