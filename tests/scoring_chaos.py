"""Exactness under kills, as a function of a seed: a replay through the real processes on a real broker, then the comparison.

The history is synthetic, published as the relays publish; at least one run of events is published again with the same
sequences at new offsets, else the outcome is inconclusive.
"""

import asyncio
import json
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from deploy.local.ports import is_free
from deploy.local.supervisor import CHECKOUT, Platform
from deploy.topics import apply
from services.scoring.adapters.verification import Verification, verify
from services.scoring.settings import ScoringSettings
from shared.processes import BY_NAME
from shared.settings import Settings
from tests.patience import PATIENCE_SECONDS, Patience
from tests.scoring_history import History, Relay
from tests.servers import free_port_base

PACKER, WORKER, SCORER = "scoring.packer", "scoring.worker", "scoring.scorer"
KILLABLE: Final = (PACKER, WORKER, SCORER)
RUN: Final = 400
DRAIN_SECONDS: Final = 120.0  # without any progress


@dataclass
class Outcome:
    """What a replay came to. `verification` is the last one; `exact` also means that nothing was still under way."""

    verification: Verification | None = None
    published: int = 0
    republished: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def exact(self) -> bool:
        return self.verification is not None and self.verification.exit_code == 0 and self.verification.unapplied == 0


@contextmanager
def scoring_platform(
    home: Path, processes: tuple[str, ...] = KILLABLE
) -> Iterator[tuple[ScoringSettings, Platform, Platform]]:
    """Settings, the platform of the servers (kafka, redis) and the platform of scoring's processes, all its own."""
    base = Settings(home=home, cache=Settings().cache_folder, port_base=free_port_base())
    settings = ScoringSettings.model_validate(base.model_dump())
    with Platform(base, processes=(), servers=("kafka", "redis")) as servers:
        apply(base)
        with Platform(
            base, processes=[BY_NAME[name] for name in processes], servers=(), one_shots=(), own_home=False
        ) as running:
            yield settings, servers, running


_taken: set[int] = set()


class Copy:
    """A second copy of a process beside the platform's own, under an instance name of its own; not started again."""

    def __init__(self, running: Platform, name: str, instance: str) -> None:
        base = running.settings.port_base
        self.port = next(port for port in range(base + 40, base + 79) if port not in _taken and is_free(port))
        _taken.add(self.port)
        with (running.settings.home / "logs" / f"{name}.{instance}.log").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, *BY_NAME[name].command],
                env={**running.environment, "ANCRAGE_INSTANCE": instance, "ANCRAGE_HEALTH_PORT": str(self.port)},
                cwd=CHECKOUT,
                stdout=output,
                stderr=output,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_ready(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Returns when the copy serves."""
        give_up_at = time.monotonic() + seconds
        while answered(self.port, "/readyz") is None:
            assert self._process.poll() is None, "the copy has ended"
            assert time.monotonic() < give_up_at, "the copy is not ready"
            time.sleep(0.1)

    def send(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        self._process.send_signal(number)

    def ended(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._process.poll()

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Exit code, once it has ended."""
        return self._process.wait(seconds)

    def __enter__(self) -> "Copy":
        return self

    def __exit__(self, *_: object) -> None:
        _taken.discard(self.port)
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def ancrage(running: Platform, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A command of an operator on this platform."""
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        env=running.environment,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def answered(port: int, path: str) -> Any:
    """JSON of a 200 answer on this host, else None."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return json.loads(answer.read())
    except (urllib.error.URLError, OSError, ValueError):
        return None


def replay(
    settings: ScoringSettings,
    running: Platform,
    *,
    seed: int,
    changes: int,
    kills: int,
    pause: float = 0.0,
    tell: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Publishes `changes` changes while killing processes `kills` times, then waits until the state has caught up."""
    pick = random.Random(seed)
    history, relay, outcome = History(seed), Relay(settings.kafka_bootstrap), Outcome()
    started = time.monotonic()
    runs = max(1, changes // RUN)
    victims = [KILLABLE[number % len(KILLABLE)] for number in range(kills)]
    pick.shuffle(victims)
    moments = sorted(pick.sample(range(1, runs), k=min(kills, runs - 1)))
    again = set(pick.sample(range(runs), k=max(2, runs // 10)))
    try:
        for number in range(runs):
            relay.publish(list(history.records(min(RUN, changes - number * RUN))))
            if number in again:
                outcome.republished += relay.publish_again()
            if moments and number >= moments[0]:
                moments.pop(0)
                victim = victims.pop()
                if victim in running.pids():
                    running.kill(victim)
                    outcome.kills[victim] = outcome.kills.get(victim, 0) + 1
                    tell(f"run {number}: killed {victim}")
            time.sleep(pause)
        outcome.published = relay.published
    finally:
        relay.close()
    outcome.verification = settled(settings, tell=tell)
    outcome.seconds = time.monotonic() - started
    return outcome


def settled(
    settings: ScoringSettings, *, seconds: float = DRAIN_SECONDS, tell: Callable[[str], None] = lambda _: None
) -> Verification:
    """Verifies until nothing is under way and all agree, or until nothing has moved for so many seconds: then the last
    verdict. The seconds say when something is stuck; a slow machine may take as long as it needs."""
    patience = Patience(seconds)
    while True:
        result = asyncio.run(verify(settings))
        tell(f"verify: {result.exit_code}, {result.unapplied} under way, {len(result.differences)} differences")
        standing = (result.generation, result.reason, result.events, result.unapplied, len(result.differences))
        if (result.exit_code == 0 and result.unapplied == 0) or patience.lost(standing, time.monotonic()):
            return result
        time.sleep(1.0)


class Kept:
    """A process that an impatient supervisor keeps: started again at once however it ends. For one thread."""

    def __init__(self, running: Platform, name: str, instance: str) -> None:
        self.name, self.instance = name, instance
        self._running = running
        self._copy = Copy(running, name, instance)
        self.kills = 0
        self.ends: list[int] = []

    def strike(self) -> None:
        """Kills it, and starts it again."""
        self.stop()
        self.start()

    def stop(self) -> None:
        """Kills it and leaves it dead."""
        self._copy.send(signal.SIGKILL)
        self._copy.wait()
        self.kills += 1

    def start(self) -> None:
        """Starts it again."""
        self._begin()

    def look(self) -> None:
        """Starts it again where it has ended by itself."""
        if (code := self._copy.ended()) is not None:
            self.ends.append(code)
            self._begin()

    def wait_ready(self, seconds: float = 120.0) -> None:
        """Returns when it serves."""
        give_up_at = time.monotonic() + seconds
        while answered(self._copy.port, "/readyz") is None:
            self.look()
            assert time.monotonic() < give_up_at, f"{self.name} {self.instance} is not ready"
            time.sleep(0.1)

    @property
    def pid(self) -> int:
        return self._copy.pid

    def close(self) -> None:
        self._copy.__exit__()

    def _begin(self) -> None:
        self._copy.__exit__()
        self._copy = Copy(self._running, self.name, self.instance)
