"""The relay: publishes committed outbox rows to Kafka, in order, at least once, with a sequence that never changes.

Rows are numbered in SQL and committed before anything is sent. A relay that dies between Kafka's acknowledgement and its
own delete publishes the same records with the same sequences; consumers drop what is not beyond their guard. One relay is
active at a time, by an advisory lock held on its own connection.
"""

import os
import threading
import time
from typing import Any, Final

import psycopg
from kafka import KafkaProducer
from psycopg.rows import dict_row

from shared import telemetry
from shared.events import with_sequence
from shared.sql.outbox import CHANNEL, unpack

LOCK: Final = 0x616E6372  # "ancr": the relay's advisory lock, per database
ROWS: Final = 200
POLL_SECONDS: Final = 1.0
EXIT_PRODUCE_FAILED: Final = 70

log = telemetry.logger(__name__)


class Relay:
    """Relay of one service's database. `run` blocks until `stop` is called or the connection is lost (raises)."""

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
        """Waits for the lock, then publishes until stopped."""
        with psycopg.connect(self._dsn, autocommit=True, row_factory=dict_row) as connection:
            while not self._try_lock(connection):
                self.progressed_at = time.monotonic()
                if self._stopping.wait(POLL_SECONDS):
                    return
            producer = KafkaProducer(
                bootstrap_servers=self._kafka,
                client_id=f"{self._service}-relay",
                acks="all",
                enable_idempotence=True,
                compression_type="lz4",
                linger_ms=0,
                batch_size=256 * 1024,
                max_request_size=4_000_000,
                delivery_timeout_ms=120_000,
            )
            try:
                self._publish_until_stopped(connection, producer)
            finally:
                self.active = False
                producer.close(timeout=5)

    def _try_lock(self, connection: psycopg.Connection[dict[str, Any]]) -> bool:
        row = connection.execute("SELECT pg_try_advisory_lock(%s) AS held", (LOCK,)).fetchone()
        return bool(row and row["held"])

    def _publish_until_stopped(self, connection: psycopg.Connection[dict[str, Any]], producer: KafkaProducer) -> None:
        self.active = True
        connection.execute(f"LISTEN {CHANNEL}")
        left_over = connection.execute(
            "SELECT coalesce(sum(count), 0) AS n FROM outbox WHERE sequence IS NOT NULL"
        ).fetchone()
        if left_over and left_over["n"]:
            telemetry.OUTBOX_REPUBLISHED.labels(self._service).inc(int(left_over["n"]))
            log.warning("relay.republish", service=self._service, events=int(left_over["n"]))
        log.info("relay.active", service=self._service)
        while not self._stopping.is_set():
            published = self._publish_once(connection, producer)
            self.progressed_at = time.monotonic()
            if not published:
                for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                    pass

    def _publish_once(self, connection: psycopg.Connection[dict[str, Any]], producer: KafkaProducer) -> int:
        rows = self._numbered(connection)
        if not rows:
            return 0
        futures = []
        for row in rows:
            sequence = row["sequence"]
            for position, (key, value) in enumerate(unpack(row["records"])):
                body = None if value is None else with_sequence(value, sequence + position)
                future = producer.send(row["topic"], key=key.encode(), value=body)
                # A record that fails while a later one of its partition is acknowledged would be dropped by the guards.
                # Called in the producer's thread: the process ends before it sends anything more, and starts over.
                future.add_errback(_end_process)
                futures.append(future)
        producer.flush()
        for future in futures:
            future.get(timeout=130)
        connection.execute("DELETE FROM outbox WHERE id = ANY(%s)", ([row["id"] for row in rows],))
        for row in rows:
            telemetry.OUTBOX_PUBLISHED.labels(self._service, row["topic"]).inc(row["count"])
        return len(rows)

    def _numbered(self, connection: psycopg.Connection[dict[str, Any]]) -> list[dict[str, Any]]:
        """The next rows to publish, numbered and committed: those numbered before first, by sequence."""
        rows = connection.execute(
            "SELECT id, topic, count, records, sequence FROM outbox WHERE sequence IS NOT NULL ORDER BY sequence"
        ).fetchall()
        if rows:
            return rows
        with connection.transaction():
            rows = connection.execute(
                "SELECT id, topic, count, records, sequence FROM outbox ORDER BY id LIMIT %s", (ROWS,)
            ).fetchall()
            if rows:
                total = sum(row["count"] for row in rows)
                counter = connection.execute(
                    "UPDATE outbox_counter SET next = next + %s RETURNING next - %s AS first", (total, total)
                ).fetchone()
                assert counter is not None  # noqa: S101 - the counter's one row is made by the migration
                sequence = counter["first"]
                for row in rows:
                    row["sequence"] = sequence
                    sequence += row["count"]
                connection.cursor().executemany(
                    "UPDATE outbox SET sequence = %s WHERE id = %s", [(row["sequence"], row["id"]) for row in rows]
                )
        return rows


def _end_process(error: BaseException) -> None:
    log.error("relay.produce_failed", error=repr(error))
    os._exit(EXIT_PRODUCE_FAILED)
