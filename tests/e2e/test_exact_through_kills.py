"""50,000 changes by HTTP while relay, packer, worker and scorer are killed: counters == recount == ingest's SQL."""

import itertools
import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from deploy.local.supervisor import CHECKOUT, Platform
from shared.identity import Role
from shared.identity.bearers import create_bearer, organisation_named
from shared.processes import PROCESSES
from shared.settings import Settings
from shared.sql.engine import service_engine
from tests.patience import PATIENCE_SECONDS, until
from tests.servers import free_port_base

SEED = 20261123
REFERENCES = 25_000
LINES_A_REQUEST = 1_000
KILLED = ("ingest.relay", "scoring.packer", "scoring.worker", "scoring.scorer")
REPUBLISHED = "relay.republish"
COMMUNES = ("15014", "48095", "36044", "18033", "75056", "13055", "63113", "97411")


def feed_key(settings: Settings) -> str:
    engine = service_engine(settings, "console", database="identity", pool=1)
    try:
        with Session(engine) as session:
            owner = organisation_named(session, "Flux de test")
            made = create_bearer(session, settings, organisation_id=owner.id, role=Role.FEED, label="test")
            session.commit()
            return made.text
    finally:
        engine.dispose()


def publish(settings: Settings, key: str, enough: threading.Event, failures: list[BaseException]) -> None:
    """Each reference twice: created, then in another commune or with other openings; and on like this until `enough`."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    source = random.Random(SEED)
    try:
        with httpx.Client(headers=headers, timeout=PATIENCE_SECONDS, trust_env=False) as client:
            for sent in itertools.count(step=LINES_A_REQUEST):
                if sent >= 2 * REFERENCES and enough.is_set():
                    return
                first = sent % REFERENCES
                lines = [
                    json.dumps(
                        {
                            "reference": f"R-{number}",
                            "commune": source.choice(COMMUNES),
                            "rome": "F1703",
                            "contract": source.choice(("CDI", "CDD")),
                            "openings": source.randint(1, 9),
                        }
                    )
                    for number in range(first, first + LINES_A_REQUEST)
                ]
                answer = client.post(f"{settings.url('ingest')}/v1/offers:bulk", content="\n".join(lines))
                report = answer.raise_for_status().json()
                assert report["rejected"] == 0
    except BaseException as error:  # noqa: BLE001 - looked at by the test
        failures.append(error)


@pytest.mark.timeout(1200)
def test_counters_equal_the_recount_and_ingest_after_kills_of_every_step(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, cache=Settings().cache_folder, port_base=free_port_base())
    processes = [process for process in PROCESSES if process.service in {"ingest", "scoring"}]
    with Platform(settings, processes=processes) as platform:
        failures: list[BaseException] = []
        enough = threading.Event()
        publisher = threading.Thread(target=publish, args=(settings, feed_key(settings), enough, failures))
        publisher.start()
        source = random.Random(SEED)
        kills = [*KILLED, "ingest.relay", *source.sample(KILLED, len(KILLED)), "ingest.relay"]
        log = tmp_path / "logs" / "ingest.relay.log"
        for name in kills:
            time.sleep(source.uniform(0.5, 1.5))
            strike(platform, name, source)
        while not failures and REPUBLISHED not in log.read_text(encoding="utf-8"):
            strike(platform, "ingest.relay", source)
        enough.set()
        publisher.join()
        assert not failures, failures
        for name in KILLED:
            platform.wait_ready(name, PATIENCE_SECONDS)
        drain(settings)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ANCRAGE_")}
        for _ in range(60):
            verified = subprocess.run(
                [sys.executable, "-m", "deploy.cli", "verify", "--json"],
                cwd=CHECKOUT,
                env={**clean, **platform.environment},
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
            if verified.returncode != 2:
                break
            time.sleep(1)
    assert verified.returncode == 0, verified.stdout + verified.stderr[-2000:]
    times = log.read_text(encoding="utf-8").count(REPUBLISHED)
    print(f"{len(kills)} kills or more; {times} times the relay published again; {verified.stdout[:300]}")
    assert times, "inconclusive: no relay was killed with numbered events in hand"


def strike(platform: Platform, name: str, source: random.Random) -> None:
    """Kills a process soon after it serves: a relay with a backlog then has numbered events in hand."""
    platform.wait_ready(name, PATIENCE_SECONDS)
    time.sleep(source.uniform(0.02, 0.2))
    platform.kill(name)


def drain(settings: Settings) -> None:
    """Waits until the relay has published everything."""
    engine = service_engine(settings, "ingest", pool=1)
    try:
        until(lambda: pending(engine) == 0)
    finally:
        engine.dispose()


def pending(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM outbox")).scalar_one())
