"""From outbox to effect on real Kafka and PostgreSQL: in order, re-published with the same sequence, applied once."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from deploy.replaying import ConsumerRuns, rewind
from shared.events import Change, Commitment, CommitmentStatus, Event, decode, encode, new_event, with_sequence
from shared.ids import new_id
from shared.settings import Settings
from shared.sql import outbox
from shared.sql.engine import service_engine
from shared.streams.consumer import Record, RecordInvalid, SqlConsumer
from shared.streams.relay import Relay
from shared.topics import TERRITORIES, dlq
from tests.patience import PATIENCE_SECONDS, until

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def ingest(migrated: Settings) -> Iterator[Engine]:
    engine = service_engine(migrated, "ingest", pool=4)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def notify(migrated: Settings) -> Iterator[Engine]:
    """A database that keeps consumed positions."""
    engine = service_engine(migrated, "notify", pool=4)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS test_effect (consumer text, subject text, version int)"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE test_effect"))
    engine.dispose()


def commitment(key: str, version: int, capacity: int) -> Event[Any]:
    state = Commitment("emile", key, CommitmentStatus.OPEN, "org_test", "x", capacity_households=capacity)
    return new_event(TERRITORIES, key, Change(version, None, state), source="/ingest", at=NOW)


def dsn(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


class Running:
    """A relay or a consumer in a thread, with what ended it."""

    def __init__(self, worker: Any) -> None:
        self.worker = worker
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self.worker.run()
        except Exception as error:  # noqa: BLE001 - kept for the test to look at
            self.error = error

    def __enter__(self) -> "Running":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.worker.stop()
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()

    def ended(self) -> BaseException | None:
        self._thread.join(PATIENCE_SECONDS)
        return self.error


def pending(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM outbox")).scalar_one())


def published(kafka: str, keys: set[str]) -> list[tuple[str, int, int]]:
    """(key, sequence, version) of the records of those keys, by partition and offset."""
    consumer = KafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    try:
        partitions = [TopicPartition(TERRITORIES, n) for n in sorted(consumer.partitions_for_topic(TERRITORIES))]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        found = []
        while any(consumer.position(partition) < ends[partition] for partition in partitions):
            for records in consumer.poll(timeout_ms=200).values():
                for record in records:
                    if record.value is not None and record.key.decode() in keys:
                        event = decode(TERRITORIES, record.value)
                        found.append((event.subject, int(event.sequence), event.data.version))
        return found
    finally:
        consumer.close()


def test_a_relay_that_dies_before_its_delete_publishes_again_with_the_same_sequences(
    migrated: Settings, ingest: Engine
) -> None:
    keys = [new_id("tst") for _ in range(20)]
    with Running(Relay("ingest", dsn=dsn(ingest), kafka=migrated.kafka_bootstrap)):
        until(lambda: pending(ingest) == 0)  # what other tests left
    with ingest.begin() as connection:
        outbox.add(connection, TERRITORIES, [commitment(key, 1, 5) for key in keys])
        connection.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'the relay dies here'; END $$"
            )
        )
        connection.execute(
            text("CREATE TRIGGER refuse BEFORE DELETE ON outbox FOR EACH STATEMENT EXECUTE FUNCTION refuse()")
        )
    with Running(Relay("ingest", dsn=dsn(ingest), kafka=migrated.kafka_bootstrap)) as relay:
        assert "the relay dies here" in str(relay.ended())
    with ingest.begin() as connection:
        connection.execute(text("DROP FUNCTION refuse CASCADE"))
        outbox.add(connection, TERRITORIES, [commitment(key, 2, 6) for key in keys])
    with Running(Relay("ingest", dsn=dsn(ingest), kafka=migrated.kafka_bootstrap)):
        until(lambda: pending(ingest) == 0)
    found = published(migrated.kafka_bootstrap, set(keys))
    for key in keys:
        sequences = [sequence for name, sequence, version in found if name == key and version == 1]
        assert len(sequences) == 2, "the record was not published twice: the test says nothing"
        assert len(set(sequences)) == 1
        (later,) = {sequence for name, sequence, version in found if name == key and version == 2}
        assert later > sequences[0]


def test_a_second_relay_waits_and_takes_over(migrated: Settings, ingest: Engine) -> None:
    first = Relay("ingest", dsn=dsn(ingest), kafka=migrated.kafka_bootstrap)
    second = Relay("ingest", dsn=dsn(ingest), kafka=migrated.kafka_bootstrap)
    with Running(first):
        until(lambda: first.active)
        with Running(second):
            time.sleep(1.5)
            assert not second.active
            first.stop()
            until(lambda: second.active)


def _effects(engine: Engine, consumer: str) -> list[tuple[str, int]]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT subject, version FROM test_effect WHERE consumer = :name ORDER BY subject, version"),
            {"name": consumer},
        )
        return [(row.subject, row.version) for row in rows]


def _send(kafka: str, records: list[tuple[str, bytes | None]]) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka, acks="all")
    for key, value in records:
        producer.send(TERRITORIES, key=key.encode(), value=value, partition=0)
    producer.flush()
    producer.close()


def take_sequences(ingest: Engine, number: int) -> int:
    """The first of `number` sequences from ingest's own counter, so that other consumers' guards stay sound."""
    with ingest.begin() as connection:
        return int(
            connection.execute(
                text("UPDATE outbox_counter SET next = next + :n RETURNING next - :n"), {"n": number}
            ).scalar_one()
        )


class Sink:
    """Keeps subject and version of each record; fails as told."""

    def __init__(self, name: str, failures: list[Exception]) -> None:
        self.name = name
        self.failures = failures
        self.refuse = "never"

    def __call__(self, connection: Connection, records: list[Record]) -> None:
        for record in records:
            if record.event is None:
                continue
            if record.event.subject == self.refuse:
                raise RecordInvalid(record, "refused by the test")
            connection.execute(
                text("INSERT INTO test_effect VALUES (:name, :subject, :version)"),
                {"name": self.name, "subject": record.event.subject, "version": record.event.data.version},
            )
        if self.failures:
            raise self.failures.pop()


def test_each_record_has_one_of_three_ends(migrated: Settings, ingest: Engine, notify: Engine) -> None:
    name = new_id("consumer")
    good, bad, broken = (new_id("tst") for _ in range(3))
    high = take_sequences(ingest, 10)

    def sequenced(key: str, version: int, sequence: int) -> tuple[str, bytes | None]:
        return key, with_sequence(encode(commitment(key, version, 1)), high + sequence)

    sink = Sink(name, [OperationalError("select", {}, Exception("transient")), ValueError("a defect, once")])
    sink.refuse = bad
    kafka = migrated.kafka_bootstrap
    _send(
        kafka,
        [
            sequenced(good, 1, 1),
            sequenced(good, 1, 1),  # published again
            (broken, b"{not json"),
            sequenced(bad, 1, 2),
            sequenced(good, 2, 3),
            (good, None),
            sequenced(good, 1, 1),  # and again, late
        ],
    )
    consumer = SqlConsumer(name, [TERRITORIES], kafka=kafka, engine=notify, handle=sink, poll_seconds=0.05)
    with Running(consumer):
        until(lambda: (good, 2) in _effects(notify, name))
        time.sleep(0.5)
    assert [effect for effect in _effects(notify, name) if effect[0] in {good, bad, broken}] == [(good, 1), (good, 2)]
    letters = KafkaConsumer(dlq(TERRITORIES), bootstrap_servers=kafka, auto_offset_reset="earliest", group_id=None)
    try:
        mine: dict[str, tuple[bytes, dict[str, str]]] = {}

        def both_came() -> bool:
            for records in letters.poll(timeout_ms=200).values():
                for record in records:
                    headers = {key: value.decode() for key, value in record.headers}
                    if headers["consumer"] == name:
                        mine[record.key.decode()] = (record.value, headers)
            return {bad, broken} <= set(mine)

        until(both_came)
    finally:
        letters.close()
    value, headers = mine[broken]
    assert value == b"{not json"
    assert headers["source"].startswith(f"{TERRITORIES}-0-")
    assert "not an event" in headers["reason"]
    assert mine[bad][1]["reason"] == "refused by the test"


def test_a_rewound_consumer_reads_again_and_applies_nothing_twice(
    migrated: Settings, ingest: Engine, notify: Engine
) -> None:
    name, key = new_id("consumer"), new_id("tst")
    kafka = migrated.kafka_bootstrap
    first = take_sequences(ingest, 2)
    _send(kafka, [(key, with_sequence(encode(commitment(key, 1, 1)), first))])
    consumer = SqlConsumer(name, [TERRITORIES], kafka=kafka, engine=notify, handle=Sink(name, []), poll_seconds=0.05)
    with Running(consumer):
        until(lambda: (key, 1) in _effects(notify, name))
        with pytest.raises(ConsumerRuns):
            rewind(migrated, name, "notify")
    assert rewind(migrated, name, "notify") > 0
    _send(kafka, [(key, with_sequence(encode(commitment(key, 2, 1)), first + 1))])
    again = SqlConsumer(name, [TERRITORIES], kafka=kafka, engine=notify, handle=Sink(name, []), poll_seconds=0.05)
    with Running(again):
        until(lambda: (key, 2) in _effects(notify, name))
    assert [effect for effect in _effects(notify, name) if effect[0] == key] == [(key, 1), (key, 2)]


def test_a_consumer_started_again_resumes_where_its_effects_are(
    migrated: Settings, ingest: Engine, notify: Engine
) -> None:
    name, key = new_id("consumer"), new_id("tst")
    kafka = migrated.kafka_bootstrap
    base = take_sequences(ingest, 10)
    for version in (1, 2):
        _send(kafka, [(key, with_sequence(encode(commitment(key, version, 1)), base + version))])
        consumer = SqlConsumer(
            name, [TERRITORIES], kafka=kafka, engine=notify, handle=Sink(name, []), poll_seconds=0.05
        )
        with Running(consumer):
            until(lambda: (key, version) in _effects(notify, name))  # noqa: B023 - called at once
    assert [effect for effect in _effects(notify, name) if effect[0] == key] == [(key, 1), (key, 2)]
