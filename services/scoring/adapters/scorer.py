"""The scorer: counters of all territories in memory, scores to their topic and to Redis.

It reads territory-counters whole at its start, so it has no state to lose. Of several scorers one publishes and the others
stand by. Redis gone changes nothing for the topic: rows are kept and written again, all of them, when it is back.
"""

import asyncio
import threading
import time
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.scoring.adapters.counting_places import counted_codes
from services.scoring.adapters.log_reading import partitions_of
from services.scoring.adapters.places import scored_places, source_vintages
from services.scoring.adapters.read_model import ReadModelWriter, connect
from services.scoring.adapters.redis_mirror import RedisMirror
from services.scoring.adapters.reference_following import ReferenceFollower
from services.scoring.adapters.references import shipped_reference
from services.scoring.adapters.score_publishing import ScorePublisher
from services.scoring.adapters.scorer_lead import Lead, end_soon
from services.scoring.core.counters import SUSPECT
from services.scoring.core.generation import Generation
from services.scoring.core.occupation_counters import is_occupations
from services.scoring.core.publication import CountersView, Throttle
from services.scoring.core.reference import Reference
from services.scoring.core.scores import Place, ScoreBoard, Scored
from services.scoring.settings import ScoringSettings
from shared import telemetry
from shared.clock import paris_date, utc_now
from shared.events import EventInvalid, TerritoryCounters, TerritoryScore, decode
from shared.streams.dead_letters import DeadLetter, Source
from shared.topics import TERRITORY_COUNTERS

NAME: Final = "scoring.scorer"
IDLE_POLL_SECONDS: Final = 0.5
BATCH: Final = 5_000

log = telemetry.logger(__name__)


class ScorerProcess:
    """`run` blocks until `stop`."""

    def __init__(self, settings: ScoringSettings) -> None:
        self._settings = settings
        self._stopping = threading.Event()
        self.active = False
        self.leads = False
        self.progressed_at = time.monotonic()
        self._generation: Generation | None = None
        self._suspect = 0

    @property
    def details(self) -> dict[str, Any]:
        """Shown at /status."""
        return {"leads": self.leads, "generation": str(self._generation or ""), "suspect": self._suspect}

    def tell(self, generation: Generation | None, suspect: int) -> None:
        """Takes note of what the scores are made from."""
        self._generation, self._suspect = generation, suspect
        telemetry.SCORING_SUSPECT.set(suspect)

    def stop(self) -> None:
        """Ends `run` after the batch in hand."""
        self._stopping.set()

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        kafka = self._settings.kafka_bootstrap
        producer = AIOKafkaProducer(bootstrap_servers=kafka, client_id=NAME, acks="all", enable_idempotence=True)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=kafka,
            client_id=NAME,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=500,
            max_partition_fetch_bytes=4 * 2**20,
        )
        redis = connect(self._settings.redis)
        await producer.start()
        try:
            await consumer.start()
            try:
                following = ReferenceFollower(kafka, NAME, self._settings.scoring_reference_hours)
                async with (
                    following as references,
                    Lead(kafka, self._settings.instance) as lead,
                    asyncio.TaskGroup() as tasks,
                ):
                    publication = Publication(kafka, redis, tasks)
                    try:
                        scoring = _Scoring(self, scored_places(), consumer, producer, lead, publication, references)
                        await scoring.run()
                    finally:
                        await publication.end()
            finally:
                await end_soon(consumer.stop())
        finally:
            self.active = False
            await end_soon(producer.stop())
            await redis.aclose()

    @property
    def publish_seconds(self) -> float:
        return self._settings.scoring_publish_ms / 1000

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()


class Publication:
    """The publisher and the mirror of a scorer that leads; nothing while it stands by."""

    def __init__(self, kafka: str, redis: Any, tasks: asyncio.TaskGroup) -> None:
        self._kafka = kafka
        self._redis = redis
        self._tasks = tasks
        self._publisher: ScorePublisher | None = None
        self._mirror: RedisMirror | None = None
        self._mirroring: asyncio.Task[None] | None = None

    @property
    def begun(self) -> bool:
        return self._publisher is not None

    async def begin(self, territories: int) -> None:
        """Takes the place of the scorer that led before."""
        self._publisher = ScorePublisher(self._kafka, NAME)
        await self._publisher.start()
        self._mirror = RedisMirror(ReadModelWriter(self._redis), territories)
        self._mirroring = self._tasks.create_task(self._mirror.run())

    async def end(self) -> None:
        """Publishes no more."""
        publisher, self._publisher = self._publisher, None
        self._mirror = None
        if self._mirroring is not None:
            self._mirroring.cancel()
            self._mirroring = None
        if publisher is not None:
            await publisher.stop()

    def show(self, generation: Generation, occupations: list[TerritoryCounters]) -> None:
        """Counters by occupation: for Redis alone."""
        if self._mirror is not None:
            self._mirror.offer(generation, [], occupations)

    async def publish(self, generation: Generation, scores: list[TerritoryScore], reference: Reference) -> None:
        """Scores, all of them by this reference."""
        if self._publisher is not None and self._mirror is not None:
            self._mirror.offer(generation, scores, reference=reference)
            await self._publisher.publish(scores)


