"""Who looks when something can be seen: one reader of Redis, one of the topics. Times are epoch seconds.

Readers only take note while the platform works; what they took is decoded afterwards.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Consumer, TopicPartition
from redis import Redis

from services.scoring.adapters.read_model import CURRENT
from shared.clock import utc_now
from shared.topics import OFFERS, SCORING_DELTAS, TERRITORY_COUNTERS, TERRITORY_SCORES, VACANCIES

WATCHED: Final = (VACANCIES, OFFERS, SCORING_DELTAS, TERRITORY_COUNTERS, TERRITORY_SCORES)
LOOK_SECONDS: Final = 0.004


class _Watch(ABC):
    """A thread that looks until the context ends; what it raises is raised there."""

    def __init__(self, name: str) -> None:
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._guarded, name=name)

    def __enter__(self) -> Any:
        self._thread.start()
        self._ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        if self._failed is not None:
            raise self._failed

    def _guarded(self) -> None:
        try:
            self._run()
        except BaseException as error:  # noqa: BLE001 - raised at the end
            self._failed = error
            self._ready.set()

    @abstractmethod
    def _run(self) -> None: ...


class RedisWatch(_Watch):
    """Every row that changes, as a reader of the read model finds it: (moment, row)."""

    def __init__(self, url: str) -> None:
        super().__init__("redis watch")
        self._url = url
        self.rows: list[tuple[float, bytes]] = []

    def _run(self) -> None:
        with Redis.from_url(self._url) as redis:
            generation = redis.get(CURRENT)
            if generation is None:
                raise RuntimeError("no scores in Redis")
            keys = f"{{scoring}}:{generation.decode()}"
            seen = int(redis.get(f"{keys}:revision") or 0)
            self._ready.set()
            while not self._stopping.wait(LOOK_SECONDS):
                revision = int(redis.get(f"{keys}:revision") or 0)
                if revision == seen:
                    continue
                changed = redis.zrangebyscore(f"{keys}:revisions", f"({seen}", revision)
                codes = [code for code in changed if b"/" not in code]
                rows = redis.hmget(f"{keys}:territories", codes) if codes else []
                at = utc_now().timestamp()
                self.rows += [(at, row) for row in rows if row is not None]
                seen = revision


class TopicRecord(tuple[float, float, str, int, bytes, bytes]):
    """(moment of its timestamp, moment at which it could be read, topic, partition, key, value)."""

    __slots__ = ()


class TopicsWatch(_Watch):
    """Every record that comes, as a reader of committed records gets it."""

    def __init__(self, kafka: str) -> None:
        super().__init__("topics watch")
        self._kafka = kafka
        self.records: list[TopicRecord] = []

    def _run(self) -> None:
        consumer = Consumer(
            {
                "bootstrap.servers": self._kafka,
                "group.id": "benchmark",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 50,
                # A poll that found nothing must not rest: the next record is what is timed.
                "fetch.queue.backoff.ms": 1,
            }
        )
        try:
            consumer.assign(list(self._ends(consumer)))
            consumer.poll(0.5)
            self._ready.set()
            while not self._stopping.is_set():
                message = consumer.poll(0.05)
                if message is None or message.error() is not None or message.value() is None:
                    continue
                kind, written = message.timestamp()
                at = utc_now().timestamp()
                if kind == TIMESTAMP_NOT_AVAILABLE:
                    raise RuntimeError(f"{message.topic()} has no timestamps")
                self.records.append(
                    TopicRecord(
                        (written / 1000, at, message.topic(), message.partition(), message.key(), message.value())
                    )
                )
        finally:
            consumer.close()

    def _ends(self, consumer: Consumer) -> Iterable[TopicPartition]:
        for topic in WATCHED:
            for number in consumer.list_topics(topic, timeout=20).topics[topic].partitions:
                place = TopicPartition(topic, number)
                yield TopicPartition(topic, number, consumer.get_watermark_offsets(place, timeout=20)[1])


class Sightings:
    """When a counter of a territory was seen at which value."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
        self._by_territory: dict[str, list[float]] = defaultdict(list)

    def note(self, territory: str, counters: dict[str, int], wanted: Iterable[str], at: float) -> None:
        """Takes note of a territory's counters, as they were seen."""
        self._by_territory[territory].append(at)
        for counter in wanted:
            if counter in counters:
                self._seen[territory, counter].append((at, counters[counter]))

    def first(self, territory: str, counter: str, value: int) -> float | None:
        """The first moment at which the counter had come that far; None when it never had."""
        return min((at for at, seen in self._seen.get((territory, counter), ()) if seen >= value), default=None)

    def any_within(self, territory: str, since: float, until: float) -> bool:
        """Whether the territory was seen at all between two moments."""
        return any(since <= at < until for at in self._by_territory.get(territory, ()))


def wait_quiet(watch: TopicsWatch, seconds: float = 4.0, patience: float = 90.0) -> None:
    """Returns once nothing has come for a while. Raises TimeoutError."""
    give_up = time.monotonic() + patience
    known, since = len(watch.records), time.monotonic()
    while time.monotonic() - since < seconds:
        time.sleep(0.1)
        if len(watch.records) != known:
            known, since = len(watch.records), time.monotonic()
        if time.monotonic() > give_up:
            raise TimeoutError(f"records still came after {patience:.0f} s")
