"""Publishing whole counters: at once while little changes, together while much does.

A replay changes every territory several times a second; publishing each change would cost the worker more than counting.
So what has changed is gathered, and whoever publishes rests afterwards for a multiple of the time that it took: nothing to
speak of for one territory, half a second for all of France. What was gathered and not published when a process ends is
published by the next owner of the partition, which publishes all it has (counters_worker.py).
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.partitioner import DefaultPartitioner

from services.scoring.core.buckets import BucketState
from shared.clock import utc_now
from shared.events import TerritoryCounters, encode_all
from shared.topics import TERRITORY_COUNTERS

REST: Final = 9.0  # times the time that publishing took: at most a tenth of the process
QUIET_SECONDS: Final = 0.02  # nothing has changed for so long: a rest would keep nobody's time free
TURN: Final = 500  # publications between two turns of everything else in the process


class CountersTopic:
    """Writes whole batches: a record sent by itself costs aiokafka ten times as much. A territory keeps to its partition,
    and batches of one partition are written in order."""

    def __init__(self, kafka: str, partitions: int) -> None:
        self._kafka = kafka
        choose = DefaultPartitioner()
        every = list(range(partitions))
        self._partition_of = lru_cache(maxsize=65_536)(lambda key: choose(key, every, every))
        self._producer: Any = None
        self._open: dict[int, Any] = {}
        self._sent: list[asyncio.Future[Any]] = []

    async def add(self, key: bytes, value: bytes) -> None:
        """Takes a record for the batch of its partition."""
        producer = self._producer
        if producer is None:
            producer = self._producer = await _started(self._kafka)
        partition: int = self._partition_of(key)
        batch = self._open.get(partition)
        if batch is None:
            batch = self._open[partition] = producer.create_batch()
        if batch.append(key=key, value=value, timestamp=None) is None:
            await self._send(partition)
            batch = self._open[partition] = producer.create_batch()
            if batch.append(key=key, value=value, timestamp=None) is None:
                raise MessageSizeTooLargeError(f"{len(value)} bytes of counters of {key.decode()}")

    async def flush(self) -> None:
        """Returns when all is acknowledged. Raises KafkaError."""
        for partition in list(self._open):
            await self._send(partition)
        sent, self._sent = self._sent, []
        await asyncio.gather(*sent)

    async def close(self) -> None:
        """Ends the connection."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def _send(self, partition: int) -> None:
        batch = self._open.pop(partition)
        self._sent.append(await self._producer.send_batch(batch, TERRITORY_COUNTERS, partition=partition))


async def _started(kafka: str) -> Any:
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka,
        client_id="scoring-counters",
        acks="all",
        enable_idempotence=True,
        compression_type="snappy",
        max_batch_size=512 * 1024,
        max_request_size=1_000_000,
    )
    await producer.start()
    return producer


class CountersPublication:
    """Gathers changed territories by bucket and publishes the latest counters of each."""

    def __init__(self, state_of: Callable[[int], BucketState | None], topic: CountersTopic) -> None:
        self._state_of = state_of
        self._topic = topic
        self._changed: dict[str, int] = {}
        self._changes = 0
        self._wake = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    def changed(self, bucket: int, territories: Iterable[str]) -> None:
        """Takes note of changes of a bucket's territories."""
        self._changes += 1
        self._changed.update(dict.fromkeys(territories, bucket))
        if self._changed:
            self._wake.set()

    async def run(self, before_each: Callable[[], None]) -> None:
        """Publishes for ever; `before_each` is called before anything is sent."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            before_each()
            await self._rest(await self.publish() * REST)

    async def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            changes = self._changes
            await asyncio.sleep(min(left, QUIET_SECONDS))
            if changes == self._changes:
                return

    async def publish(self) -> float:
        """Publishes what is gathered now. Seconds of processor time that it took: waiting for a processor is no work, and
        rests that grow with it would grow without end on a busy machine."""
        async with self._one_at_a_time:
            worked = await self._add_changed()
            await self._topic.flush()
            return worked

    async def _add_changed(self) -> float:
        """Processor seconds of its own turns: in between the process counts, which is not publishing."""
        changed, self._changed = self._changed, {}
        at = utc_now()
        worked = 0.0
        every = iter(changed.items())
        while some := list(islice(every, TURN)):
            begun = time.thread_time()
            counted: dict[str, TerritoryCounters] = {}
            for territory, bucket in some:
                state = self._state_of(bucket)
                if state is not None:  # else given away meanwhile: its owner publishes
                    counted[territory] = TerritoryCounters(
                        territory, state["g"], state["p"], state["t"].get(territory, {})
                    )
            for territory, value in encode_all(TERRITORY_COUNTERS, counted, source="/scoring", at=at):
                await self._topic.add(territory.encode(), value)
            worked += time.thread_time() - begun
            await asyncio.sleep(0)
        return worked

    async def close(self) -> None:
        """Publishes the rest and ends."""
        await self.publish()
        await self._topic.close()
