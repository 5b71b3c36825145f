"""A minute without a broker, and a minute without anybody who counts: nothing is lost and nothing counts twice.

Long: run with `ancrage test chaos`.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from deploy.local.supervisor import Platform
from services.scoring.settings import ScoringSettings
from tests.scoring_chaos import PACKER, SCORER, WORKER, Kept, scoring_platform, settled
from tests.scoring_history import History, Relay
from tests.scoring_live import frozen

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.timeout(600)]
ABSENCE_SECONDS = 60.0
NAMES = (PACKER, WORKER, SCORER)
Scoring = tuple[ScoringSettings, Platform, list[Kept]]


@pytest.fixture
def scoring(tmp_path: Path) -> Iterator[Scoring]:
    with scoring_platform(tmp_path / "home", processes=()) as (settings, servers, running):
        kept = [Kept(running, name, "0") for name in NAMES]
        try:
            for process in kept:
                process.wait_ready()
            yield settings, servers, kept
        finally:
            for process in kept:
                process.close()


def test_a_minute_without_a_broker(scoring: Scoring) -> None:
    settings, servers, kept = scoring
    history, relay = History(11), Relay(settings.kafka_bootstrap)
    try:
        relay.publish(list(history.records(5_000)))
        with frozen(servers.pids()["kafka"]):
            give_up_at = time.monotonic() + ABSENCE_SECONDS
            while time.monotonic() < give_up_at:
                for process in kept:
                    process.look()
                time.sleep(0.5)
        servers.wait_ready("kafka", 60)
        again = relay.publish_again()
        relay.publish(list(history.records(5_000)))
        for process in kept:
            process.wait_ready()
        result = settled(settings, seconds=180, tell=print)
    finally:
        relay.close()
    print({process.name: process.ends for process in kept})
    assert again, "inconclusive: nothing was published again"
    assert result.repeated >= again
    assert (result.exit_code, result.unapplied) == (0, 0), (result.reason, result.differences[:10])


def test_a_minute_without_anybody_who_counts_and_an_emptied_redis(scoring: Scoring) -> None:
    settings, _, kept = scoring
    history, relay = History(12), Relay(settings.kafka_bootstrap)
    try:
        relay.publish(list(history.records(5_000)))
        for process in kept:
            process.stop()
        give_up_at = time.monotonic() + ABSENCE_SECONDS
        again = 0
        while time.monotonic() < give_up_at:
            relay.publish(list(history.records(200)))
            again += relay.publish_again()
            time.sleep(1.0)
        with Redis.from_url(settings.redis) as client:
            client.flushall()
        for process in kept:
            process.start()
        for process in kept:
            process.wait_ready()
        result = settled(settings, seconds=180, tell=print)
        with Redis.from_url(settings.redis, decode_responses=True) as client:
            shown = client.hlen(f"{{scoring}}:{client.get('{scoring}:current')}:territories")
    finally:
        relay.close()
    assert again, "inconclusive: nothing was published again"
    assert (result.exit_code, result.unapplied) == (0, 0), (result.reason, result.differences[:10])
    assert shown >= 1_200, "readers have every territory again"
