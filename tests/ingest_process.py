"""The ingest API as a process of its own, and a landlord who sends files to it: for tests of the command line."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from sqlmodel import Session

from deploy.local.environment import service_environment
from deploy.local.supervisor import CHECKOUT
from shared.identity import Role
from shared.identity.bearers import create_bearer, organisation_named
from shared.ids import new_id
from shared.settings import Settings
from shared.sql.engine import service_engine
from tests.killable import Killable
from tests.servers import free_port_base


class Api(Killable):
    """The process, which a test may kill and start again."""

    def __init__(self, settings: Settings, log: Path, chunk: int) -> None:
        # No relay runs beside it: what this and earlier tests of the session published waits for good.
        own = {"ANCRAGE_BULK_CHUNK": str(chunk), "ANCRAGE_OUTBOX_MAX_EVENTS": str(10**8)}
        environment = service_environment(settings, os.environ) | own
        super().__init__("ingest.api", environment, settings.url("ingest"), log)
        self.settings = settings

    def start(self) -> None:
        """Waits until it is ready."""
        super().start()
        self.until_ready()

    @property
    def pid(self) -> int:
        return self.running.pid


@contextmanager
def running_api(migrated: Settings, log: Path, *, chunk: int = 100) -> Iterator[Api]:
    """The API on ports of its own, on servers that are migrated; `chunk` lines of a file are one transaction."""
    running = Api(migrated.model_copy(update={"port_base": free_port_base()}), log, chunk)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def new_key(settings: Settings, role: Role) -> str:
    """The key of a new organisation."""
    engine = service_engine(settings, "console", database="identity", pool=1)
    with Session(engine) as session:
        owner = organisation_named(session, new_id("test"))
        made = create_bearer(session, settings, organisation_id=owner.id, role=role, label="test")
        session.commit()
    engine.dispose()
    return str(made.text)


def client_of(api: Api, key: str) -> httpx.Client:
    """The API as the holder of that key calls it."""
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=api.settings.url("ingest"), headers=headers, timeout=30, trust_env=False)


def bearer(client: httpx.Client) -> str:
    """The key of a client."""
    return client.headers["authorization"].removeprefix("Bearer ")


def environment(api: Api, key: str) -> dict[str, str]:
    """What `ancrage ingest` needs to speak to that API with that key."""
    return service_environment(api.settings, os.environ) | {"ANCRAGE_KEY": key}


def references(client: httpx.Client) -> set[str]:
    """What the landlord has published."""
    found: set[str] = set()
    cursor: str | None = None
    while True:
        answer = client.get("/v1/vacancies", params={"limit": 500, **({"cursor": cursor} if cursor else {})})
        found |= {item["reference"] for item in answer.raise_for_status().json()["items"]}
        cursor = answer.json()["next"]
        if cursor is None:
            return found


class Watcher:
    """`ancrage ingest watch` as a process that a test stops or kills."""

    def __init__(self, api: Api, key: str, folder: Path) -> None:
        self._environment = environment(api, key)
        self._folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self._folder / ".log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.cli", "ingest", "watch", str(self._folder)],
                cwd=CHECKOUT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def end(self, number: int) -> int:
        """Sends a signal; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(20)

    def clear(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def log(self) -> str:
        return (self._folder / ".log").read_text()


def put_away(folder: Path) -> list[str]:
    """Names in a folder of ours, without the date that it puts before them."""
    return sorted(path.name.partition("Z_")[2] or path.name for path in folder.iterdir())
