"""A position is committed when it stood still over two polls that gave nothing, and once."""

import asyncio

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError

from shared.streams.standing import Standing

FIRST, SECOND = TopicPartition("offers", 0), TopicPartition("offers", 1)


class Consumer:
    """Stands where it is told; a partition without a position is being taken away."""

    def __init__(self, stands: dict[TopicPartition, int | None]) -> None:
        self.stands = stands

    def assignment(self) -> set[TopicPartition]:
        return set(self.stands)

    async def position(self, partition: TopicPartition) -> int:
        offset = self.stands[partition]
        if offset is None:
            raise IllegalStateError(partition)
        return offset


def idle(standing: Standing, consumer: Consumer) -> dict[TopicPartition, int]:
    return asyncio.run(standing.idle(consumer))


def test_a_position_is_told_at_the_second_poll_that_gave_nothing() -> None:
    standing, consumer = Standing(), Consumer({FIRST: 7, SECOND: 3})
    standing.committed({FIRST: 6, SECOND: 3})
    assert idle(standing, consumer) == {}
    assert idle(standing, consumer) == {FIRST: 7}


def test_a_position_that_moves_between_two_polls_is_not_told_yet() -> None:
    standing, consumer = Standing(), Consumer({FIRST: 7})
    idle(standing, consumer)
    consumer.stands = {FIRST: 8}
    assert idle(standing, consumer) == {}
    assert idle(standing, consumer) == {FIRST: 8}


def test_it_is_told_until_it_is_committed_and_not_again() -> None:
    standing, consumer = Standing(), Consumer({FIRST: 7})
    idle(standing, consumer)
    assert idle(standing, consumer) == idle(standing, consumer) == {FIRST: 7}
    standing.committed({FIRST: 7})
    assert idle(standing, consumer) == {}


def test_a_new_assignment_begins_anew_and_a_partition_that_is_being_taken_away_is_left_out() -> None:
    standing, consumer = Standing(), Consumer({FIRST: 7, SECOND: None})
    idle(standing, consumer)
    standing.forget()
    assert idle(standing, consumer) == {}
    assert idle(standing, consumer) == {FIRST: 7}
