"""By hand: memory of the API's process from 10,000 to 200,000 lines of one file, NDJSON and CSV."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session

from deploy.local.environment import service_environment
from shared.identity import Role
from shared.identity.bearers import create_bearer, organisation_named
from shared.ids import new_id
from shared.processes import BY_NAME
from shared.settings import Settings
from shared.sql.engine import service_engine
from tests.servers import free_port_base

SHORT, LONG = 10_000, 200_000
HEADER = b"reference;code insee;rome;contrat;postes;publiee le\r\n"


def blocks(form: str, count: int) -> Iterator[bytes]:
    """A file of that many lines, one in fifty wrong, as 500 a block."""
    if form == "text/csv":
        yield HEADER
    for start in range(0, count, 500):
        numbers = range(start, start + 500)
        if form == "text/csv":
            yield b"".join(
                b"O-%d;15014;%s;CDI;2;01/11/2026\r\n" % (n, b"Z9999" if n % 50 == 0 else b"F1703") for n in numbers
            )
        else:
            yield b"".join(
                b'{"reference":"O-%d","commune":"15014","rome":"%s","contract":"CDI","openings":2}\n'
                % (n, b"Z9999" if n % 50 == 0 else b"F1703")
                for n in numbers
            )


def ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def process(migrated: Settings, tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Port and pid of a fresh API."""
    settings = migrated.model_copy(update={"port_base": free_port_base()})
    with (tmp_path / "api.log").open("wb") as output:
        running = subprocess.Popen(
            [sys.executable, *BY_NAME["ingest.api"].command],
            env=service_environment(settings, os.environ),
            stdout=output,
            stderr=output,
        )
    port = settings.port("ingest.api")
    limit = time.monotonic() + 60
    while not ready(port):
        assert time.monotonic() < limit, (tmp_path / "api.log").read_text()[-2000:]
        time.sleep(0.05)
    yield port, running.pid
    running.kill()
    running.wait(10)


@pytest.mark.parametrize("form", ["application/x-ndjson", "text/csv"])
def test_memory_is_flat_from_10_000_to_200_000_lines(process: tuple[int, int], migrated: Settings, form: str) -> None:
    port, pid = process
    engine = service_engine(migrated, "console", database="identity", pool=1)
    with Session(engine) as session:
        owner = organisation_named(session, new_id("test"))
        key = create_bearer(session, migrated, organisation_id=owner.id, role=Role.FEED, label="t").text
        session.commit()
    engine.dispose()

    def peak(count: int) -> tuple[int, float]:
        started = time.monotonic()
        answer = httpx.post(
            f"http://127.0.0.1:{port}/v1/offers:snapshot",
            content=blocks(form, count),
            headers={"Authorization": f"Bearer {key}", "Content-Type": form},
            timeout=900,
            trust_env=False,
        )
        assert answer.json()["lines"] == count, answer.text[:500]
        status = Path(f"/proc/{pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]), count / (time.monotonic() - started)

    short, _ = peak(SHORT)
    long, rate = peak(LONG)
    print(f"{form}: {short} kB -> {long} kB ({long / short:.3f}), {rate:.0f} lines/s")
    assert long / short < 1.1, (short, long)
