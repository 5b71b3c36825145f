"""Doubt and repair on a whole platform, with an operator's own commands: what could not be read is said, republished and
rebuilt; and republishing what is withdrawn changes no count.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from kafka import KafkaProducer

from deploy.local.supervisor import CHECKOUT, Platform
from shared.processes import PROCESSES
from shared.settings import Settings
from shared.topics import OFFERS
from tests.e2e.test_exact_through_kills import drain, feed_key
from tests.scoring_live import eventually
from tests.servers import free_port_base

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.postgres, pytest.mark.timeout(400)]
CONTENT = {"commune": "15014", "rome": "F1703", "contract": "CDI", "openings": 2}


class Operator:
    """A platform of ingest and scoring, and what an operator and a feed do to it."""

    def __init__(self, settings: Settings, platform: Platform) -> None:
        self.settings = settings
        self._platform = platform
        self._http = httpx.Client(
            base_url=settings.url("ingest"),
            headers={"Authorization": f"Bearer {feed_key(settings)}"},
            trust_env=False,
            timeout=30,
        )

    def publish(self, reference: str) -> str:
        answer = self._http.put(f"/v1/offers/{reference}", json=CONTENT).raise_for_status()
        return str(answer.json()["id"])

    def withdraw(self, reference: str) -> None:
        self._http.delete(f"/v1/offers/{reference}").raise_for_status()

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ANCRAGE_")}
        return subprocess.run(
            [sys.executable, "-m", "deploy.cli", *arguments],
            env={**clean, **self._platform.environment},
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def verdict(self) -> dict[str, Any]:
        """Of `ancrage verify` on everything that ingest has."""
        drain(self.settings)
        said: dict[str, Any] = json.loads(self.command("verify", "--json").stdout)
        return said

    def exact(self) -> bool:
        said = self.verdict()
        return bool(said["verdict"] == "exact" and said["unapplied"] == 0)

    def suspect(self) -> int:
        return int(json.loads(self.command("status", "--json").stdout)["suspect"])

    def close(self) -> None:
        self._http.close()


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    home: Path = tmp_path_factory.mktemp("repair")
    settings = Settings(home=home, cache=Settings().cache_folder, port_base=free_port_base())
    processes = [process for process in PROCESSES if process.service in {"ingest", "scoring"}]
    with Platform(settings, processes=processes) as platform:
        found = Operator(settings, platform)
        yield found
        found.close()


def test_what_is_withdrawn_and_published_again_is_subtracted_once(operator: Operator) -> None:
    operator.publish("R-1")
    kept, gone = operator.publish("R-2"), operator.publish("R-3")
    operator.withdraw("R-3")
    assert eventually(operator.exact, 90)
    for identifier in (kept, gone, gone):
        assert operator.command("ingest", "republish", identifier).returncode == 0
    assert eventually(operator.exact, 90), "without a rebuild"
    assert operator.verdict()["totals"]["open_offers"] == 2


def test_a_doubt_is_said_and_ends_with_a_republication_and_a_rebuild(operator: Operator) -> None:
    identifier = operator.publish("R-4")
    assert eventually(operator.exact, 90)
    producer = KafkaProducer(bootstrap_servers=operator.settings.kafka_bootstrap)
    producer.send(OFFERS, key=identifier.encode(), value=b'{"specversion": "1.0", cut').get(timeout=20)
    producer.close()
    assert eventually(lambda: operator.suspect() == 1, 60)
    assert operator.verdict()["verdict"] == "inconclusive"
    assert "Compteurs douteux" in operator.command("status").stdout
    assert operator.command("ingest", "republish", identifier).returncode == 0
    made = operator.command("scoring", "rebuild", "--json")
    assert made.returncode == 0, made.stderr
    assert eventually(operator.exact, 90)
    assert eventually(lambda: operator.suspect() == 0, 60)
