"""Publishing counters: the rest afterwards goes by the work, not by how long a busy machine took for it."""

import asyncio
import time
from typing import Any

from services.scoring.adapters.counters_publication import CountersPublication


class Slow:
    """A topic whose batches take a while and no work, as on a machine that is busy elsewhere."""

    def __init__(self) -> None:
        self.added: list[bytes] = []

    async def add(self, key: bytes, value: bytes) -> None:
        assert value
        self.added.append(key)
        await asyncio.sleep(0.02)

    async def flush(self) -> None:
        await asyncio.sleep(0.02)


def test_waiting_for_a_processor_or_for_the_broker_is_no_work() -> None:
    topic: Any = Slow()
    state: Any = {"g": "d-1", "p": 1, "s": {}, "t": {code: {"open_offers": 1} for code in "abcdefghij"}}
    publication = CountersPublication(lambda _: state, topic)
    publication.changed(0, state["t"])
    worked = asyncio.run(publication.publish())
    assert topic.added == [code.encode() for code in "abcdefghij"]
    assert 0 < worked < 0.1, "ten waits of 20 ms are 200 ms"


def test_what_the_process_counts_between_two_turns_of_publishing_is_no_publishing() -> None:
    topic: Any = Slow()
    state: Any = {"g": "d-1", "p": 1, "s": {}, "t": {"a": {"open_offers": 1}}}
    publication = CountersPublication(lambda _: state, topic)
    publication.changed(0, state["t"])

    async def count_meanwhile() -> float:
        async def count() -> None:
            await asyncio.sleep(0.03)  # when the turn is over, and before what was added is acknowledged
            end = time.thread_time() + 0.2
            while time.thread_time() < end:
                pass

        counting = asyncio.create_task(count())
        worked = await publication.publish()
        await counting
        return worked

    assert asyncio.run(count_meanwhile()) < 0.1
