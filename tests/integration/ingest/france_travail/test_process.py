"""The process `ingest.puller` as the supervisor starts it: idle without credentials, else walk after walk."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from deploy.demo.stock import OfferRow
from deploy.simulators.france_travail.searching import Limits
from shared.processes import BY_NAME
from tests.integration.ingest.france_travail.conftest import MakeWorld
from tests.patience import PATIENCE_SECONDS, until
from tests.servers import free_port_base


@contextmanager
def process(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    base = free_port_base()
    started = subprocess.Popen(
        [sys.executable, *BY_NAME["ingest.puller"].command],
        env={**environment, "ANCRAGE_PORT_BASE": str(base)},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield started, f"http://127.0.0.1:{base + BY_NAME['ingest.puller'].port_offset}"
    finally:
        started.kill()
        started.wait()


def eventually(look: Callable[[], Any]) -> Any:
    """What `look` gives once it gives something; errors of a connection not yet there are waited out."""

    def tried() -> Any:
        try:
            return look()
        except httpx.TransportError:
            return None

    return until(tried)


def test_without_credentials_it_is_ready_says_so_and_needs_no_database(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANCRAGE_FRANCE_TRAVAIL_")}
    with process({**kept, "ANCRAGE_HOME": str(tmp_path)}) as (started, url):
        status = eventually(lambda: httpx.get(f"{url}/readyz").is_success and httpx.get(f"{url}/status").json())
        assert status["configured"] is False
        started.send_signal(signal.SIGTERM)
        assert started.wait(PATIENCE_SECONDS) == 0


def test_with_credentials_it_walks_by_itself_follows_what_changes_and_tells_its_freshness(
    make_world: MakeWorld,
) -> None:
    world = make_world((OfferRow("15014", "F1703", 40), OfferRow("15014", "K1304", 40)), limits=Limits())
    world.as_the_feed()
    environment = {**world.environment(), "ANCRAGE_FRANCE_TRAVAIL_REFRESH_HOURS": "0.0002"}
    with process(environment) as (started, url):
        eventually(lambda: world.published() == world.truth())
        world.simulator.universe.withdraw(7)
        eventually(lambda: world.published() == world.truth())
        told = eventually(lambda: httpx.get(f"{url}/status").json().get("last_success"))
        assert told
        metrics = httpx.get(f"{url}/metrics", timeout=PATIENCE_SECONDS).text
        assert 'ancrage_feed_alert{alert="stale",feed="france-travail"} 0.0' in metrics
        assert 'ancrage_feed_success_at_seconds{feed="france-travail"}' in metrics
        started.send_signal(signal.SIGTERM)
        assert started.wait(PATIENCE_SECONDS) == 0
