"""A consumer whose effects are rows of PostgreSQL, applied exactly once.

The effect and the consumed position commit in one transaction; a record counts only if its sequence is beyond the last
one of its (topic, partition). Every record has one of three ends: handled; invalid (dead letter with reason and source
position); transient failure (bounded retry, then the process ends and is started again). One copy is active at a time:
one that is frozen loses its place after PLACE_SECONDS, and what it commits when it wakes is refused, because positions are
no longer those that it knows.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import psycopg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from shared import telemetry
from shared.clock import utc_now
from shared.events import Event, EventInvalid, decode
from shared.sql import positions
from shared.sql.driver import heard_of
from shared.sql.positions import Position
from shared.streams.dead_letters import DeadLetter, Source
from shared.streams.standing import Standing

MAX_ABSENCE: Final = timedelta(days=6)  # entity topics keep versions apart for 7 days
MAX_DEAD_IN_A_ROW: Final = 100  # more than this is a wrong setting, not bad records
RETRY_SECONDS: Final = 60.0
PLACE_SECONDS: Final = 8.0  # a copy that is frozen for so long loses its place
BATCH: Final = 500
TRANSIENT: Final = (OperationalError, InterfaceError, KafkaError, ConnectionError, TimeoutError)

log = telemetry.logger(__name__)


class RebuildNeeded(RuntimeError):
    """The consumer was away for too long: what it missed may be compacted away. The message says the remedy."""


class NotInCharge(RuntimeError):
    """Another copy has taken over: this one ends, and what it has in hand is the other's. No record is at fault."""


class RecordInvalid(ValueError):
    """Raised by a handler for one record of the batch: it goes to the dead letters, the others are handled."""

    def __init__(self, record: "Record", reason: str) -> None:
        super().__init__(reason)
        self.record = record


@dataclass(frozen=True)
class Record:
    """A record beyond the guard. `event` is None for a tombstone: forget the key."""

    source: Source
    key: bytes | None
    value: bytes | None
    event: Event[Any] | None

    @property
    def sequence(self) -> int | None:
        return int(self.event.sequence) if self.event is not None and self.event.sequence else None


Handler = Callable[[Connection, list[Record]], None]
Idle = Callable[[], bool]


