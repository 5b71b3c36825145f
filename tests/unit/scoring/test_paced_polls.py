"""The packer's rest between polls: none to speak of for a few events, some for hundreds, none for thousands."""

import asyncio
from typing import Any

import pytest
from aiokafka.errors import OffsetOutOfRangeError

from services.scoring.adapters.paced_polls import PacedPolls
from services.scoring.core.pacing import LONGEST_SECONDS, rest_seconds

PARTITION = ("offers", 3)


class Consumer:
    """Hands out its portions, one a poll. An error is raised in its turn."""

    def __init__(self, *portions: dict[Any, list[int]] | Exception) -> None:
        self._portions = list(portions)

    async def getmany(self, *, timeout_ms: int, max_records: int) -> dict[Any, list[int]]:
        assert timeout_ms > 0
        assert max_records > 0
        portion = self._portions.pop(0) if self._portions else {}
        if isinstance(portion, Exception):
            raise portion
        return portion


def test_a_single_event_waits_for_next_to_nothing() -> None:
    assert rest_seconds(records=2, entries=2, buckets=128) < 0.005


def test_small_records_for_every_bucket_rest_longest() -> None:
    assert rest_seconds(records=128, entries=250, buckets=128) == LONGEST_SECONDS


def test_more_rounds_than_one_rest_no_longer() -> None:
    assert rest_seconds(records=300, entries=600, buckets=128) == LONGEST_SECONDS


def test_large_records_do_not_rest() -> None:
    assert rest_seconds(records=128, entries=128 * 8, buckets=128) == 0.0


def test_nothing_read_does_not_rest() -> None:
    assert rest_seconds(records=0, entries=0, buckets=128) == 0.0


def test_without_a_rest_a_poll_is_one_portion() -> None:
    async def polled() -> list[Any]:
        polls = PacedPolls(Consumer({PARTITION: [1]}, {PARTITION: [2]}), buckets=128)
        return [await polls.poll(), await polls.poll()]

    assert asyncio.run(polled()) == [{PARTITION: [1]}, {PARTITION: [2]}]


def test_what_gathered_in_a_rest_comes_together_and_in_order() -> None:
    other = ("vacancies", 0)

    async def polled() -> dict[Any, list[int]]:
        polls = PacedPolls(Consumer({}, {PARTITION: [1, 2]}, {other: [7], PARTITION: [3]}), buckets=128)
        await polls.poll()
        polls.made(records=128, entries=128)
        return await polls.poll()

    assert asyncio.run(polled()) == {PARTITION: [1, 2, 3], other: [7]}


def test_an_error_after_the_first_portion_is_raised_once_that_is_packed() -> None:
    async def polled() -> None:
        polls = PacedPolls(
            Consumer({}, {PARTITION: [1]}, OffsetOutOfRangeError(PARTITION), {PARTITION: [2]}), buckets=128
        )
        await polls.poll()
        polls.made(records=128, entries=128)
        assert await polls.poll() == {PARTITION: [1]}
        with pytest.raises(OffsetOutOfRangeError):
            await polls.poll()
        assert await polls.poll() == {PARTITION: [2]}

    asyncio.run(polled())


def test_nothing_after_a_rest_is_nothing_and_ends_the_rests() -> None:
    async def polled() -> list[Any]:
        polls = PacedPolls(Consumer({PARTITION: [1]}, {}, {PARTITION: [2]}, {PARTITION: [3]}), buckets=1)
        found = [await polls.poll()]
        polls.made(records=1, entries=1)
        found.append(await polls.poll())
        polls.made(records=0, entries=0)
        return [*found, await polls.poll()]

    assert asyncio.run(polled()) == [{PARTITION: [1]}, {}, {PARTITION: [2]}]


@pytest.mark.parametrize("buckets", [1, 64, 1024])
def test_no_rest_is_longer_than_the_longest(buckets: int) -> None:
    for records in range(0, 2_000, 37):
        assert 0.0 <= rest_seconds(records=records, entries=records, buckets=buckets) <= LONGEST_SECONDS
