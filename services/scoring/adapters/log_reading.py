"""Reading topics from their start to the end they have now."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

_BATCH = 20_000


class Log:
    """Topics up to the end offsets that they had when it was opened. `starts` and `ends` are by partition."""

    def __init__(self, consumer: Any, starts: Mapping[Any, int], ends: Mapping[Any, int]) -> None:
        self._consumer = consumer
        self.starts = dict(starts)
        self.ends = dict(ends)

    @property
    def size(self) -> int:
        """Records at most (compaction leaves fewer)."""
        return sum(end - self.starts[partition] for partition, end in self.ends.items())

    async def batches(self) -> AsyncIterator[tuple[Any, list[Any]]]:
        """(partition, records) until every end is reached, in order within a partition."""
        left = {partition for partition, end in self.ends.items() if end > self.starts[partition]}
        for partition in self.ends.keys() - left:
            self._consumer.pause(partition)
        while left:
            polled = await self._consumer.getmany(timeout_ms=500, max_records=_BATCH)
            for partition, records in polled.items():
                within = [record for record in records if record.offset < self.ends[partition]]
                if within:
                    yield partition, within
            for partition in list(left):
                # The position also passes what compaction has taken away at the end.
                if await self._consumer.position(partition) >= self.ends[partition]:
                    left.discard(partition)
                    self._consumer.pause(partition)


@asynccontextmanager
async def open_log(kafka: str, topics: Iterable[str], *, client_id: str, committed: bool = False) -> AsyncIterator[Log]:
    """Opens topics without a consumer group. A missing topic is RuntimeError.

    `committed`: without what an aborted transaction has left; then a transaction that is open ends the log.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        client_id=client_id,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed" if committed else "read_uncommitted",
        max_partition_fetch_bytes=4 * 2**20,
        fetch_max_bytes=32 * 2**20,
        fetch_max_wait_ms=100,
    )
    await consumer.start()
    try:
        partitions = []
        for topic in topics:
            found = await partitions_of(consumer, topic)
            partitions += [TopicPartition(topic, partition) for partition in found]
        consumer.assign(partitions)
        starts = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        for partition in partitions:
            consumer.seek(partition, starts[partition])
        yield Log(consumer, starts, ends)
    finally:
        await consumer.stop()


async def partitions_of(consumer: Any, topic: str) -> list[int]:
    """Partitions of a topic, asking the cluster where the client does not know it yet."""
    consumer._client.add_topic(topic)
    found = consumer.partitions_for_topic(topic)
    if not found:
        await consumer._client.force_metadata_update()
        found = consumer.partitions_for_topic(topic)
    if not found:
        raise RuntimeError(f"no topic {topic}; remedy: ancrage topics apply")
    return sorted(found)
