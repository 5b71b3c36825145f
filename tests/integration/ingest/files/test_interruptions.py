"""The API as a process: killed in the middle of a file, left by its client, asked twice at once."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import text

from deploy.local.environment import service_environment
from shared.identity import Role
from shared.processes import BY_NAME
from shared.settings import Settings
from shared.sql.outbox import unpack
from tests.integration.ingest.files.conftest import MakeSender, Sender, content, offer
from tests.patience import PATIENCE_SECONDS, until
from tests.servers import free_port_base
from tests.sessions import none_left


class ApiProcess:
    """The process ingest.api on the servers of the session."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self.settings = settings
        self.url = f"http://127.0.0.1:{settings.port('ingest.api')}"
        self._log = log
        self.ports: set[int] = set()  # that the killed process spoke from
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = service_environment(self.settings, os.environ) | {"ANCRAGE_BULK_CHUNK": "100"}
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, *BY_NAME["ingest.api"].command], env=environment, stdout=output, stderr=output
            )
        until(self._ready)

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()[-3000:]
        try:
            return httpx.get(f"{self.url}/readyz", timeout=10, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            connections = psutil.Process(self._process.pid).net_connections("tcp")
            self.ports = {one.laddr.port for one in connections if one.raddr}
        self._process.kill()
        self._process.wait(PATIENCE_SECONDS)


@pytest.fixture
def process(migrated: Settings, tmp_path: Path) -> Iterator[ApiProcess]:
    settings = migrated.model_copy(update={"port_base": free_port_base()})
    running = ApiProcess(settings, tmp_path / "api.log")
    running.start()
    yield running
    running.kill()


def post(process: ApiProcess, feed: Sender, body: bytes | Iterator[bytes]) -> httpx.Response:
    headers = {**feed.key, "Content-Type": "application/x-ndjson", "Idempotency-Key": "nightly"}
    return httpx.post(
        f"{process.url}/v1/offers:bulk", content=body, headers=headers, timeout=PATIENCE_SECONDS, trust_env=False
    )


def written(feed: Sender) -> int:
    """Lines of the only run whose fate is written."""
    runs = feed.get("/v1/runs")["items"]
    return runs[0]["lines"] if runs else 0


def events_by_reference(feed: Sender) -> dict[str, int]:
    """How many events each offer of the feed has in the outbox."""
    with feed.engine.connect() as connection:
        packed = connection.execute(text("SELECT records FROM outbox WHERE topic = 'offers' ORDER BY id")).scalars()
        keys = [key for row in packed for key, _ in unpack(row)]
    by_id = {identifier: reference for reference, (identifier, _) in feed.published("offer").items()}
    counts: dict[str, int] = {}
    for key in keys:
        if key in by_id:
            counts[by_id[key]] = counts.get(by_id[key], 0) + 1
    return counts


def test_a_file_whose_api_is_killed_twice_is_published_once_and_whole(process: ApiProcess, sender: MakeSender) -> None:
    feed = sender(Role.FEED)
    lines = [offer(f"O-{n}") for n in range(3000)]

    def killing(sent: int, seen: int) -> Iterator[bytes]:
        yield content(lines[:sent])
        until(lambda: written(feed) >= seen)
        process.kill()
        yield content(lines[sent:])

    for sent, seen in ((1300, 500), (2500, 1700)):
        with pytest.raises(httpx.TransportError):
            post(process, feed, killing(sent, seen))
        until(lambda: none_left(feed.engine, process.ports))
        done = written(feed)
        assert seen <= done <= sent
        assert len(feed.published("offer")) == done
        process.start()
    answer = post(process, feed, content(lines))
    report = answer.json()
    assert (answer.status_code, report["resumed_after_lines"]) == (200, done)
    assert (report["lines"], report["created"]) == (3000, 3000)
    assert events_by_reference(feed) == {f"O-{n}": 1 for n in range(3000)}
    assert [one["line"] for one in feed.fates(report["run"], limit=500)] == list(range(1, 3001))


def test_a_client_that_leaves_finds_what_is_written_and_goes_on(process: ApiProcess, sender: MakeSender) -> None:
    feed = sender(Role.FEED)
    lines = [offer(f"O-{n}") for n in range(1200)]
    whole = content(lines)
    head = (
        "POST /v1/offers:bulk HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nIdempotency-Key: nightly\r\n"
        f"Authorization: {feed.key['Authorization']}\r\nContent-Length: {len(whole)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", process.settings.port("ingest.api"))) as connection:
        connection.sendall(head.encode() + content(lines[:1000]))
        until(lambda: written(feed) >= 100)
    until(lambda: feed.get("/v1/runs")["items"][0]["state"] == "interrupted")
    (run,) = feed.get("/v1/runs")["items"]
    assert run["lines"] == len(feed.published("offer"))
    report = post(process, feed, whole).json()
    assert (report["run"], report["state"], report["created"]) == (run["run"], "finished", 1200)


def test_of_two_requests_at_once_under_a_key_the_later_goes_on_and_the_earlier_is_told(
    process: ApiProcess, sender: MakeSender
) -> None:
    feed = sender(Role.FEED)
    lines = [offer(f"O-{n}") for n in range(2000)]
    overtaken = threading.Event()
    answers: list[httpx.Response] = []

    def waiting() -> Iterator[bytes]:
        yield content(lines[:1000])
        overtaken.wait(PATIENCE_SECONDS)
        yield content(lines[1000:])

    first = threading.Thread(target=lambda: answers.append(post(process, feed, waiting())))
    first.start()
    until(lambda: written(feed) >= 300)
    second = post(process, feed, content(lines))
    overtaken.set()
    first.join(PATIENCE_SECONDS)
    assert (second.status_code, second.json()["created"]) == (200, 2000)
    assert (answers[0].status_code, answers[0].json()["type"]) == (409, "/problems/conflict")
    assert second.json()["run"] in answers[0].json()["detail"]
    assert events_by_reference(feed) == {f"O-{n}": 1 for n in range(2000)}