class _Scoring:
    """The loop: poll counters, compute, publish what is due."""

    def __init__(
        self,
        process: ScorerProcess,
        places: tuple[Place, ...],
        consumer: Any,
        producer: Any,
        lead: Lead,
        publication: Publication,
        references: ReferenceFollower,
    ) -> None:
        self._process = process
        self._consumer = consumer
        self._producer = producer
        self._lead = lead
        self._publication = publication
        self._references = references
        self._board = ScoreBoard(places, shipped_reference(), paris_date(utc_now()), source_vintages())
        references.begin(self._board)
        self._territories = frozenset(place.code for place in self._board.places)
        self._view = CountersView(counted_codes())
        self._throttle = Throttle(process.publish_seconds)
        self._scored: dict[str, Scored] = {}
        self._positions: dict[Any, int] = {}
        self._as_of = ""

    async def run(self) -> None:
        partitions = [
            TopicPartition(TERRITORY_COUNTERS, partition)
            for partition in await partitions_of(self._consumer, TERRITORY_COUNTERS)
        ]
        self._consumer.assign(partitions)
        starts = await self._consumer.beginning_offsets(partitions)
        ends = await self._consumer.end_offsets(partitions)
        for partition in partitions:
            self._consumer.seek(partition, starts[partition])
        self._positions = dict(starts)
        caught_up = False
        while not self._process.stopping:
            wait = self._throttle.seconds_to_next(time.monotonic())
            wait = IDLE_POLL_SECONDS if wait is None else min(wait, IDLE_POLL_SECONDS)
            polled = await self._consumer.getmany(timeout_ms=max(1, int(wait * 1000)), max_records=BATCH)
            changed = await self._take(polled)
            await self._lead.poll()
            if self._lead.held != self._publication.begun:
                await self._change_role()
                # What the former one knew is published, or newer: this one goes on when it knows as much.
                ends, caught_up = await self._consumer.end_offsets(partitions), False
            if not caught_up:
                caught_up = all([await self._consumer.position(place) >= ends[place] for place in partitions])
                changed = set(self._view.counters) if caught_up else set()
            if caught_up and self._view.complete:
                self._score(changed)
                await self._refer()
                await self._publish()
            self._process.active = caught_up and self._view.complete
            self._process.progressed_at = time.monotonic()

    async def _change_role(self) -> None:
        if self._lead.held:
            await self._publication.begin(len(self._territories))
        else:
            await self._publication.end()
        self._process.leads = self._publication.begun
        log.info("scorer.role", leads=self._process.leads)

    async def _take(self, polled: dict[Any, list[Any]]) -> set[str]:
        changed: set[str] = set()
        for partition, records in polled.items():
            for record in records:
                if record.value is None:
                    continue
                try:
                    event = decode(TERRITORY_COUNTERS, record.value)
                    counters: TerritoryCounters = event.data
                    changed |= self._view.take(counters)
                except (EventInvalid, ValueError) as error:
                    await self._bury(record, str(error))
                    continue
                self._as_of = max(self._as_of, event.time)
            self._positions[partition] = records[-1].offset + 1
            telemetry.RECORDS.labels(NAME, TERRITORY_COUNTERS, "handled").inc(len(records))
        if polled:
            telemetry.CONSUMED_AT.labels(NAME).set(utc_now().timestamp())
        return changed

    def _score(self, changed: set[str]) -> None:
        """Computes, and offers what is new: a score that moved, or counters that did without moving it. Counters by
        occupation move no score; they are there for readers."""
        if not changed:
            return
        occupations = {code for code in changed if is_occupations(code)}
        if occupations and self._view.generation is not None:
            counted = self._view.counters
            self._publication.show(self._view.generation, [counted[code] for code in occupations])
        changed = changed - occupations
        if not changed:
            return
        for code in changed:
            self._board.update(code, self._view.counters[code].counters)
        scored = self._board.compute()
        self._scored |= scored
        self._throttle.offer((changed & self._territories) | scored.keys(), time.monotonic())
        suspect = self._view.counters.get(SUSPECT)
        self._process.tell(self._view.generation, sum(suspect.counters.values()) if suspect else 0)

    async def _refer(self) -> None:
        """Takes another reference, and then tells every score anew; or another month, and tells what it moves."""
        version = self._board.reference.version
        if not await self._references.step(self._board, self._producer, leads=self._publication.begun):
            return
        moved = self._board.compute()
        self._scored |= moved
        told = moved.keys() if self._board.reference.version == version else self._scored.keys()
        self._throttle.offer(told, time.monotonic())
        log.info("scorer.refers_to", version=self._board.reference.version, moved=len(moved))

    async def _publish(self) -> None:
        due = self._throttle.take_due(time.monotonic())
        generation = self._view.generation
        if not due or generation is None or not self._publication.begun:
            return
        position = sum(self._positions.values())
        scores = [self._message(code, generation, position) for code in due]
        await self._publication.publish(generation, scores, self._board.reference)

    def _message(self, code: str, generation: Generation, position: int) -> TerritoryScore:
        scored = self._scored[code]
        return TerritoryScore(
            code=code,
            generation=str(generation),
            position=position,
            score=scored.score,
            score_class=scored.score_class,
            coverage=scored.coverage,
            blocks=scored.blocks,
            contributions=scored.contributions,
            counters=self._view.counters[code].counters,
            as_of=self._as_of,
            reference_version=self._board.reference.version,
        )

    async def _bury(self, record: Any, reason: str) -> None:
        source = Source(record.topic, record.partition, record.offset)
        letter = DeadLetter(source, NAME, reason, record.key, record.value)
        await self._producer.send_and_wait(letter.topic, letter.body(), key=letter.key, headers=letter.headers())
        telemetry.RECORDS.labels(NAME, record.topic, "dead").inc()
        log.error("scorer.dead_letter", source=str(source), reason=reason)
