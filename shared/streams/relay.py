"""The relay: publishes committed outbox rows to Kafka, in order, at least once, with a sequence that never changes.

Rows are numbered in SQL and committed before anything is sent. A relay that dies between Kafka's acknowledgement and its
own delete publishes the same records with the same sequences; consumers drop what is not beyond their guard. One relay is
active at a time, by an advisory lock held on the connection that numbers. A relay that has lost the lock without knowing
it cannot publish either: the next one takes its transactional identity, and the broker refuses the former (ADR 8). One
that is frozen falls silent, and the server ends its session after PLACE_SECONDS.

Two batches are in flight: while Kafka writes one, the next is read and numbered.
"""

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from confluent_kafka import KafkaException, Producer
from sqlalchemy import create_engine, make_url

from shared import telemetry
from shared.events import with_sequence
from shared.sql.driver import heard_of
from shared.sql.outbox import CHANNEL, unpack
from shared.sql.outbox_gauge import OutboxGauge

LOCK: Final = 0x616E6372  # "ancr": the relay's advisory lock, per database
BATCH_EVENTS: Final = 10_000  # of one Kafka transaction, about: rows are never split
ROWS: Final = 2_000
POLL_SECONDS: Final = 1.0
PACE_SECONDS: Final = 0.04  # between transactions of small batches; the first after a pause goes at once
PLACE_SECONDS: Final = 8.0  # a relay that is frozen for so long loses its place, as a consumer does
KAFKA_SECONDS: Final = 45.0  # longest wait for the broker before the process ends and is started again

_NOTICE_A_LOST_SERVER: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}

log = telemetry.logger(__name__)


@dataclass(frozen=True, slots=True)
class Row:
    """A numbered outbox row: `sequence` is its first record's, the others follow."""

    id: int
    topic: str
    count: int
    records: bytes
    sequence: int


class Relay:
    """Relay of one service's database. `run` blocks until `stop` is called or something is lost (raises)."""

    def __init__(self, service: str, *, dsn: str, kafka: str) -> None:
        self._service = service
        self._dsn = dsn
        self._kafka = kafka
        self._stopping = threading.Event()
        self.active = False
        self.progressed_at = time.monotonic()

    def stop(self) -> None:
        """Ends `run` after the rows in hand."""
        self._stopping.set()

    def run(self) -> None:
        """Waits for the lock, then publishes until stopped. Raises psycopg.Error or KafkaException."""
        engine = create_engine(
            make_url(self._dsn).set(drivername="postgresql+psycopg"),
            pool_size=1,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args=_NOTICE_A_LOST_SERVER,
        )
        gauge = OutboxGauge(engine, self._service)
        gauge.start()
        try:
            self._publish_when_alone()
        finally:
            gauge.close()
            engine.dispose()

    def _publish_when_alone(self) -> None:
        silence = f"-c idle_session_timeout={PLACE_SECONDS * 1000:.0f}"
        with (
            psycopg.connect(self._dsn, autocommit=True, options=silence, **_NOTICE_A_LOST_SERVER) as connection,
            heard_of(connection, PLACE_SECONDS / 4),
        ):
            while not self._try_lock(connection):
                self.progressed_at = time.monotonic()
                if self._stopping.wait(POLL_SECONDS):
                    return
            publisher = Publisher(self._service, self._kafka)
            try:
                self._publish_until_stopped(connection, publisher)
            finally:
                self.active = False
                publisher.close()

    def _try_lock(self, connection: psycopg.Connection[Any]) -> bool:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
        return bool(row and row[0])

    def _publish_until_stopped(self, connection: psycopg.Connection[Any], publisher: "Publisher") -> None:
        connection.execute(f"LISTEN {CHANNEL}")
        left_over = _left_over(connection)
        again = sum(row.count for row in left_over)
        if again:
            telemetry.OUTBOX_REPUBLISHED.labels(self._service).inc(again)
            log.warning("relay.republish", service=self._service, events=again)
        self.active = True
        log.info("relay.active", service=self._service)
        in_flight: tuple[list[Row], Future[None]] | None = None
        following = left_over
        while True:
            if in_flight is not None:
                rows, sent = in_flight
                sent.result()
                self._forget(connection, rows)
                self.progressed_at = time.monotonic()
            in_flight = (following, publisher.send(following)) if following else None
            if self._stopping.is_set():
                following = []
                if in_flight is None:
                    return
                continue
            if in_flight is not None and sum(row.count for row in in_flight[0]) < BATCH_EVENTS:
                # A transaction costs the broker as much for one event as for thousands: let some gather.
                self._stopping.wait(PACE_SECONDS)
            following = _numbered(connection)
            if in_flight is None and not following:
                for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                    pass
                self.progressed_at = time.monotonic()

    def _forget(self, connection: psycopg.Connection[Any], rows: list[Row]) -> None:
        connection.execute("DELETE FROM outbox WHERE id = ANY(%s)", ([row.id for row in rows],))
        for row in rows:
            telemetry.OUTBOX_PUBLISHED.labels(self._service, row.topic).inc(row.count)


