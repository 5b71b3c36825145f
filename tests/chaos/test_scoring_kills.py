"""The long kill test of scoring: `ancrage test chaos`. ANCRAGE_CHAOS_SEED and ANCRAGE_CHAOS_KILLS choose another run."""

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from deploy.local.supervisor import Platform
from services.scoring.settings import ScoringSettings
from tests.scoring_chaos import WORKER, replay, scoring_platform, settled

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.timeout(1500)]
SEED = int(os.environ.get("ANCRAGE_CHAOS_SEED", "1"))
KILLS = int(os.environ.get("ANCRAGE_CHAOS_KILLS", "30"))


def freeze_now_and_then(running: Platform, seconds: float, stop: threading.Event) -> list[float]:
    """Freezes the worker for a while, again and again; returns when `stop` is set."""
    pick = random.Random(SEED)
    frozen: list[float] = []
    while not stop.wait(pick.uniform(20, 40)):
        pid = running.pids().get(WORKER)
        if pid is None:
            continue
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            continue
        frozen.append(seconds)
    return frozen


def test_counters_are_exact_after_many_kills_and_freezes(tmp_path: Path) -> None:
    with scoring_platform(tmp_path / "home") as (settings, _, running):
        stop = threading.Event()
        freezes: list[float] = []
        freezer = threading.Thread(
            target=lambda: freezes.extend(freeze_now_and_then(running, settings.scoring_session_seconds / 2 + 2, stop))
        )
        freezer.start()
        try:
            outcome = replay(settings, running, seed=SEED, changes=150_000, kills=KILLS, pause=0.8, tell=print)
        finally:
            stop.set()
            freezer.join()
        outcome.verification = settled(settings, tell=print)
    assert outcome.verification is not None
    assert outcome.republished >= 1, "inconclusive: nothing was published again"
    assert sum(outcome.kills.values()) >= KILLS // 2, "inconclusive: too few kills"
    assert freezes, "inconclusive: nothing was frozen"
    assert outcome.exact, (outcome.verification.reason, outcome.verification.differences[:10])


def test_counters_are_exact_after_the_broker_is_killed_during_a_replay(tmp_path: Path) -> None:
    def kill_broker(settings: ScoringSettings, servers: Platform) -> None:
        del settings
        for _ in range(2):
            time.sleep(20)
            servers.kill("kafka")
            servers.wait_ready("kafka")

    with scoring_platform(tmp_path / "home") as (settings, servers, running):
        killer = threading.Thread(target=kill_broker, args=(settings, servers))
        killer.start()
        outcome = replay(settings, running, seed=SEED + 1, changes=40_000, kills=2, pause=0.6, tell=print)
        killer.join()
        outcome.verification = settled(settings, tell=print)
    assert outcome.republished >= 1, "inconclusive: nothing was published again"
    assert outcome.exact, (outcome.verification.reason, outcome.verification.differences[:10])
