"""The exact counters: compound records applied to the Faust table, one write a record, then whole counters published.

Faust promises at-least-once and forgets order in three places; the state itself makes up for it (docs/adr/0003):
recovery keeps the furthest state and not the last written one, reading resumes where the state says, and a process that
was frozen ends before it writes.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from faust.tables.table import Table
from faust.types import TP

from services.scoring.adapters.counters_publication import CountersPublication, CountersTopic
from services.scoring.core import buckets
from services.scoring.core.buckets import BucketState, CompoundInvalid, CompoundRecord
from services.scoring.core.generation import Generation, GenerationRefused
from services.scoring.core.sequencer import Place, Sequencer, resume_at
from shared import telemetry
from shared.clock import utc_now
from shared.streams.dead_letters import DeadLetter, Source
from shared.topics import SCORING_DELTAS

NAME: Final = "scoring.worker"
EXIT_SEND_FAILED: Final = 70
EXIT_FROZEN: Final = 75
EXIT_STALLED: Final = 76
EXIT_DEFECT: Final = 77
EXIT_TOPICS_CHANGED: Final = 78
MAX_STATE_BYTES: Final = 200_000  # a table value near the broker's limit of 1 MB would end the process for ever
SEEK_PAUSE_SECONDS: Final = 0.5  # lets records run out that were fetched before the seek
STALLED_SECONDS: Final = 90.0
UNREADY_SECONDS: Final = 240.0  # more than a rebalance (60) after a lost session (30), and a recovery
REBUILD_AFTER_SECONDS: Final = 20.0

log = telemetry.logger(__name__)


def end_process(code: int, event: str, **details: Any) -> None:
    """Ends at once, without another write: whatever this process holds may be behind what others have written."""
    log.error(event, **details)
    os._exit(code)


class FurthestStateTable(Table):  # type: ignore[misc]
    """A table whose recovery keeps, for each bucket, the state furthest in generation and position.

    A worker that was frozen may have written its old state behind newer ones.
    """

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        furthest: dict[Any, tuple[str, int]] = {}
        kept = []
        for event in batch:
            key = self._to_key(event.key)
            reached = furthest.get(key) or _reach(self.data.get(key))
            if event.value is not None and _reach(event.value) >= reached:
                kept.append(event)
                furthest[key] = _reach(event.value)
        super().apply_changelog_batch(kept)


def _reach(state: BucketState | None) -> tuple[str, int]:
    return ("", -1) if state is None else (Generation.parse(state["g"]).epoch, state["p"])


@dataclass
class Watchdog:
    """Ends a process that slept longer than half a session: its partitions may be somebody else's by now."""

    limit_seconds: float
    _seen_at: float | None = None

    def check(self) -> None:
        now = time.monotonic()
        if self._seen_at is not None and now - self._seen_at > self.limit_seconds:
            end_process(EXIT_FROZEN, "worker.frozen", seconds=round(now - self._seen_at, 1))
        self._seen_at = now


@dataclass
class Progress:
    """What the health server tells, written by the event loop and read by its thread."""

    beat_at: float = field(default_factory=time.monotonic)
    applied_at: float = field(default_factory=time.monotonic)
    ready_at: float = field(default_factory=time.monotonic)
    ready: bool = False
    records: int = 0
    entries: int = 0
    dropped: int = 0
    refused: str | None = None


@dataclass
class Output:
    """Where the keeper sends; a failed send ends the process elsewhere."""

    counters: CountersTopic
    dead_letters: Any


