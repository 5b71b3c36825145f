"""The packer: entity topics to compound records on scoring.deltas. One poll is in flight at a time.

A produce error ends the process: a later record that passed a lost one would let the guards hide the gap. Its consumer
group carries the epoch, so that a new generation begins where its rebuild says and not where the former one stood.
"""

import asyncio
import threading
import time
from datetime import datetime
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)

from services.scoring.adapters.counting_places import counting_places
from services.scoring.adapters.former_groups import forget_former_groups
from services.scoring.adapters.generations import GenerationWatch, Published
from services.scoring.adapters.lean_records import as_batches, leave_records_in_their_batches, records_of
from services.scoring.adapters.paced_polls import PacedPolls
from services.scoring.adapters.rebuild import rebuild
from services.scoring.adapters.topic_identity import ENTITY_TOPICS, TopicIdentity, changed_identity, read_identity
from services.scoring.core import buckets
from services.scoring.core.absence import MAX_ABSENCE, missed_versions
from services.scoring.core.buckets import partition_of
from services.scoring.core.generation import GenerationRefused
from services.scoring.core.packing import Packed, Packer, Refused
from services.scoring.settings import ScoringSettings
from shared import telemetry
from shared.clock import isoformat, utc_now
from shared.streams.dead_letters import DeadLetter, Source
from shared.streams.standing import Standing
from shared.topics import SCORING_DELTAS

NAME: Final = "scoring.packer"
MAX_REFUSED: Final = 100  # a poll with more, and nothing good, is a wrong setting and not bad records
COMMIT_SECONDS: Final = 0.5
REFUSED_POLL_SECONDS: Final = 2.0
IDENTITY_SECONDS: Final = 30.0

log = telemetry.logger(__name__)


class BehindCompaction(RuntimeError):
    """What comes next may follow versions that compaction took away: deltas would count wrong."""


