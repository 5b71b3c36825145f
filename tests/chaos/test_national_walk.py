"""All 925,168 offers of the shipped stock through the real command, HTTP and PostgreSQL: exact, and flat in memory.

Minutes long: run alone with `pytest tests/chaos/test_national_walk.py -s`. The figures are printed.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from deploy.demo.stock import load
from deploy.local.ports import is_free
from deploy.simulators.france_travail.process import environment
from deploy.simulators.france_travail.truth import digest
from shared.settings import Settings
from shared.sql.engine import service_engine

PORT = next(port for port in range(31_500, 31_900) if is_free(port))
MOST_MEMORY_MB = 500
OWN = ("id", "feed", "reference", "observed_at", "status", "duplicate_of")


@contextmanager
def simulator() -> Iterator[str]:
    """A national simulator as a process of its own."""
    command = [sys.executable, "-m", "deploy.cli", "feed", "simulator", "--port", str(PORT), "--rate", "0"]
    process = subprocess.Popen([*command, "--changes-every", "0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{PORT}/simulateur"
    try:
        for _ in range(600):
            try:
                httpx.get(f"{url}/bilan", timeout=2)
                break
            except httpx.TransportError:
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait()


def walk(settings: Settings) -> tuple[dict[str, Any], float]:
    """The report of `ancrage feed france-travail`, and the seconds it took."""
    given = {
        "ANCRAGE_HOME": str(settings.home),
        "ANCRAGE_KAFKA": settings.kafka,
        "ANCRAGE_DATABASE_URL": settings.database_url,
        "ANCRAGE_SECRET_KEYS": settings.secret_keys.get_secret_value() if settings.secret_keys else None,
        "ANCRAGE_FRANCE_TRAVAIL_REQUESTS_PER_SECOND": "10000",
        **environment(PORT),
    }
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "deploy.cli", "feed", "france-travail", "--json"],
        env={**os.environ, **{name: value for name, value in given.items() if value}},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), time.monotonic() - started


def published(settings: Settings) -> dict[str, str]:
    """Digest of each published offer's content, by reference."""
    engine = service_engine(settings, "ingest", pool=1)
    query = (
        "SELECT reference, state FROM offer WHERE current AND withdrawn_at IS NULL"
        " AND owner = (SELECT owner FROM feed_walk ORDER BY id DESC LIMIT 1)"
    )
    found = {}
    with engine.connect().execution_options(stream_results=True, yield_per=2000) as connection:
        for row in connection.execute(text(query)):
            found[row.reference] = digest({name: value for name, value in row.state.items() if name not in OWN})
    engine.dispose()
    return found


def truth(url: str) -> dict[str, str]:
    found = {}
    with httpx.stream("GET", f"{url}/verite", timeout=600) as answer:
        for line in answer.iter_lines():
            if line:
                reference, content = line.split()
                found[reference] = content
    return found


@pytest.mark.timeout(3600)
def test_the_whole_of_france_is_published_exactly_and_then_kept_so(migrated: Settings) -> None:
    with simulator() as url:
        first, first_seconds = walk(migrated)
        memory_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        assert first["complete"]
        assert first["seen"] == load().offers_total == first["announced"]
        assert published(migrated) == truth(url)
        httpx.post(f"{url}/evenements", json={"created": 3000, "changed": 5000, "withdrawn": 8000}, timeout=60)
        second, second_seconds = walk(migrated)
        assert published(migrated) == truth(url)
        report = httpx.get(f"{url}/bilan", timeout=60).json()
    print(f"\nfirst walk: {first_seconds:.0f} s, {first['requests']} calls, {first['created']} created")
    print(f"second walk: {second_seconds:.0f} s, {second['requests']} calls, {second['created']} created, ", end="")
    print(f"{second['updated']} updated, {second['gone']} withdrawn, {second['unchanged']} unchanged")
    print(f"largest memory: puller {memory_mb:.0f} MB, simulator {report['memory_mb']} MB; calls {report['calls']}")
    assert memory_mb < MOST_MEMORY_MB
