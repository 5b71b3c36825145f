"""The whole platform on a machine, as `ancrage demo --check` plays it: real servers, every process, one small région."""

import json
import os
import subprocess
import sys
from pathlib import Path

from deploy.local.supervisor import CHECKOUT
from shared.settings import Settings
from tests.servers import free_port_base

CORSE = "94"


def test_a_vacancy_posted_by_http_reaches_counters_proposal_webhook_and_stream(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANCRAGE_")}
    environment |= {
        "ANCRAGE_HOME": str(tmp_path),
        "ANCRAGE_CACHE": str(Settings().cache_folder),
        "ANCRAGE_PORT_BASE": str(free_port_base()),
    }
    command = ["demo", "--check", "--json", "--region", CORSE, "--households", "10"]
    done = subprocess.run(
        [sys.executable, "-m", "deploy.cli", *command],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    outcome = json.loads(done.stdout)
    print({name: outcome[name] for name in ("counters_ms", "proposal_ms", "webhook_ms", "stream_ms")})
    assert all(outcome[name] > 0 for name in ("counters_ms", "proposal_ms", "webhook_ms", "stream_ms"))
    assert outcome["loaded"] == {"commitments": 3, "vacancies": 195, "offers": 2307, "households": 10}
