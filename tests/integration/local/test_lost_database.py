"""A killed database: each process names what it lost, traces nothing, and serves again when the database does."""

import json
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.states import State
from deploy.local.supervisor import ONE_SHOTS, Platform
from shared.processes import BY_NAME
from shared.settings import Settings
from tests.patience import PATIENCE_SECONDS
from tests.servers import free_port_base

NAMES = ("ingest.clock", "matching.prices", "notify.dispatcher")


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    settings = Settings(
        home=tmp_path, cache=Settings().cache_folder, port_base=free_port_base(), secret_keys=secrets.token_hex()
    )
    migrate = [one for one in ONE_SHOTS if one.needs == "postgres"]
    processes = [BY_NAME[name] for name in NAMES]
    with Platform(settings, processes=processes, servers=("postgres",), one_shots=migrate) as running:
        yield running


def lines_of(platform: Platform, name: str) -> list[str]:
    return (platform.settings.home / "logs" / f"{name}.log").read_text().splitlines()


def lost_by(platform: Platform, name: str) -> set[str]:
    lines = [line for line in lines_of(platform, name) if '"server.lost"' in line]
    return {json.loads(line)["server"] for line in lines}


def test_processes_name_the_database_they_lost_and_serve_again_with_it(platform: Platform) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not all(lost_by(platform, name) for name in NAMES):
        assert time.monotonic() < give_up, platform.states()
        # Kept down: whoever asks for nothing while it is away takes up the next one, and has lost nothing.
        platform.kill("postgres")
        time.sleep(0.2)
    for name in ("postgres", *NAMES):
        platform.wait_ready(name, PATIENCE_SECONDS)
    assert {platform.states()[name] for name in NAMES} == {State.READY}
    for name in NAMES:
        assert lost_by(platform, name) == {"PostgreSQL"}
        assert not [line for line in lines_of(platform, name) if "Traceback" in line or "Unclosed" in line], name
