"""The scorer: counters of all territories in memory, scores to their topic and to Redis.

It reads territory-counters whole at its start, so it has no state to lose. Redis gone changes nothing for the topic: rows
are kept and written again, all of them, when it is back.
"""

import asyncio
import threading
import time
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.scoring.adapters.counting_places import counted_codes
from services.scoring.adapters.log_reading import open_log, partitions_of
from services.scoring.adapters.places import scored_places, source_vintages
from services.scoring.adapters.read_model import ReadModelWriter, connect
from services.scoring.adapters.redis_mirror import RedisMirror
from services.scoring.adapters.references import shipped_reference
from services.scoring.core.generation import Generation
from services.scoring.core.occupation_counters import is_occupations
from services.scoring.core.publication import CountersView, Throttle, says_the_same
from services.scoring.core.scores import Place, ScoreBoard, Scored
from services.scoring.settings import ScoringSettings
from shared import telemetry
from shared.clock import paris_date, utc_now
from shared.events import EventInvalid, TerritoryCounters, TerritoryScore, decode, encode, new_event
from shared.streams.dead_letters import DeadLetter, Source
from shared.topics import TERRITORY_COUNTERS, TERRITORY_SCORES

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
        self.progressed_at = time.monotonic()

    def stop(self) -> None:
        """Ends `run` after the batch in hand."""
        self._stopping.set()

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        kafka = self._settings.kafka_bootstrap
        producer = AIOKafkaProducer(
            bootstrap_servers=kafka,
            client_id=NAME,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            compression_type="lz4",
            max_request_size=1_000_000,
        )
        consumer = AIOKafkaConsumer(
            bootstrap_servers=kafka,
            client_id=NAME,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=500,
            max_partition_fetch_bytes=4 * 2**20,
        )
        redis = connect(self._settings.redis)
        published = await _published(kafka)
        await producer.start()
        try:
            await consumer.start()
            try:
                places = scored_places()
                mirror = RedisMirror(ReadModelWriter(redis), len(places))
                async with asyncio.TaskGroup() as tasks:
                    writing = tasks.create_task(mirror.run())
                    await _Scoring(self, places, consumer, producer, mirror, published).run()
                    writing.cancel()
            finally:
                await consumer.stop()
        finally:
            self.active = False
            await producer.stop()
            await redis.aclose()

    @property
    def publish_seconds(self) -> float:
        return self._settings.scoring_publish_ms / 1000

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()


async def _published(kafka: str) -> dict[str, TerritoryScore]:
    """What the topic says of each territory: a new start publishes only what differs."""
    found: dict[str, TerritoryScore] = {}
    async with open_log(kafka, [TERRITORY_SCORES], client_id=NAME) as scores:
        async for _, records in scores.batches():
            for record in records:
                if record.value is None:
                    continue
                try:
                    score: TerritoryScore = decode(TERRITORY_SCORES, record.value).data
                except EventInvalid as error:
                    log.warning("scorer.unreadable_score", offset=record.offset, reason=str(error))
                    continue
                known = found.get(score.code)
                if known is None or _order(score) >= _order(known):
                    found[score.code] = score
    return found


def _order(score: TerritoryScore) -> tuple[str, int]:
    return Generation.parse(score.generation).epoch, score.position


class _Scoring:
    """The loop: poll counters, compute, publish what is due."""

    def __init__(
        self,
        process: ScorerProcess,
        places: tuple[Place, ...],
        consumer: Any,
        producer: Any,
        mirror: RedisMirror,
        published: dict[str, TerritoryScore],
    ) -> None:
        self._process = process
        self._consumer = consumer
        self._producer = producer
        self._mirror = mirror
        self._published = published
        self._reference = shipped_reference()
        self._board = ScoreBoard(places, self._reference, paris_date(utc_now()), source_vintages())
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
            if not caught_up:
                caught_up = all([await self._consumer.position(place) >= ends[place] for place in partitions])
                changed = set(self._view.counters) if caught_up else set()
            if caught_up and self._view.complete:
                self._score(changed)
                await self._publish()
            self._process.active = caught_up and self._view.complete
            self._process.progressed_at = time.monotonic()

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
            self._mirror.offer(self._view.generation, [], [counted[code] for code in occupations])
        changed = changed - occupations
        if not changed:
            return
        for code in changed:
            self._board.update(code, self._view.counters[code].counters)
        scored = self._board.compute()
        self._scored |= scored
        self._throttle.offer((changed & self._territories) | scored.keys(), time.monotonic())

    async def _publish(self) -> None:
        due = self._throttle.take_due(time.monotonic())
        if not due:
            return
        generation = self._view.generation
        if generation is None:
            return
        position = sum(self._positions.values())
        scores = [self._message(code, generation, position) for code in due]
        self._mirror.offer(generation, scores)
        now = utc_now()
        sent = []
        for score in scores:
            if says_the_same(score, self._published.get(score.code)):
                continue
            self._published[score.code] = score
            event = new_event(TERRITORY_SCORES, score.code, score, source="/scoring", at=now)
            sent.append(await self._producer.send(TERRITORY_SCORES, key=score.code.encode(), value=encode(event)))
        # A score that was not written ends the process: the next start publishes what differs.
        await asyncio.gather(*sent)

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
            reference_version=self._reference.version,
        )

    async def _bury(self, record: Any, reason: str) -> None:
        source = Source(record.topic, record.partition, record.offset)
        letter = DeadLetter(source, NAME, reason, record.key, record.value)
        await self._producer.send_and_wait(letter.topic, letter.body(), key=letter.key, headers=letter.headers())
        telemetry.RECORDS.labels(NAME, record.topic, "dead").inc()
        log.error("scorer.dead_letter", source=str(source), reason=reason)
