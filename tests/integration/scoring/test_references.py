"""References on a real topic: followed by the scorer, drawn by the one that leads, decided by operators."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from services.scoring.adapters import reference_following, reference_log
from services.scoring.adapters.places import scored_places
from services.scoring.adapters.reference_following import ReferenceFollower
from services.scoring.adapters.reference_log import (
    ReferenceRecord,
    Standing,
    decided,
    publish,
    read_references,
    shipped_record,
)
from services.scoring.adapters.references import shipped_reference
from services.scoring.core.scores import ScoreBoard
from shared.ids import new_id
from tests.patience import PATIENCE_SECONDS

pytestmark = [pytest.mark.kafka]


@pytest.fixture
def bootstrap(kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A broker on which references have a topic of this test's own; the follower looks at it at every step."""
    topic = f"test.{new_id('ref')}"
    monkeypatch.setattr(reference_log, "SCORING_REFERENCE", topic)
    monkeypatch.setattr(reference_following, "LOOK_SECONDS", 0.0)
    admin = KafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    try:
        admin.create_topics([NewTopic(topic, 1, 1)])
        yield kafka_bootstrap
        admin.delete_topics([topic])
    finally:
        admin.close()


@asynccontextmanager
async def writing(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def record(version: str, standing: Standing, decided_at: str) -> ReferenceRecord:
    content = {**shipped_reference().document(), "version": version}
    return ReferenceRecord(version, standing, decided_at, decided_at, "test", content=content)


async def until_seen(follower: ReferenceFollower, board: ScoreBoard, producer: AIOKafkaProducer, version: str) -> bool:
    """Steps until the board refers to a version; whether a step said that scores may differ."""
    told = False
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        told |= await follower.step(board, producer, leads=False)
        if board.reference.version == version:
            return told
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {board.reference.version}")


def test_the_scorer_takes_what_is_accepted_and_leaves_what_waits(bootstrap: str) -> None:
    async def run() -> None:
        board = ScoreBoard(scored_places()[:3], shipped_reference())
        async with writing(bootstrap) as producer, ReferenceFollower(bootstrap, "test", 0.0) as follower:
            follower.begin(board)
            assert board.reference.version == "0"
            waiting = record("2", Standing.WAITING, "2020-01-02T00:00:00.000Z")
            await publish(producer, waiting)
            await publish(producer, record("1", Standing.ACCEPTED, "2020-01-01T00:00:00.000Z"))
            assert await until_seen(follower, board, producer, "1")
            await publish(producer, decided(waiting, Standing.ACCEPTED, "operator"))
            assert await until_seen(follower, board, producer, "2")
            await publish(producer, shipped_record("operator"))
            assert await until_seen(follower, board, producer, "0")
        async with ReferenceFollower(bootstrap, "test", 0.0) as again:
            again.begin(board)
            assert board.reference.version == "0"
        assert {one.standing for one in (await read_references(bootstrap)).records.values()} == {Standing.ACCEPTED}

    asyncio.run(run())


def test_the_scorer_that_leads_draws_once_a_period_and_never_beside_one_that_waits(bootstrap: str) -> None:
    async def run() -> None:
        board = ScoreBoard(scored_places()[:3], shipped_reference())
        async with writing(bootstrap) as producer, ReferenceFollower(bootstrap, "test", 1e-7) as follower:
            follower.begin(board)
            await asyncio.sleep(0.01)
            await follower.step(board, producer, leads=False)
            assert (await read_references(bootstrap)).records == {}
            await follower.step(board, producer, leads=True)
            (drawn,) = (await read_references(bootstrap)).records.values()
            assert drawn.decided_by == "scorer"
            assert board.reference.version == "0"  # its own record is read like any other
            await until_seen(follower, board, producer, drawn.version)
            held = msgspec.structs.replace(drawn, version="held", standing=Standing.WAITING)
            await publish(producer, held)
            end = time.monotonic() + PATIENCE_SECONDS
            while not follower.waits and time.monotonic() < end:
                await follower.step(board, producer, leads=False)
            await asyncio.sleep(1.1)
            await follower.step(board, producer, leads=True)
            assert len((await read_references(bootstrap)).records) == 2

    asyncio.run(run())
