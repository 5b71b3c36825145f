"""The packer of a new group: what aiokafka asks for while the listener still places the partitions is no fault."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import NoOffsetForPartitionError

from services.scoring.adapters.packer import _Flow

PLACE = TopicPartition("offers", 7)


class Early:
    """A consumer whose fetcher finds no committed position. Partitions are placed by `seek`."""

    def __init__(self) -> None:
        self.sought: dict[Any, int] = {}

    async def getmany(self, **_: Any) -> Any:
        raise NoOffsetForPartitionError(PLACE)

    def seek(self, partition: Any, position: int) -> None:
        self.sought[partition] = position


def flow(consumer: Early, committed: Any) -> Any:
    published: Any = SimpleNamespace(next={"offers-7": 12}, made_at="2999-01-01T00:00:00+00:00")
    process: Any = SimpleNamespace(packer=lambda _: None, buckets=1)
    made: Any = _Flow(process, None, consumer, published, SimpleNamespace(deltas_partitions=1))  # type: ignore[arg-type]
    made._committed = committed
    return made


def test_a_position_missed_while_partitions_are_placed_is_no_fault() -> None:
    async def run() -> None:
        consumer, asked, known = Early(), asyncio.Event(), asyncio.Event()

        async def committed(_: Any) -> dict[Any, Any]:
            asked.set()
            await known.wait()
            return {}

        packing = flow(consumer, committed)
        placing = asyncio.create_task(packing.on_partitions_assigned({PLACE}))
        await asked.wait()
        await packing.turn()  # raised from the fetcher before the listener knows where to go on
        known.set()
        await placing
        assert consumer.sought == {PLACE: 12}
        await packing.turn()  # found before, told now
        with pytest.raises(NoOffsetForPartitionError):
            await packing.turn()

    asyncio.run(run())


def test_a_group_that_could_not_be_placed_ends_the_process() -> None:
    async def run() -> None:
        async def committed(_: Any) -> dict[Any, Any]:
            raise ConnectionError

        packing = flow(Early(), committed)
        with pytest.raises(ConnectionError):
            await packing.on_partitions_assigned({PLACE})
        with pytest.raises(NoOffsetForPartitionError):
            await packing.turn()

    asyncio.run(run())
