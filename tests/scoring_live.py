"""A running scoring with one history of events: what its tests publish, and what they look at."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import Producer
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from redis import Redis
from redis.exceptions import RedisError

from deploy.local.supervisor import Platform
from deploy.status import read_status
from services.scoring.adapters.read_model import CURRENT
from services.scoring.settings import ScoringSettings
from shared.topics import VACANCIES, dlq
from tests.patience import PATIENCE_SECONDS, until
from tests.scoring_chaos import PACKER, scoring_platform
from tests.scoring_history import History, Published, Relay, vacancy

AURILLAC = "241500230"
SESSION_SECONDS = 10  # a frozen worker is noticed, and replaced, sooner than by default


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """A process that does not run, as on a machine that was suspended; it wakes afterwards."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class Live:
    """A running platform with one history of events."""

    def __init__(self, settings: ScoringSettings, servers: Platform, running: Platform) -> None:
        self.settings, self.servers, self.running = settings, servers, running
        self.history = History(7)
        self.relay = Relay(settings.kafka_bootstrap)
        self.made = 0

    def publish_vacancy(self) -> str:
        self.made += 1
        key = f"vac_live_{self.made}"
        self.relay.publish([Published(VACANCIES, key, self.history.event(VACANCIES, key, None, vacancy(key)))])
        return key

    def publish_everywhere(self, changes: int) -> None:
        """Changes of all kinds all over the country."""
        self.relay.publish(list(self.history.records(changes)))

    def publish_in_a_transaction(self, events: int) -> None:
        """Vacancies, as the relays publish: a marker follows in each partition."""
        producer = Producer(
            {
                "bootstrap.servers": self.settings.kafka_bootstrap,
                "transactional.id": "test-marker",
                "partitioner": "murmur2_random",
            }
        )
        producer.init_transactions(PATIENCE_SECONDS)
        producer.begin_transaction()
        for _ in range(events):
            self.made += 1
            key = f"vac_live_{self.made}"
            producer.produce(VACANCIES, self.history.event(VACANCIES, key, None, vacancy(key)), key)
        producer.commit_transaction(PATIENCE_SECONDS)

    def packer_lag(self) -> int | None:
        """Of the packer on vacancies as an operator sees it; None before it is known."""
        found = [
            group.lag
            for group in read_status(self.settings).groups
            if group.group.startswith(f"{PACKER}.") and group.topic == VACANCIES
        ]
        return max(found, default=None)

    def open_vacancies(self) -> int | None:
        """As Redis shows it; None without an answer."""
        try:
            with Redis.from_url(self.settings.redis, decode_responses=True, socket_timeout=10) as client:
                current = client.get(CURRENT)
                row = client.hget(f"{{scoring}}:{current}:territories", AURILLAC) if current else None
        except (RedisError, OSError):
            return None
        return msgspec.json.decode(str(row))["counters"].get("open_vacancies", 0) if row else None

    def shown_vacancies(self) -> int:
        """As Redis shows it, once it answers: where a test begins."""
        until(lambda: self.open_vacancies() is not None)
        return self.open_vacancies() or 0

    def send(self, topic: str, key: bytes, value: bytes, partition: int | None = None) -> None:
        producer = KafkaProducer(bootstrap_servers=self.settings.kafka_bootstrap)
        producer.send(topic, key=key, value=value, partition=partition).get(timeout=PATIENCE_SECONDS)
        producer.close()

    def dead_letters(self, topic: str) -> list[Any]:
        return records_of(self.settings, dlq(topic))


def ends_of(settings: ScoringSettings, topic: str) -> dict[TopicPartition, int]:
    """Where each partition ends at this moment."""
    consumer = KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap)
    try:
        return dict(consumer.end_offsets([TopicPartition(topic, one) for one in consumer.partitions_for_topic(topic)]))
    finally:
        consumer.close()


def records_of(settings: ScoringSettings, topic: str, since: Mapping[TopicPartition, int] | None = None) -> list[Any]:
    """What is committed in a topic, from its beginning or from some places, to its end at this moment."""
    consumer = KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, isolation_level="read_committed")
    try:
        places = [TopicPartition(topic, one) for one in sorted(consumer.partitions_for_topic(topic))]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        for place, offset in (since or {}).items():
            consumer.seek(place, offset)
        ends, found = consumer.end_offsets(places), []
        while any(consumer.position(place) < ends[place] for place in places):
            for records in consumer.poll(timeout_ms=200).values():
                found += records
        return found
    finally:
        consumer.close()


def eventually(holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        if holds():
            return True
        time.sleep(0.1)
    return False


@contextmanager
def live_scoring(folder: Path) -> Iterator[Live]:
    """Servers and scoring's processes, all its own, under `folder`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANCRAGE_SCORING_SESSION_SECONDS", str(SESSION_SECONDS))
        with scoring_platform(folder / "home") as (settings, servers, running):
            found = Live(settings, servers, running)
            try:
                yield found
            finally:
                found.relay.close()
