"""Where a consumer that has nothing to read stands, beyond what is no record.

The relays publish in Kafka transactions. Each leaves a marker in every partition it wrote; a marker takes an offset, and no
consumer is handed it. A group that commits the offset after its last record would show a lag of one a partition for ever.
"""

from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError


class Standing:
    """Positions of one consumer between its polls. For a consumer that has done with a poll before the next one."""

    def __init__(self) -> None:
        self._stood: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}

    def committed(self, offsets: dict[TopicPartition, int]) -> None:
        """Takes note of what the group has committed."""
        self._committed |= offsets

    def forget(self) -> None:
        """The assignment is another one."""
        self._stood = {}
        self._committed = {}

    async def idle(self, consumer: Any) -> dict[TopicPartition, int]:
        """To be called after a poll that gave nothing. Offsets to commit that are not committed: a partition's position
        that stood there after the poll before as well.

        aiokafka moves a position over what it hands out and over markers, and, before it raises, over a record too large
        to fetch. Two polls in a row leave out the latter: the second one would have raised.
        """
        stands = {}
        for partition in consumer.assignment():
            try:
                stands[partition] = await consumer.position(partition)
            except IllegalStateError:  # taken away in this moment
                continue
        moved = {
            partition: offset
            for partition, offset in stands.items()
            if self._stood.get(partition) == offset and self._committed.get(partition) != offset
        }
        self._stood = stands
        return moved
