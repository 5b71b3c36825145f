"""What was answered beside what is on the topic and in SQL: loss, reordering, half-done calls, and what compaction keeps."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from sqlalchemy import text

from shared.events import Event, decode
from shared.settings import Settings
from shared.sql.engine import service_engine
from shared.topics import VACANCIES

Rows = dict[str, tuple[int, bool]]  # by id: version, withdrawn


@dataclass
class Ledger:
    """What was answered. Rents are in cents: the number of the input that gave them."""

    puts: list[tuple[str, int, int]] = field(default_factory=list)  # (id, version, rent) answered created or updated
    withdrawals: list[tuple[str, int]] = field(default_factory=list)  # (id, version) answered withdrawn
    files: list[list[int]] = field(default_factory=list)  # rents of a file answered 2xx
    unanswered: list[list[int]] = field(default_factory=list)  # rents of a call without an answer
    problems: list[str] = field(default_factory=list)  # answers that nothing explains

    def merge(self, other: "Ledger") -> None:
        """Adds another writer's."""
        for name in ("puts", "withdrawals", "files", "unanswered", "problems"):
            getattr(self, name).extend(getattr(other, name))


def drain(settings: Settings, seconds: float = 120) -> None:
    """Waits until the relay has published everything."""
    engine = service_engine(settings, "ingest", pool=1)
    give_up = time.monotonic() + seconds
    try:
        while True:
            with engine.connect() as connection:
                left = connection.execute(text("SELECT count(*) FROM outbox")).scalar_one()
            if not left:
                return
            assert time.monotonic() < give_up, f"{left} rows are still in the outbox"
            time.sleep(0.2)
    finally:
        engine.dispose()


@dataclass(frozen=True)
class Read:
    """A record as it lies on the topic."""

    partition: int
    offset: int
    key: str
    value: bytes | None


def topic(settings: Settings) -> list[Read]:
    """Every record of the topic, by partition and offset."""
    consumer = Consumer(
        {
            "bootstrap.servers": settings.kafka_bootstrap,
            "group.id": "ledger",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    try:
        known = consumer.list_topics(VACANCIES, timeout=20).topics[VACANCIES].partitions
        consumer.assign([TopicPartition(VACANCIES, number, 0) for number in known])
        found, ended = [], 0
        while ended < len(known):
            for message in consumer.consume(5_000, timeout=5):
                if message.error() is not None:
                    ended += 1
                    continue
                found.append(
                    Read(message.partition(), message.offset(), (message.key() or b"").decode(), message.value())
                )
        return sorted(found, key=lambda one: (one.partition, one.offset))
    finally:
        consumer.close()


def stored(settings: Settings) -> dict[str, tuple[int, bool]]:
    """(version, withdrawn) of every episode in SQL, by id."""
    engine = service_engine(settings, "ingest", pool=1)
    try:
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT id, version, withdrawn_at IS NOT NULL FROM vacancy")).all()
        return {row[0]: (row[1], row[2]) for row in rows}
    finally:
        engine.dispose()


class Consumed:
    """The topic as a consumer with a guard has it: what counts by key, and what was published again."""

    def __init__(self, records: list[Read]) -> None:
        self.faults: list[str] = []
        self.repeated = 0
        self.applied: dict[str, list[Event[Any]]] = {}
        self.ends: dict[str, Read] = {}  # the last record of each key by offset: what compaction keeps
        self._guards: dict[int, int] = {}
        self._first: dict[int, bytes] = {}
        for record in records:
            self.ends[record.key] = record
            if record.value is not None:
                self._take(record, record.value)
        self.rents = Counter(
            rent_of(event) for events in self.applied.values() for event in events if event.data.after is not None
        )

    def _take(self, record: Read, value: bytes) -> None:
        event = decode(VACANCIES, value)
        sequence = int(event.sequence)
        if sequence > self._guards.get(record.partition, -1):
            self._guards[record.partition] = sequence
            self._first[sequence] = value
            self.applied.setdefault(record.key, []).append(event)
            return
        self.repeated += 1
        if self._first.get(sequence) != value:
            self.faults.append(f"{record.key}: sequence {sequence} comes behind a later one and was not there before")


def rent_of(event: Event[Any]) -> int:
    """The rent in cents, which names the input."""
    cents: int = round(event.data.after.rent_eur_per_month * 100)
    return cents


def compare(ledger: Ledger, records: list[Read], rows: Rows) -> tuple[list[str], int]:
    """What is wrong, and how many records were published more than once."""
    read = Consumed(records)
    faults = [*ledger.problems, *read.faults]
    for key, events in read.applied.items():
        faults += _history(key, events, rows.get(key))
        faults += _end(key, events[-1], read.ends[key])
    faults += [f"{key}: in SQL and not on the topic" for key in rows.keys() - read.applied.keys()]
    faults += _answers(ledger, read)
    return faults, read.repeated


def _history(key: str, events: list[Event[Any]], row: tuple[int, bool] | None) -> Iterator[str]:
    versions = [event.data.version for event in events]
    if versions != list(range(1, len(events) + 1)):
        yield f"{key}: versions {versions}"
    for earlier, later in pairwise(events):
        if later.data.before != earlier.data.after:
            yield f"{key}: version {later.data.version} does not follow from the one before"
    if row != (versions[-1], events[-1].data.after is None):
        yield f"{key}: SQL says {row}, the topic ends with version {versions[-1]}"


def _end(key: str, last: Event[Any], end: Read) -> Iterator[str]:
    if (last.data.after is None) != (end.value is None):
        yield f"{key}: the last record is not a tombstone, or one too many"
    elif end.value is not None and decode(VACANCIES, end.value).data.version != last.data.version:
        yield f"{key}: compaction would keep an old version"


def _answers(ledger: Ledger, read: Consumed) -> Iterator[str]:
    told = {(key, event.data.version): event for key, events in read.applied.items() for event in events}
    for key, version, rent in ledger.puts:
        event = told.get((key, version))
        if event is None or event.data.after is None or rent_of(event) != rent:
            yield f"{key} version {version} was answered and is not on the topic as answered"
    for key, version in ledger.withdrawals:
        event = told.get((key, version))
        if event is None or event.data.after is not None:
            yield f"{key}: its withdrawal, version {version}, was answered and is not on the topic"
    for file in ledger.files:
        missing = sum(1 for rent in file if rent not in read.rents)
        if missing:
            yield f"a file of {len(file)} lines was answered, {missing} are not on the topic"
    for call in ledger.unanswered:
        there = sum(1 for rent in call if rent in read.rents)
        if there not in {0, len(call)}:
            yield f"a call of {len(call)} lines without an answer is there in part: {there}"
    for rent, count in read.rents.items():
        if count > 1:
            yield f"rent {rent}: its input has {count} events"
