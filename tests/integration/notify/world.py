"""What the tests of notify are written with: its processes, a receiver, a caller, patience."""

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

ROLES = ("api", "consumer", "dispatcher")
Produce = Callable[[str, Event[Any] | str], None]


def until(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    """The first true value of `condition`; fails the test after `seconds`."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")


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
        until(lambda: self._ready(role, port), 90)

    def _ready(self, role: str, port: int) -> bool:
        if self._running[role].poll() is not None:
            raise AssertionError(self.log(role)[-3000:])
        try:
            return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def log(self, role: str) -> str:
        """What a process has logged so far."""
        name = role if "." in role else f"notify.{role}"
        return (self._log / f"{name}.log").read_text(errors="replace")

    def kill(self, role: str) -> None:
        """kill -9."""
        self._running[role].send_signal(signal.SIGKILL)
        self._running[role].wait(10)

    def stop(self, role: str) -> float:
        """Graceful end; the seconds that it took."""
        process = self._running.pop(role, None)
        started = time.monotonic()
        if process is not None:
            process.terminate()
            process.wait(15)
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
    """A receiver on loopback. `answers` are given in turn as (status, headers, body, pause); then 204."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes, float]] = field(default_factory=list)
    pause: float = 0.0
    status: int = 204
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes, float]:
        with self.lock:
            self.received.append(Received(headers, body))
            return self.answers.pop(0) if self.answers else (self.status, {}, b"", self.pause)


def count(engine: Engine, query: str, **values: Any) -> int:
    """A number from the notify database."""
    with engine.connect() as connection:
        return int(connection.execute(text(query), values).scalar_one())
