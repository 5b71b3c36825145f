"""The engine killed, or frozen and woken, while a second one waits: `ancrage test chaos` (ANCRAGE_CHAOS_SEED: another run).

Records go on being published, some of them twice. What is frozen falls silent, and the server ends its session. Woken, it
must do nothing any more. In the end nothing is lost and nothing done twice.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from kafka import KafkaProducer
from sqlalchemy import Engine

from deploy.local.environment import service_environment
from services.matching.api import build
from services.matching.settings import MatchingSettings
from shared.identity import Role
from shared.processes import BY_NAME
from shared.settings import Settings
from tests.integration.matching.conftest import *  # noqa: F403 - its fixtures
from tests.integration.matching.conftest import MakeKey, Stream, household
from tests.integration.matching.test_engine_kills import (
    CAP,
    COMMUNES,
    in_charge,
    ledger,
    placed,
    rows,
    settled,
)
from tests.patience import until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1200)]
SEED = int(os.environ.get("ANCRAGE_CHAOS_SEED", "1"))
ROUNDS = int(os.environ.get("ANCRAGE_CHAOS_KILLS", "8"))
HOMES_A_ROUND = 25


@contextmanager
def engine_process(settings: Settings, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """One engine with a health port of its own."""
    environment = service_environment(settings, os.environ) | {CAP: "500", "ANCRAGE_HEALTH_PORT": str(port)}
    with log.open("ab") as output:
        started = subprocess.Popen(
            [sys.executable, *BY_NAME["matching.engine"].command], env=environment, stdout=output, stderr=output
        )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.send_signal(signal.SIGCONT)
            started.kill()
            started.wait(10)


def test_a_second_engine_takes_over_from_one_that_is_killed_or_frozen(
    own_broker: Settings,
    database: Engine,
    stream: Stream,
    make_key: MakeKey,
    tmp_path: Path,
) -> None:
    chance = random.Random(SEED)
    settings = MatchingSettings(**own_broker.model_dump() | {"open_proposals_per_caseworker": 500})
    producer = KafkaProducer(bootstrap_servers=own_broker.kafka_bootstrap, acks="all")

    def publish(topic: str, key: str, state: Any) -> None:
        record = stream.record(topic, key, state)
        for _ in range(2 if chance.random() < 0.1 else 1):  # as a relay that died after its acknowledgement
            producer.send(topic, key=record.key, value=record.value)

    stream.send = publish  # type: ignore[method-assign]
    sent = 0
    ports = iter(range(own_broker.port_base + 50, own_broker.port_base + 90))
    frozen: list[subprocess.Popen[bytes]] = []
    with (
        ExitStack() as stack,
        TestClient(build(settings, ingest=httpx.MockTransport(lambda _: httpx.Response(500)))) as api,
    ):

        def start() -> subprocess.Popen[bytes]:
            port = next(ports)
            return stack.enter_context(engine_process(own_broker, port, tmp_path / f"engine-{port}.log"))

        active = start()
        until(lambda: in_charge(database) == 1, 60)
        key = make_key(Role.CASEWORKER)
        for _ in range(30):
            stream.post(openings=chance.choice([3, 5, 8]), commune=chance.choice(COMMUNES))
        for number in range(ROUNDS):
            standby = start()
            for _ in range(HOMES_A_ROUND):
                household(api, key, size=chance.choice([2, 3]), income_eur_per_month=chance.choice([1300, 1600]))
                stream.home(commune=chance.choice(COMMUNES))
                sent += 1
            producer.flush()
            time.sleep(chance.random() * 0.5)
            if chance.random() < 0.5:
                active.kill()
                active.wait(10)
            else:
                active.send_signal(signal.SIGSTOP)
                frozen.append(active)
            until(lambda: in_charge(database) == number + 2, 90)  # noqa: B023 - called at once
            active = standby
        for one in frozen:
            one.send_signal(signal.SIGCONT)
        until(lambda: all(one.poll() is not None for one in frozen), 60)
        producer.flush()
        until(lambda: settled(database, sent), 120)
        capacity = sum(offer.openings for offer in rows(database, "SELECT openings FROM offer"))
        # The last engine still looks at everyone once, as each does that begins.
        until(lambda: placed(database) == min(sent, capacity), 120)
        assert active.poll() is None
        assert in_charge(database) == ROUNDS + 1
    producer.close()
    live = rows(database, "SELECT placement, vacancy, household, offer FROM reservation WHERE released_at IS NULL")
    assert len(live) == len({row.vacancy for row in live}) == len({row.household for row in live})
    leads = Counter(row.offer for row in live)
    for offer in rows(database, "SELECT id, leads, openings FROM offer"):
        assert offer.leads == leads[offer.id] <= offer.openings
    ledger(database)