class Publisher:
    """Kafka's side: a batch is one transaction, sent by a thread of its own.

    A batch that fails is fatal: nothing that was numbered after it may be published before it.
    """

    def __init__(self, service: str, kafka: str) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": kafka,
                "client.id": f"{service}-relay",
                # Whoever calls init_transactions last is the only one that the broker hears.
                "transactional.id": f"ancrage-{service}-relay",
                "transaction.timeout.ms": int(KAFKA_SECONDS * 1000),
                # A record that is given up must end everything: a later one of its partition would pass it.
                "enable.gapless.guarantee": True,
                "partitioner": "murmur2_random",  # as every other client places keys
                "compression.type": "lz4",
                "linger.ms": 5,
                "batch.size": 1_000_000,
                "batch.num.messages": BATCH_EVENTS,
                "message.max.bytes": 4_000_000,
                "queue.buffering.max.messages": 1_000_000,
            },
            logger=logging.getLogger("confluent_kafka"),
        )
        self._producer.init_transactions(KAFKA_SECONDS)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="relay-kafka")

    def send(self, rows: list[Row]) -> "Future[None]":
        """Publishes rows in order; the future ends when Kafka has acknowledged all, or raises KafkaException."""
        return self._thread.submit(self._send, rows)

    def close(self) -> None:
        """Waits for the batch in hand, and gives up what Kafka has not acknowledged."""
        self._thread.shutdown()
        self._producer.purge()
        self._producer.flush(1)

    def _send(self, rows: list[Row]) -> None:
        self._producer.begin_transaction()
        for topic, messages in _by_topic(rows):
            if self._producer.produce_batch(topic, messages) != len(messages):
                refused = next(message["_error"] for message in messages if "_error" in message)
                raise KafkaException(refused)
        self._producer.commit_transaction(KAFKA_SECONDS)


def _by_topic(rows: list[Row]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Messages in order, in runs of one topic."""
    runs: list[tuple[str, list[dict[str, Any]]]] = []
    for row in rows:
        if not runs or runs[-1][0] != row.topic:
            runs.append((row.topic, []))
        runs[-1][1].extend(
            {"key": key, "value": None if value is None else with_sequence(value, sequence)}
            for sequence, (key, value) in enumerate(unpack(row.records), row.sequence)
        )
    return runs


def _left_over(connection: psycopg.Connection[Any]) -> list[Row]:
    """Rows that a former relay numbered: they come first, as it would have published them."""
    rows = connection.execute(
        "SELECT id, topic, count, records, sequence FROM outbox WHERE sequence IS NOT NULL ORDER BY sequence"
    )
    return [Row(*row) for row in rows]


def _numbered(connection: psycopg.Connection[Any]) -> list[Row]:
    """The next rows to publish, by id, numbered and committed."""
    with connection.transaction():
        found = connection.execute(
            "SELECT id, topic, count, records FROM ("
            "  SELECT id, topic, count, records, sum(count) OVER (ORDER BY id) - count AS before FROM ("
            "    SELECT id, topic, count, records FROM outbox WHERE sequence IS NULL ORDER BY id LIMIT %s"
            "  ) AS oldest"
            ") AS summed WHERE before < %s ORDER BY id",
            (ROWS, BATCH_EVENTS),
        ).fetchall()
        if not found:
            return []
        total = sum(count for _, _, count, _ in found)
        counter = connection.execute(
            "UPDATE outbox_counter SET next = next + %s RETURNING next - %s", (total, total)
        ).fetchone()
        assert counter is not None  # noqa: S101 - the counter's one row is made by the migration
        rows, sequence = [], int(counter[0])
        for identifier, topic, count, records in found:
            rows.append(Row(identifier, topic, count, records, sequence))
            sequence += count
        connection.execute(
            "UPDATE outbox SET sequence = d.sequence FROM unnest(%s::bigint[], %s::bigint[]) AS d (id, sequence)"
            " WHERE outbox.id = d.id",
            ([row.id for row in rows], [row.sequence for row in rows]),
        )
    return rows