class CountersKeeper:
    """Applies the records of scoring.deltas to the table, in sequence, and publishes what changed."""

    def __init__(
        self, *, table: Any, output: Output, digest: str, bucket_count: int, partitions: int, watchdog: Watchdog
    ):
        self._table = table
        self._output = output
        self._digest = digest
        self._buckets = bucket_count
        self._partitions = partitions
        self.watchdog = watchdog
        self._sequencer = Sequencer()
        self._assigned_at = time.monotonic()
        self.progress = Progress()
        self.rebuild_wanted: str | None = None
        self.publication = CountersPublication(table.get, output.counters)

    async def handle(self, event: Any) -> None:
        """One record. Nothing escapes but what ends the process: Faust would acknowledge and forget it."""
        self.watchdog.check()
        message = event.message
        if self._sequencer.take(message.partition, message.offset) is Place.BEYOND:
            return
        try:
            bucket = int(message.key)
            record = buckets.decode(message.value)
            generation = Generation.parse(record.g)
            if not 0 <= bucket < self._buckets or bucket % self._partitions != message.partition:
                raise CompoundInvalid(f"bucket {bucket} does not belong on partition {message.partition}")
        except (CompoundInvalid, ValueError, TypeError) as error:
            await self._bury(message, str(error))
            return
        await self._apply(bucket, record, generation, message.offset)

    async def _apply(self, bucket: int, record: CompoundRecord, generation: Generation, offset: int) -> None:
        state: BucketState | None = self._table.get(bucket)
        if state is not None and record.content is None and offset <= state["p"]:
            self.progress.dropped += record.size
            return
        if generation.digest != self._digest:
            self._refuse(generation)
            return
        if record.content is not None:
            # By epoch and not by offset: in a log that was made anew the offsets begin again.
            if state is not None and not generation.replaces(Generation.parse(state["g"])):
                return
            state, changed = buckets.replaced(record, offset, state)
        elif state is None or state["g"] != record.g:
            # Of a former generation, or its content was never seen: then `check` asks for a rebuild.
            self.progress.dropped += record.size
            return
        else:
            changed = buckets.apply_entries(state["s"], state["t"], record.e)
            state["p"] = offset
        self._table[bucket] = state
        self.publication.changed(bucket, changed)
        self.progress.records += 1
        self.progress.entries += record.size
        self.progress.applied_at = time.monotonic()
        self.progress.refused = None
        telemetry.RECORDS.labels(NAME, SCORING_DELTAS, "handled").inc()
        if changed:
            telemetry.CONSUMED_AT.labels(NAME).set(utc_now().timestamp())

    def _refuse(self, generation: Generation) -> None:
        if self.progress.refused is None:
            self.progress.refused = str(GenerationRefused(generation, self._digest))
            log.error("worker.refused", reason=self.progress.refused)

    async def _bury(self, message: Any, reason: str) -> None:
        source = Source(message.topic, message.partition, message.offset)
        letter = DeadLetter(source, NAME, reason, message.key, message.value)
        await self._output.dead_letters.send(key=letter.key, value=letter.body(), headers=dict(letter.headers()))
        telemetry.RECORDS.labels(NAME, SCORING_DELTAS, "dead").inc()
        log.error("worker.dead_letter", source=str(source), reason=reason)

    def _states(self, partition: int) -> list[BucketState | None]:
        return [self._table.get(bucket) for bucket in range(partition, self._buckets, self._partitions)]

    def may_read(self, place: TP) -> bool:
        """Whether the partition stands where the state says; always true for another topic."""
        return place.topic != SCORING_DELTAS or self._sequencer.expected(place.partition) is not None

    async def position(self, consumer: Any) -> set[TP]:
        """Puts the consumer where the state says, whatever its group has committed. Returns the partitions to read."""
        places = {place for place in consumer.assignment() if place.topic == SCORING_DELTAS}
        if not places:
            return places
        log_starts = await consumer.earliest_offsets(*places)
        for place in places:
            resume = resume_at(self._states(place.partition), log_starts[place], self._digest)
            if resume.lost:
                self.rebuild_wanted = (
                    f"{SCORING_DELTAS}-{place.partition} starts at {log_starts[place]}, behind what the state needs"
                )
            self._sequencer.start(place.partition, resume.offset)
            if (consumer._committed_offset.get(place) or 0) > resume.offset:
                await consumer.seek(place, resume.offset)
        return places

    def rebalanced(self) -> None:
        """Partitions came or went: every position is established anew."""
        self._sequencer.forget()
        self._assigned_at = time.monotonic()

    def republish(self, partitions: Iterable[int]) -> None:
        """All counters of the buckets of new partitions are to be published: the writer before may have died between its
        table write and its publication."""
        for partition in partitions:
            for bucket in range(partition, self._buckets, self._partitions):
                state = self._table.get(bucket)
                if state is not None:
                    self.publication.changed(bucket, state["t"])

    async def check(self, consumer: Any, assigned: Iterable[int], *, ready: bool) -> None:
        """Once a second: reads again what is missing, and ends a process that has stopped getting anywhere."""
        self.watchdog.check()
        self.progress.beat_at = time.monotonic()
        self.progress.ready = ready and self.progress.refused is None
        if not ready:
            # What is read already is still counted while the group decides.
            idle = time.monotonic() - max(self.progress.ready_at, self.progress.applied_at)
            if idle > UNREADY_SECONDS:
                end_process(EXIT_STALLED, "worker.never_ready_again", seconds=UNREADY_SECONDS)
            return
        self.progress.ready_at = time.monotonic()
        behind = False
        for partition in assigned:
            place = TP(SCORING_DELTAS, partition)
            expected = self._sequencer.expected(partition)
            behind = behind or expected is None or (consumer.highwater(place) or 0) > expected
            states = self._states(partition)
            foreign = next(
                (one for one in states if one is not None and not buckets.counts_as(one, self._digest)), None
            )
            if foreign is not None:
                self._refuse(Generation.parse(foreign["g"]))
                self.progress.ready = False
            if None in states:
                self.progress.ready = False
                if time.monotonic() - self._assigned_at > REBUILD_AFTER_SECONDS:
                    self.rebuild_wanted = f"{SCORING_DELTAS}-{partition}: a bucket has no state"
        if not behind:
            self.progress.applied_at = time.monotonic()
        elif time.monotonic() - self.progress.applied_at > STALLED_SECONDS:
            end_process(EXIT_STALLED, "worker.stalled", seconds=STALLED_SECONDS)
        await self._seek(consumer)

    async def _seek(self, consumer: Any) -> None:
        wanted = self._sequencer.seeks()
        if not wanted:
            return
        places = {TP(SCORING_DELTAS, partition) for partition in wanted}
        consumer.pause_partitions(places)
        try:
            await asyncio.sleep(SEEK_PAUSE_SECONDS)
            for partition, offset in self._sequencer.seeks().items():
                place = TP(SCORING_DELTAS, partition)
                if place in places:
                    log.warning("worker.seek", partition=partition, offset=offset)
                    await consumer.seek(place, offset)
        finally:
            consumer.resume_partitions(places)

    def size_check(self, encode_state: Callable[[BucketState], bytes]) -> int:
        """Bytes of the largest bucket; a warning well before it would no longer fit a record."""
        largest = max((len(encode_state(state)) for state in self._table.values()), default=0)
        if largest > MAX_STATE_BYTES:
            log.warning("worker.bucket_large", bytes=largest, remedy="raise ANCRAGE_SCORING_BUCKETS and rebuild")
        return largest
