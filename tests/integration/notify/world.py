"""What the tests of notify are written with: its processes, a receiver, a caller."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, text
from standardwebhooks import Webhook

from deploy.local.environment import service_environment
from services.notify.settings import NotifySettings
from shared.events import Event
from shared.processes import BY_NAME
from tests.patience import PATIENCE_SECONDS, until

ROLES = ("api", "consumer", "dispatcher")
Produce = Callable[[str, Event[Any] | str], None]


class Notify:
    """The processes, each started when first asked for."""

    def __init__(self, settings: NotifySettings, log: Path) -> None:
        self.settings = settings
        self._log = log
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, role: str) -> None:
        """Starts a process of notify, or one of another service by its full name, or leaves it running; returns when it
        is ready.
        """
        name = role if "." in role else f"notify.{role}"
        running = self._running.get(role)
        if running is None or running.poll() is not None:
            environment = service_environment(self.settings, os.environ) | {
                "ANCRAGE_WEBHOOK_ALLOW": self.settings.webhook_allow,
                "ANCRAGE_STREAM_HEARTBEAT_SECONDS": str(self.settings.stream_heartbeat_seconds),
                "ANCRAGE_STREAM_LIFE_SECONDS": str(self.settings.stream_life_seconds),
            }
            with (self._log / f"{name}.log").open("ab") as output:
                self._running[role] = subprocess.Popen(
                    [sys.executable, *BY_NAME[name].command], env=environment, stderr=output, stdout=output
                )
        port = self.settings.port(name)
        until(lambda: self._ready(role, port))

    def _ready(self, role: str, port: int) -> bool:
        if self._running[role].poll() is not None:
            raise AssertionError(self.log(role)[-3000:])
        try:
            return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=10, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def log(self, role: str) -> str:
        """What a process has logged so far."""
        name = role if "." in role else f"notify.{role}"
        return (self._log / f"{name}.log").read_text(errors="replace")

    def kill(self, role: str) -> None:
        """kill -9."""
        self._running[role].send_signal(signal.SIGKILL)
        self._running[role].wait(PATIENCE_SECONDS)

    def stop(self, role: str) -> float:
        """Graceful end; the seconds that it took."""
        process = self._running.pop(role, None)
        started = time.monotonic()
        if process is not None:
            process.terminate()
            process.wait(PATIENCE_SECONDS)
        return time.monotonic() - started


@dataclass
class Caller:
    """A key and the client that uses it."""

    organisation: str
    key: str
    http: httpx.Client


@dataclass
class Received:
    """One request to the receiver."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified_by(self, secret: str) -> Any:
        """The payload, if the reference library verifies it with `secret`."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """A receiver on loopback. `answers` are given in turn as (status, headers, body); then `status`, without a body."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 204
    lock: threading.Lock = field(default_factory=threading.Lock)
    _gate: "Gate | None" = None

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Takes note of a request at once; returns its answer when it may be given."""
        with self.lock:
            self.received.append(Received(headers, body))
            answer = self.answers.pop(0) if self.answers else (self.status, {}, b"")
            gate = self._gate
            waits = gate is not None and gate.stops()
        if gate is not None and waits:
            gate.opened.wait(PATIENCE_SECONDS)
        return answer

    def hold(self, after: int = 0) -> None:
        """From now on answers so many requests; the following get no answer before `let_go` or the next `hold`."""
        with self.lock:
            former, self._gate = self._gate, Gate(after)
        if former is not None:
            former.opened.set()

    def let_go(self) -> None:
        """Answers whoever waits, and everybody from now on."""
        with self.lock:
            former, self._gate = self._gate, None
        if former is not None:
            former.opened.set()

    @property
    def waiting(self) -> int:
        """Requests that have come and get no answer for the time being."""
        with self.lock:
            return self._gate.waiting if self._gate is not None else 0


@dataclass
class Gate:
    """Where requests wait for their answer, beyond the first `free`. Not for several threads at once."""

    free: int
    waiting: int = 0
    opened: threading.Event = field(default_factory=threading.Event)

    def stops(self) -> bool:
        """Whether one more has to wait here."""
        if self.free > 0:
            self.free -= 1
            return False
        self.waiting += 1
        return True


def count(engine: Engine, query: str, **values: Any) -> int:
    """A number from the notify database."""
    with engine.connect() as connection:
        return int(connection.execute(text(query), values).scalar_one())