class SqlConsumer:
    """Consumes `topics` into `engine`'s database. `handle` gets the transaction and the new records, in order.

    `idle`, if given, runs in the same thread after each poll and returns whether it did something (then the next poll
    does not wait). `run` blocks until `stop`.
    """

    def __init__(
        self,
        name: str,
        topics: Iterable[str],
        *,
        kafka: str,
        engine: Engine,
        handle: Handler,
        idle: Idle | None = None,
        poll_seconds: float = 0.2,
    ) -> None:
        self.name = name
        self._topics = tuple(topics)
        self._kafka = kafka
        self._engine = engine
        self._handle = handle
        self._idle = idle
        self._poll_ms = int(poll_seconds * 1000)
        self._stopping = threading.Event()
        self._dead_in_a_row = 0
        self.active = False
        self.progressed_at = time.monotonic()
        self.positions: positions.Positions = {}
        self._stored: positions.Positions = {}  # as last committed
        self._standing = Standing()

    def stop(self) -> None:
        """Ends `run` after the batch in hand."""
        self._stopping.set()

    def run(self) -> None:
        """Waits to be the only copy, then consumes. Raises RebuildNeeded, or the failure that outlived its retries."""
        dsn = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        options = f"-c idle_session_timeout={PLACE_SECONDS * 1000:.0f}"
        with (
            psycopg.connect(dsn, autocommit=True, options=options) as connection,
            heard_of(connection, PLACE_SECONDS / 4),
        ):
            while True:
                row = connection.execute(
                    "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (self.name,)
                ).fetchone()
                if row and row[0]:
                    break
                self.progressed_at = time.monotonic()
                if self._stopping.wait(1.0):
                    return
            asyncio.run(self._consume(connection))

    def hand_again(self, record: Record) -> None:
        """Handles a record that was refused, in a transaction of its own; consumed positions stay as they are.

        Raises RecordInvalid, or what the handler raises.
        """
        with self._engine.begin() as connection:
            self._handle(connection, [record])

    async def _consume(self, lock: psycopg.Connection[Any]) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._kafka,
            group_id=self.name,
            client_id=self.name,
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=4 * 2**20,
        )
        producer = AIOKafkaProducer(bootstrap_servers=self._kafka, acks="all", enable_idempotence=True)
        await consumer.start()
        try:
            await producer.start()
            try:
                await self._resume(consumer)
                self.active = True
                log.info("consumer.active", consumer=self.name, topics=list(self._topics))
                while not self._stopping.is_set():
                    await self._turn(consumer, producer)
                    self._hold_place(lock)
                    self.progressed_at = time.monotonic()
            finally:
                self.active = False
                await producer.stop()
        finally:
            await consumer.stop()

    def _hold_place(self, lock: psycopg.Connection[Any]) -> None:
        """The lock lives as long as its connection: losing it ends the process, whatever else it could still do."""
        try:
            lock.execute("SELECT 1")
        except psycopg.OperationalError:
            log.error("consumer.place_lost", consumer=self.name, reason="frozen too long, or the database went away")
            raise

    async def _resume(self, consumer: AIOKafkaConsumer) -> None:
        with self._engine.connect() as connection:
            self.positions = positions.load(connection, self.name)
        self._stored = dict(self.positions)
        admin = AIOKafkaAdminClient(bootstrap_servers=self._kafka, client_id=self.name)
        await admin.start()
        try:
            described = await admin.describe_topics(list(self._topics))
        finally:
            await admin.close()
        missing = [topic["topic"] for topic in described if topic["error_code"]]
        if missing:
            raise RuntimeError(f"{self.name}: no topic {', '.join(missing)}; remedy: ancrage topics apply")
        partitions = sorted(
            TopicPartition(topic["topic"], part["partition"]) for topic in described for part in topic["partitions"]
        )
        consumer.assign(partitions)
        starts = await consumer.beginning_offsets(partitions)
        now = utc_now()
        for partition in partitions:
            known = self.positions.get((partition.topic, partition.partition))
            start = starts[partition]
            if known is None:
                consumer.seek(partition, start)
            elif (known.next_offset < start and start > 0) or now - known.consumed_at > MAX_ABSENCE:
                raise RebuildNeeded(
                    f"{self.name}: {partition.topic}-{partition.partition} resumes at {known.next_offset}, the log starts"
                    f" at {start}, last read {known.consumed_at:%Y-%m-%d}; remedy: ancrage replay {self.name}"
                )
            else:
                consumer.seek(partition, known.next_offset)

    async def _turn(self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer) -> None:
        polled = await consumer.getmany(timeout_ms=self._poll_ms, max_records=BATCH)
        if polled:
            records, reached, dead = self._read(polled)
            for letter in dead:
                await self._bury(producer, letter)
            for letter in await asyncio.to_thread(self._apply_with_retry, records, reached):
                await self._bury(producer, letter)
            self.positions |= reached
            await self._show(consumer, {partition: messages[-1].offset + 1 for partition, messages in polled.items()})
        elif moved := await self._standing.idle(consumer):
            await self._show(consumer, moved)
        if self._idle is not None:
            for _ in range(50):
                if not await asyncio.to_thread(self._idle) or self._stopping.is_set():
                    break

    async def _show(self, consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
        """Commits the group's offsets, for people to see the lag: the positions in SQL decide where to resume."""
        try:
            await consumer.commit(offsets)
        except KafkaError as error:
            log.warning("consumer.commit_failed", consumer=self.name, error=repr(error))
        else:
            self._standing.committed(offsets)

    def _read(
        self, polled: dict[TopicPartition, list[Any]]
    ) -> tuple[list[Record], dict[tuple[str, int], Position], list[DeadLetter]]:
        records: list[Record] = []
        reached: dict[tuple[str, int], Position] = {}
        dead: list[DeadLetter] = []
        now = utc_now()
        for partition, messages in polled.items():
            place = (partition.topic, partition.partition)
            known = self.positions.get(place)
            sequence = known.sequence if known else -1
            for message in messages:
                source = Source(message.topic, message.partition, message.offset)
                if message.value is None:
                    records.append(Record(source, message.key, None, None))
                    continue
                try:
                    event = decode(message.topic, message.value)
                except EventInvalid as error:
                    dead.append(DeadLetter(source, self.name, str(error), message.key, message.value))
                    continue
                own = int(event.sequence) if event.sequence else None
                if own is not None:
                    if own <= sequence:
                        telemetry.RECORDS.labels(self.name, message.topic, "repeated").inc()
                        continue
                    sequence = own
                records.append(Record(source, message.key, message.value, event))
            reached[place] = Position(messages[-1].offset + 1, sequence, now)
        return records, reached, dead

    def _apply_with_retry(self, records: list[Record], reached: dict[tuple[str, int], Position]) -> list[DeadLetter]:
        """Applies a batch; on a defect, record by record. Returns the dead letters of what no retry can help."""
        dead: list[DeadLetter] = []
        give_up_at = time.monotonic() + RETRY_SECONDS
        pause = 0.1
        while True:
            try:
                with self._engine.begin() as connection:
                    if records:
                        self._handle(connection, records)
                    positions.store(connection, self.name, reached, known=self._stored)
                self._stored |= reached
            except positions.Moved as error:
                raise NotInCharge(str(error)) from error
            except TRANSIENT as error:
                if time.monotonic() > give_up_at or self._stopping.is_set():
                    raise
                log.warning("consumer.retry", consumer=self.name, error=type(error).__name__)
                time.sleep(pause)
                pause = min(pause * 2, 5.0)
            except NotInCharge:
                raise
            except RecordInvalid as error:
                dead.append(self._letter(error.record, str(error)))
                records = [record for record in records if record.source != error.record.source]
            except Exception as error:
                if len(records) <= 1:
                    if not records:
                        raise
                    log.exception("consumer.handler_failed", consumer=self.name, source=str(records[0].source))
                    dead.append(self._letter(records[0], f"handler failed: {type(error).__name__}: {error}"))
                    records = []
                else:
                    for record in records:
                        dead += self._apply_with_retry([record], self._just_after(record))
                    records = []
            else:
                for record in records:
                    telemetry.RECORDS.labels(self.name, record.source.topic, "handled").inc()
                telemetry.CONSUMED_AT.labels(self.name).set(utc_now().timestamp())
                self._dead_in_a_row = 0 if records else self._dead_in_a_row
                return dead

    def _just_after(self, record: Record) -> dict[tuple[str, int], Position]:
        place = (record.source.topic, record.source.partition)
        known = self.positions.get(place)
        sequence = record.sequence if record.sequence is not None else (known.sequence if known else -1)
        self.positions[place] = Position(record.source.offset + 1, sequence, utc_now())
        return {place: self.positions[place]}

    def _letter(self, record: Record, reason: str) -> DeadLetter:
        return DeadLetter(record.source, self.name, reason, record.key, record.value)

    async def _bury(self, producer: AIOKafkaProducer, letter: DeadLetter) -> None:
        self._dead_in_a_row += 1
        if self._dead_in_a_row > MAX_DEAD_IN_A_ROW:
            raise RuntimeError(f"{self.name}: {MAX_DEAD_IN_A_ROW} dead letters in a row: check topics and versions")
        await producer.send_and_wait(letter.topic, letter.body(), key=letter.key, headers=letter.headers())
        telemetry.RECORDS.labels(self.name, letter.source.topic, "dead").inc()
        log.error("consumer.dead_letter", consumer=self.name, source=str(letter.source), reason=letter.reason)
