"""docker compose, for real: every container healthy, then `demo --check` against them. Long; needs a Docker engine."""

import subprocess
from collections.abc import Iterator

import pytest

from deploy.local.supervisor import CHECKOUT
from tests.servers import docker_answers

PROJECT = "ancrage-test"


def compose(*arguments: str, seconds: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", "compose", "--project-name", PROJECT, *arguments],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


@pytest.fixture
def running() -> Iterator[None]:
    if not docker_answers():
        pytest.skip("no Docker engine answers")
    try:
        up = compose("up", "--build", "--wait", seconds=1200)
        assert up.returncode == 0, up.stderr[-3000:]
        yield
    finally:
        compose("--profile", "check", "down", "--volumes", "--timeout", "20", seconds=180)


@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("running")
def test_a_vacancy_goes_from_http_to_webhook_across_containers() -> None:
    checked = compose("run", "--rm", "--use-aliases", "check", seconds=300)
    assert checked.returncode == 0, checked.stderr[-3000:]
    for place in ("compteurs du territoire", "proposition", "webhook vérifié", "flux en direct"):
        assert place in checked.stdout
    print(checked.stdout)
