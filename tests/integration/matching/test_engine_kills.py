"""The engine as a process on a real broker, killed at any point: nothing lost, nothing twice."""

import itertools
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from kafka import KafkaProducer
from sqlalchemy import Engine, text

from deploy.local.environment import service_environment
from services.matching.api import build
from services.matching.settings import MatchingSettings
from shared.events import decode, with_sequence
from shared.settings import Settings
from shared.sql.outbox import unpack
from tests.integration.matching.conftest import MakeKey, Stream, household
from tests.killable import Killable
from tests.patience import until

COMMUNES = ("15014", "15012", "15113", "15140")
HOUSEHOLDS = 60
HOMES = 120
KILLS = 4
BURST = 10
CAP = "ANCRAGE_OPEN_PROPOSALS_PER_CASEWORKER"
SEED = 20261123


def killable_engine(settings: Settings, log: Path) -> Killable:
    """The engine's process on some servers."""
    environment = service_environment(settings, os.environ) | {CAP: "500"}
    return Killable("matching.engine", environment, f"http://127.0.0.1:{settings.port('matching.engine')}", log)


@pytest.fixture
def process(own_broker: Settings, tmp_path: Path) -> Iterator[Killable]:
    running = killable_engine(own_broker, tmp_path / "engine.log")
    yield running
    running.stop()


def test_kill_9_at_any_point_loses_nothing_and_doubles_nothing(
    own_broker: Settings, database: Engine, stream: Stream, make_key: MakeKey, process: Killable
) -> None:
    from shared.identity import Role

    chance = random.Random(SEED)
    settings = MatchingSettings(**own_broker.model_dump() | {"open_proposals_per_caseworker": 500})
    producer = KafkaProducer(bootstrap_servers=own_broker.kafka_bootstrap, acks="all")
    sent: list[str] = []
    withdrawn: list[str] = []

    def publish(topic: str, key: str, state: Any) -> None:
        record = stream.record(topic, key, state)
        producer.send(topic, key=record.key, value=record.value)
        if chance.random() < 0.1:  # as a relay that died after its acknowledgement
            producer.send(topic, key=record.key, value=record.value)

    stream.send = publish  # type: ignore[method-assign]
    process.start()
    until(process.ready)
    with TestClient(build(settings, ingest=httpx.MockTransport(lambda _: httpx.Response(500)))) as api:
        key = make_key(Role.CASEWORKER)
        for _ in range(12):
            stream.post(openings=chance.choice([3, 5, 8]), commune=chance.choice(COMMUNES))
        starts = 0
        kills = set(chance.sample(range(10, HOMES), KILLS))
        for number in range(HOMES):
            if number < HOUSEHOLDS:
                household(api, key, size=chance.choice([2, 3]), income_eur_per_month=chance.choice([1300, 1600, 2000]))
            sent.append(stream.home(commune=chance.choice(COMMUNES), rent_eur_per_month=chance.choice([350.0, 420.0])))
            if chance.random() < 0.15:
                gone = chance.choice(sent)
                if gone not in withdrawn:
                    withdrawn.append(gone)
                    publish("vacancies", gone, None)
            if number in kills:
                # At work, with more to do than it can have done.
                starts += 1
                producer.flush()
                until(lambda: in_charge(database) == starts)  # noqa: B023 - called at once
                sent += [stream.home(commune=chance.choice(COMMUNES)) for _ in range(BURST)]
                producer.flush()
                time.sleep(chance.random() * 0.2)
                process.kill()
                process.start()
        producer.flush()
        until(process.ready)
        until(lambda: settled(database, len(sent) - len(withdrawn)))
        # Nothing is lost: a post is free only if every home, or every household, is taken. The last engine still looks at
        # everyone once, as each does that begins.
        capacity = sum(offer.openings for offer in rows(database, "SELECT openings FROM offer"))
        until(lambda: placed(database) == min(HOUSEHOLDS, len(sent) - len(withdrawn), capacity))
    producer.close()

    assert in_charge(database) == KILLS + 1
    live = rows(database, "SELECT placement, vacancy, household, offer FROM reservation WHERE released_at IS NULL")
    assert len(live) == len({row.vacancy for row in live}) == len({row.household for row in live})
    assert not {row.vacancy for row in live} & set(withdrawn)
    leads = Counter(row.offer for row in live)
    for offer in rows(database, "SELECT id, leads, openings FROM offer"):
        assert offer.leads == leads[offer.id] <= offer.openings
    ledger(database)


def in_charge(database: Engine) -> int:
    """How many engines have taken over so far."""
    return int(rows(database, "SELECT epoch FROM engine")[0].epoch)


def placed(database: Engine) -> int:
    """How many placements are live."""
    return int(rows(database, "SELECT count(*) AS n FROM reservation WHERE released_at IS NULL")[0].n)


def settled(database: Engine, homes: int) -> bool:
    mirrored = rows(database, "SELECT count(*) AS n FROM vacancy")[0].n
    waiting = rows(database, "SELECT count(*) AS n FROM engine_change")[0].n
    return bool(mirrored == homes and waiting == 0)


def ledger(database: Engine) -> None:
    """Each placement's events are its versions 1, 2, 3 …, each once, and the last is the row."""
    published: dict[str, list[Any]] = {}
    for row in rows(database, "SELECT records FROM outbox ORDER BY id"):
        for key, value in unpack(bytes(row.records)):
            assert value is not None
            published.setdefault(key, []).append(decode("placements", with_sequence(value, 1)).data)
    history = Counter(row.placement for row in rows(database, "SELECT placement FROM placement_event"))
    placements = rows(database, "SELECT id, version, step FROM placement")
    assert {row.id for row in placements} == published.keys()
    for row in placements:
        changes = published[row.id]
        assert [change.version for change in changes] == list(range(1, row.version + 1))
        assert changes[-1].after.step.value == row.step
        assert history[row.id] == row.version
        for before, after in itertools.pairwise(changes):
            assert after.before == before.after
    ticks = [row.tick for row in rows(database, "SELECT DISTINCT tick FROM engine_journal ORDER BY tick")]
    assert ticks == list(range(1, len(ticks) + 1))


def rows(database: Engine, query: str) -> list[Any]:
    with database.connect() as connection:
        return list(connection.execute(text(query)).all())
