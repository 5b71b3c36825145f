"""`ancrage dlq replay` and the API towards the engine that runs: the record counts, the fence is taken and taken back."""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from kafka import KafkaProducer
from sqlalchemy import Engine

from deploy.local.environment import service_environment
from deploy.local.supervisor import CHECKOUT
from services.matching.api import build
from services.matching.settings import MatchingSettings
from shared.identity import Role
from shared.settings import Settings
from shared.streams.consumer import Record
from shared.streams.dead_letter_reading import read_letters
from shared.streams.dead_letters import DeadLetter
from tests.integration.matching.conftest import MakeKey, Stream
from tests.integration.matching.test_engine_kills import in_charge, killable_engine, rows
from tests.killable import Killable
from tests.patience import PATIENCE_SECONDS, until

FENCED = "was taken over by"


class Topics:
    """Produces what ingest would, and what the engine refused by mistake."""

    def __init__(self, settings: Settings, stream: Stream) -> None:
        self._producer = KafkaProducer(bootstrap_servers=settings.kafka_bootstrap, acks="all")
        self.refused: list[str] = []
        self.hold = False
        stream.send = self._send  # type: ignore[method-assign]
        self._stream = stream
        self._places = itertools.count(1)

    def _send(self, topic: str, key: str, state: Any) -> None:
        record: Record = self._stream.record(topic, key, state)
        if not self.hold:
            self._producer.send(topic, key=record.key, value=record.value).get(PATIENCE_SECONDS)
            return
        # Refused: at its place in the topic stands what no one can read, beside it the record as it was received.
        sent = self._producer.send(topic, key=record.key, value=b"{}").get(PATIENCE_SECONDS)
        source = type(record.source)(topic, sent.partition, sent.offset)
        letter = DeadLetter(source, "matching.engine", "a mistake since mended", record.key, record.value)
        buried = self._producer.send(letter.topic, key=letter.key, value=letter.body(), headers=letter.headers()).get(
            PATIENCE_SECONDS
        )
        self.refused.append(f"{letter.topic}-{buried.partition}-{buried.offset}")

    def close(self) -> None:
        self._producer.close()


@pytest.fixture
def topics(own_broker: Settings, stream: Stream) -> Iterator[Topics]:
    made = Topics(own_broker, stream)
    yield made
    made.close()


@pytest.fixture
def process(own_broker: Settings, tmp_path: Path) -> Iterator[Killable]:
    running = killable_engine(own_broker, tmp_path / "engine.log")
    yield running
    running.stop()


def dlq(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", "dlq", *arguments],
        cwd=CHECKOUT,
        env=service_environment(settings, os.environ),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def homes(database: Engine) -> set[str]:
    return {row.id for row in rows(database, "SELECT id FROM vacancy")}


def test_a_record_handed_again_to_the_running_engine_counts_and_the_engine_takes_its_fence_back(
    own_broker: Settings,
    database: Engine,
    stream: Stream,
    topics: Topics,
    process: Killable,
    make_key: MakeKey,
    tmp_path: Path,
) -> None:
    process.start()
    until(process.ready)
    first = stream.home()
    until(lambda: homes(database) == {first})
    topics.hold = True
    by_command, by_api = stream.home(), stream.home()
    revived = stream.home()
    topics.hold = False
    stream.withdraw("vacancies", revived)
    epoch = in_charge(database)

    done = dlq(own_broker, "replay", topics.refused[0])
    assert done.returncode == 0, done.stdout + done.stderr
    assert by_command in homes(database)
    assert in_charge(database) == epoch + 1
    # The engine that ran is fenced: its next transaction ends it, and its supervisor starts it again.
    stream.home()
    until(lambda: process.running.poll() is not None)
    assert FENCED in (tmp_path / "engine.log").read_text()
    process.start()
    until(process.ready)
    until(lambda: len(homes(database)) == 3 and in_charge(database) == epoch + 2)

    settings = MatchingSettings(**own_broker.model_dump())
    with TestClient(build(settings)) as api:
        operator = make_key(Role.OPERATOR)
        listed = api.get("/v1/dead-letters", headers=operator).json()["items"]
        assert [(one["id"], one["replayable"]) for one in listed if one["id"] in topics.refused] == [
            (identifier, True) for identifier in reversed(topics.refused)
        ]
        assert api.post(f"/v1/dead-letters/{topics.refused[1]}:replay", headers=operator).json()["result"] == "replayed"
        assert by_api in homes(database)
        # What was withdrawn since stays withdrawn.
        answer = api.post(f"/v1/dead-letters/{topics.refused[2]}:replay", headers=operator)
        assert answer.status_code == 409, answer.text
        assert "plus récent" in answer.json()["detail"]
        assert (
            api.post(f"/v1/dead-letters/{topics.refused[1]}:replay", headers=make_key(Role.CASEWORKER)).status_code
            == 403
        )
    assert revived not in homes(database)
    # The fenced engine gave up what it had in hand; it did not bury it.
    assert not [letter for letter in read_letters(own_broker) if "handler failed" in letter.reason]
    again = dlq(own_broker, "replay", topics.refused[2], "--json")
    assert again.returncode == 1
    assert "plus récent" in again.stdout