class PackerProcess:
    """`run` blocks until `stop`; it raises what the process cannot go on after."""

    def __init__(self, settings: ScoringSettings) -> None:
        self._settings = settings
        self._stopping = threading.Event()
        self._places = counting_places()
        self.active = False
        self.progressed_at = time.monotonic()
        self.events = 0
        self.entries = 0
        self.refused: str | None = None

    @property
    def details(self) -> dict[str, Any]:
        """For /status: events read and entries acknowledged since the start, and why it packs nothing."""
        return {"events": self.events, "entries": self.entries, "refused": self.refused}

    def stop(self) -> None:
        """Ends `run` after the poll in hand."""
        self._stopping.set()

    def run(self) -> None:
        """Packs generation after generation."""
        asyncio.run(self._generations())

    async def _generations(self) -> None:
        async with GenerationWatch(self._settings.kafka_bootstrap, NAME) as watch:
            behind: str | None = None
            while not self._stopping.is_set():
                await watch.read_to_end()
                published = watch.latest
                identity = await asyncio.to_thread(read_identity, self._settings)
                if published is not None and published.generation.digest != identity.digest:
                    await self._refuse(published, identity, watch)
                elif published is None or behind is not None:
                    log.warning("packer.rebuilds", reason=behind or "no generation yet")
                    await self._rebuild(identity)
                    behind = None
                else:
                    try:
                        await self._pack(published, identity, watch)
                    except (BehindCompaction, OffsetOutOfRangeError) as error:
                        behind = str(error)

    async def _rebuild(self, identity: TopicIdentity) -> None:
        self.active = False
        await rebuild(self._settings, identity, progress=lambda _read, _size: self._progress())

    def _progress(self) -> None:
        self.progressed_at = time.monotonic()

    async def _refuse(self, published: Published, identity: TopicIdentity, watch: GenerationWatch) -> None:
        """Waits, not ready, until a rebuild has made a generation that counts as this process does."""
        self.active = False
        self.refused = str(GenerationRefused(published.generation, identity.digest))
        log.error("packer.refused", reason=self.refused)
        while not self._stopping.is_set() and watch.latest == published:
            self._progress()
            await watch.poll(timeout_ms=int(REFUSED_POLL_SECONDS * 1000))
        self.refused = None

    async def _pack(self, published: Published, identity: TopicIdentity, watch: GenerationWatch) -> None:
        """Packs until stopped, until a newer generation is published, or until the topics are others."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka_bootstrap,
            client_id=NAME,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            compression_type="snappy",
            max_batch_size=512 * 1024,
            max_request_size=1_000_000,
            request_timeout_ms=20_000,
        )
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka_bootstrap,
            client_id=NAME,
            group_id=self.group(published),
            group_instance_id=f"packer-{self._settings.instance}",
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=4 * 2**20,
            fetch_max_bytes=16 * 2**20,
            fetch_max_wait_ms=100,
            session_timeout_ms=15_000,
            heartbeat_interval_ms=3_000,
            max_poll_interval_ms=300_000,
        )
        flow = _Flow(self, producer, consumer, published, identity)
        consumer.subscribe(list(ENTITY_TOPICS), listener=flow)
        await producer.start()
        try:
            await consumer.start()
            leave_records_in_their_batches(consumer)
            try:
                log.info("packer.active", generation=str(published.generation))
                self.active = True
                await asyncio.to_thread(
                    forget_former_groups, self._settings.kafka_bootstrap, NAME, self.group(published)
                )
                looked_at = time.monotonic()
                while not self._stopping.is_set() and watch.latest == published:
                    await flow.turn()
                    self._progress()
                    await watch.poll()
                    if time.monotonic() - looked_at > IDENTITY_SECONDS:
                        looked_at = time.monotonic()
                        if await asyncio.to_thread(changed_identity, self._settings, identity):
                            break
                await flow.commit()
            finally:
                self.active = False
                await consumer.stop()
        finally:
            await producer.stop()

    @staticmethod
    def group(published: Published) -> str:
        """The consumer group of a generation."""
        return f"{NAME}.{published.generation.epoch}"

    @property
    def kafka(self) -> str:
        return self._settings.kafka_bootstrap

    @property
    def tick_seconds(self) -> float:
        return self._settings.scoring_tick_seconds

    def packer(self, published: Published) -> Packer:
        """Packing for one generation."""
        return Packer(self._places, self._settings.scoring_buckets, published.generation)

    @property
    def buckets(self) -> int:
        return self._settings.scoring_buckets


class _Flow(ConsumerRebalanceListener):  # type: ignore[misc]
    """One generation's loop: poll, pack, send round by round, then commit."""

    def __init__(
        self, process: PackerProcess, producer: Any, consumer: Any, published: Published, identity: TopicIdentity
    ) -> None:
        self._process = process
        self._producer = producer
        self._consumer = consumer
        self._polls = PacedPolls(consumer, process.buckets)
        self._published = published
        self._packer = process.packer(published)
        self._partitions = identity.deltas_partitions
        self._reached: dict[Any, int] = {}
        self._placing = False
        self._placed: set[Any] = set()
        self._behind: str | None = None
        self._standing = Standing()
        self._committed_at = time.monotonic()
        self._ticked_at = time.monotonic()

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Nothing: what was sent and not committed is sent again by the next owner, and dropped by the guards."""

    async def on_partitions_assigned(self, assigned: Any) -> None:
        self._reached.clear()
        self._standing.forget()
        self._placed.clear()
        self._placing = True
        try:
            committed = await self._committed(assigned) if assigned else {}
            for partition in assigned:
                begin = self._published.next[f"{partition.topic}-{partition.partition}"]
                position, known_at = committed.get(partition, (begin, self._published.made_at))
                self._consumer.seek(partition, position)
                self._placed.add(partition)
                await self._check_absence(partition, position, datetime.fromisoformat(known_at))
        finally:
            self._placing = False
        log.info("packer.assigned", partitions=len(assigned))

    async def _committed(self, partitions: Any) -> dict[Any, tuple[int, str]]:
        """Positions that the group has committed, and when."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._process.kafka, client_id=NAME)
        await admin.start()
        try:
            found = await admin.list_consumer_group_offsets(self._process.group(self._published), partitions=partitions)
        finally:
            await admin.close()
        return {
            partition: (known.offset, known.metadata or self._published.made_at)
            for partition, known in found.items()
            if known.offset >= 0
        }

    async def _check_absence(self, partition: Any, position: int, known_at: datetime) -> None:
        """Notes a partition that may have lost versions while nobody packed it; `turn` raises, a listener must not."""
        now = utc_now()
        if now - known_at <= MAX_ABSENCE:
            return
        recent = await self._consumer.offsets_for_times({partition: int((now - MAX_ABSENCE).timestamp() * 1000)})
        end = (await self._consumer.end_offsets([partition]))[partition]
        first = None if recent[partition] is None else recent[partition].offset
        if missed_versions(position=position, known_at=known_at, first_recent=first, end=end, now=now):
            self._behind = f"{partition.topic}-{partition.partition} was last read on {known_at:%Y-%m-%d}"

    def _expect(self, error: NoOffsetForPartitionError) -> None:
        """aiokafka looks for a committed position while the listener still places a new group: once a partition, that is
        no fault. Anything else is raised."""
        partition = error.args[0]
        if partition in self._placed:
            self._placed.remove(partition)
        elif not self._placing:
            raise error

    async def turn(self) -> None:
        if self._behind is not None:
            raise BehindCompaction(self._behind)
        try:
            polled = await self._polls.poll()
        except NoOffsetForPartitionError as error:
            self._expect(error)
            return
        packed = Packed()
        oldest = (utc_now() - MAX_ABSENCE).timestamp() * 1000
        reached: dict[Any, int] = {}
        for partition, portion in polled.items():
            batches = as_batches(portion)
            if batches[0].written_at < oldest:
                raise BehindCompaction(f"{partition.topic}-{partition.partition} goes on with records of 6 days ago")
            before = packed.events
            reached[partition] = batches[-1].end
            self._packer.pack(partition.topic, partition.partition, records_of(batches), packed)
            telemetry.RECORDS.labels(NAME, partition.topic, "handled").inc(packed.events - before)
        if len(packed.refused) > MAX_REFUSED and len(packed.refused) == packed.events:
            raise RuntimeError(f"{len(packed.refused)} records in a row cannot be read: check topics and versions")
        rounds = packed.rounds(self._packer.generation)
        for compound in rounds:
            await self._send(compound)
        self._polls.made(sum(map(len, rounds)), sum(record.size for compound in rounds for _, record in compound))
        for refused in packed.refused:
            await self._bury(refused)
        self._reached |= reached
        self._process.events += packed.events
        if polled:
            telemetry.CONSUMED_AT.labels(NAME).set(utc_now().timestamp())
        if not polled:
            self._reached |= await self._standing.idle(self._consumer)
        if not polled or time.monotonic() - self._committed_at > COMMIT_SECONDS:
            await self.commit()
        await self._tick()

    async def _send(self, compound: list[tuple[int, buckets.CompoundRecord]]) -> None:
        sent = [
            await self._producer.send(
                SCORING_DELTAS,
                key=b"%d" % bucket,
                value=buckets.encode(record),
                partition=partition_of(bucket, self._partitions),
            )
            for bucket, record in compound
        ]
        await asyncio.gather(*sent)
        self._process.entries += sum(record.size for _, record in compound)

    async def _bury(self, refused: Refused) -> None:
        record: Any = refused.record
        source = Source(refused.topic, refused.partition, record.offset)
        letter = DeadLetter(source, NAME, refused.reason, record.key, record.value)
        await self._producer.send_and_wait(letter.topic, letter.body(), key=letter.key, headers=letter.headers())
        telemetry.RECORDS.labels(NAME, refused.topic, "dead").inc()
        log.error("packer.dead_letter", source=str(source), reason=refused.reason)

    async def _tick(self) -> None:
        """The packer that reads the first partition moves the positions of all buckets on."""
        if time.monotonic() - self._ticked_at < self._process.tick_seconds:
            return
        self._ticked_at = time.monotonic()
        if TopicPartition(ENTITY_TOPICS[0], 0) in self._consumer.assignment():
            tick = self._packer.tick()
            await self._send([(bucket, tick) for bucket in range(self._process.buckets)])

    async def commit(self) -> None:
        """Commits what is acknowledged. A refusal after a rebalance is harmless: the next owner repeats."""
        self._committed_at = time.monotonic()
        held = self._consumer.assignment()
        offsets = {partition: offset for partition, offset in self._reached.items() if partition in held}
        self._reached.clear()
        if not offsets:
            return
        try:
            now = isoformat(utc_now())
            await self._consumer.commit({partition: (offset, now) for partition, offset in offsets.items()})
        except (CommitFailedError, IllegalStateError, KafkaError) as error:
            log.warning("packer.commit_refused", error=repr(error))
        else:
            self._standing.committed(offsets)
