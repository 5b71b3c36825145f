"""Publication of counters: gathered while much changes, not kept back when nothing more comes."""

import asyncio
from typing import Any

import pytest

from services.scoring.adapters import counters_publication
from services.scoring.adapters.counters_publication import CountersPublication
from shared.events import decode
from shared.topics import TERRITORY_COUNTERS

STATE: Any = {"g": "digest-01EPOCH", "p": 7, "s": {}, "t": {"A": {"open_offers": 3}, "A/F": {"F1703": 2}}}


class Topic:
    """Keeps what is published."""

    def __init__(self) -> None:
        self.records: list[tuple[bytes, bytes]] = []
        self.published: asyncio.Queue[bytes] = asyncio.Queue()

    async def add(self, key: bytes, value: bytes) -> None:
        self.records.append((key, value))
        self.published.put_nowait(key)

    async def flush(self) -> None:
        pass


def test_each_changed_place_is_published_once_whole_and_under_an_id_of_its_own() -> None:
    topic: Any = Topic()
    publication = CountersPublication(lambda _: STATE, topic)
    publication.changed(0, ["A", "A/F"])
    publication.changed(0, ["A", "gone"])
    asyncio.run(publication.publish())
    events = [decode(TERRITORY_COUNTERS, value) for _, value in topic.records]
    assert [key for key, _ in topic.records] == [b"A", b"A/F", b"gone"]
    assert [event.data.counters for event in events] == [{"open_offers": 3}, {"F1703": 2}, {}]
    assert {(event.data.generation, event.data.position) for event in events} == {("digest-01EPOCH", 7)}
    assert len({event.id for event in events}) == 3


def test_a_rest_ends_when_nothing_more_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters_publication, "REST", 1e9)

    async def run() -> list[bytes]:
        topic: Any = Topic()
        publication = CountersPublication(lambda _: STATE, topic)
        running = asyncio.create_task(publication.run(lambda: None))
        found = []
        for place in ("A", "A/F"):
            publication.changed(0, [place])
            async with asyncio.timeout(60):
                found.append(await topic.published.get())
        running.cancel()
        return found

    assert asyncio.run(run()) == [b"A", b"A/F"]
