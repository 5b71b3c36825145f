"""The scorer's loop: it takes counters as they come, and tells scores in rounds, one of them under way at a time.

A round computes, then publishes what is due; while the broker confirms it, the loop goes on taking counters, which the next
round finds together. Few scores a round: what is due next never waits for a country that is told whole.
"""

import asyncio
import time
from typing import Any, Final, Protocol

from aiokafka import TopicPartition

from services.scoring.adapters.counting_places import counted_codes
from services.scoring.adapters.log_reading import partitions_of
from services.scoring.adapters.publication import Publication
from services.scoring.adapters.reference_following import ReferenceFollower
from services.scoring.adapters.scorer_lead import Lead
from services.scoring.core.counters import SUSPECT
from services.scoring.core.generation import Generation
from services.scoring.core.occupation_counters import is_occupations
from services.scoring.core.pacing import round_seconds
from services.scoring.core.publication import CountersView, Throttle
from services.scoring.core.scores import ScoreBoard
from shared import telemetry
from shared.clock import utc_now
from shared.events import EventInvalid, TerritoryCounters, TerritoryScore, decode
from shared.garbage import keep_for_good
from shared.streams.dead_letters import DeadLetter, Source
from shared.topics import TERRITORY_COUNTERS

NAME: Final = "scoring.scorer"
IDLE_SECONDS: Final = 0.5
BATCH: Final = 5_000
MOST: Final = 100  # scores a round

log = telemetry.logger(__name__)


class Process(Protocol):
    """What the loop tells of itself, and asks."""

    active: bool
    leads: bool
    progressed_at: float

    @property
    def stopping(self) -> bool: ...

    def tell(self, generation: Generation | None, suspect: int) -> None: ...


class ScoringLoop:
    """`run` until the process stops."""

    def __init__(
        self,
        process: Process,
        board: ScoreBoard,
        throttle: Throttle,
        consumer: Any,
        producer: Any,
        lead: Lead,
        publication: Publication,
        references: ReferenceFollower,
    ) -> None:
        self._process = process
        self._board = board
        self._throttle = throttle
        self._consumer = consumer
        self._producer = producer
        self._lead = lead
        self._publication = publication
        self._references = references
        self._territories = frozenset(place.code for place in board.places)
        self._view = CountersView(counted_codes())
        self._changed: set[str] = set()
        self._untold: set[str] = set()  # since this scorer leads
        self._whole = False
        self._next_round = 0.0
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
        caught_up = settled = False
        polls = _Polls(self._consumer)
        try:
            while not self._process.stopping:
                await self._take(await polls.next(self._pause(), self._publication.under_way))
                await self._lead.poll()
                if self._lead.held != self._publication.begun:
                    await self._change_role()
                    # What the former one knew is published, or newer: this one goes on when it knows as much.
                    ends, caught_up = await self._consumer.end_offsets(partitions), False
                if not caught_up:
                    caught_up = all([await self._consumer.position(place) >= ends[place] for place in partitions])
                    self._changed = set(self._view.counters) if caught_up else set()
                ready = caught_up and self._view.complete
                if ready:
                    await self._work()
                    if not settled:
                        settled = True
                        keep_for_good()
                self._process.active = ready and self._whole
                self._process.progressed_at = time.monotonic()
        finally:
            await polls.end()

    def _pause(self) -> float:
        """How long the loop may wait for counters."""
        if self._publication.under_way is not None:
            return IDLE_SECONDS  # its end wakes the loop
        now = time.monotonic()
        due = 0.0 if self._changed else self._throttle.seconds_to_next(now)
        return IDLE_SECONDS if due is None else min(IDLE_SECONDS, max(due, self._next_round - now))

    async def _change_role(self) -> None:
        self._whole = False
        if self._lead.held:
            await self._publication.begin(len(self._territories))
            self._untold = set(self._territories)
        else:
            await self._publication.end()
            self._untold = set()
        self._process.leads = self._publication.begun
        log.info("scorer.role", leads=self._process.leads)

    async def _take(self, polled: dict[Any, list[Any]]) -> None:
        for partition, records in polled.items():
            for record in records:
                if record.value is None:
                    continue
                try:
                    event = decode(TERRITORY_COUNTERS, record.value)
                    counters: TerritoryCounters = event.data
                    self._changed |= self._view.take(counters)
                except (EventInvalid, ValueError) as error:
                    await self._bury(record, str(error))
                    continue
                self._as_of = max(self._as_of, event.time)
            self._positions[partition] = records[-1].offset + 1
            telemetry.RECORDS.labels(NAME, TERRITORY_COUNTERS, "handled").inc(len(records))
        if polled:
            telemetry.CONSUMED_AT.labels(NAME).set(utc_now().timestamp())

    async def _work(self) -> None:
        """A round, unless one is under way or the last one was a moment ago."""
        now = time.monotonic()
        if self._publication.under_way is not None:
            return
        self._whole = self._whole or not self._untold  # and the broker has confirmed the last of them
        if now < self._next_round:
            return
        self._score()
        await self._refer()
        self._next_round = now + round_seconds(self._publish(), MOST)

    def _score(self) -> None:
        """Computes, and offers what is new: a score that moved, or counters that did without moving it. Counters by
        occupation move no score; they are there for readers."""
        changed, self._changed = self._changed, set()
        occupations = {code for code in changed if is_occupations(code)}
        if occupations and self._view.generation is not None:
            counted = self._view.counters
            self._publication.show(self._view.generation, [counted[code] for code in occupations])
        changed -= occupations
        if not changed:
            return
        for code in changed:
            self._board.update(code, self._view.counters[code].counters)
        moved = self._board.refresh()
        self._throttle.offer(changed & self._territories, time.monotonic(), around=moved)
        suspect = self._view.counters.get(SUSPECT)
        self._process.tell(self._view.generation, sum(suspect.counters.values()) if suspect else 0)

    async def _refer(self) -> None:
        """Takes another reference, and then tells every score anew; or another month, and tells what it moves."""
        version = self._board.reference.version
        if not await self._references.step(self._board, self._producer, leads=self._publication.begun):
            return
        moved = self._board.refresh()
        told = moved if self._board.reference.version == version else self._territories
        self._throttle.offer(told, time.monotonic())
        log.info("scorer.refers_to", version=self._board.reference.version, moved=len(moved))

    def _publish(self) -> int:
        """Tells what is due; how many scores."""
        generation = self._view.generation
        if generation is None:
            return 0
        if not self._publication.begun:
            # Whoever takes over tells everything.
            self._throttle.take_due(time.monotonic(), len(self._territories))
            return 0
        due = self._throttle.take_due(time.monotonic(), MOST)
        self._untold.difference_update(due)
        if due:
            self._publication.publish(generation, self._messages(due, generation), self._board.reference)
        return len(due)

    def _messages(self, codes: list[str], generation: Generation) -> list[TerritoryScore]:
        position = sum(self._positions.values())
        return [
            TerritoryScore(
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
            for code, scored in self._board.scored(codes).items()
        ]

    async def _bury(self, record: Any, reason: str) -> None:
        source = Source(record.topic, record.partition, record.offset)
        letter = DeadLetter(source, NAME, reason, record.key, record.value)
        await self._producer.send_and_wait(letter.topic, letter.body(), key=letter.key, headers=letter.headers())
        telemetry.RECORDS.labels(NAME, record.topic, "dead").inc()
        log.error("scorer.dead_letter", source=str(source), reason=reason)


class _Polls:
    """Polls of the consumer, of which one may go on while the loop does something else."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        self._polling: asyncio.Task[dict[Any, list[Any]]] | None = None

    async def next(self, seconds: float, other: "asyncio.Task[None] | None") -> dict[Any, list[Any]]:
        """Records by partition as soon as there are any; nothing after so many seconds, or once the other task ends."""
        if self._polling is None:
            poll = self._consumer.getmany(timeout_ms=int(IDLE_SECONDS * 1000), max_records=BATCH)
            self._polling = asyncio.create_task(poll)
        waiting: set[asyncio.Task[Any]] = {self._polling} | ({other} if other is not None else set())
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not self._polling.done():
            return {}
        polled, self._polling = self._polling.result(), None
        return polled

    async def end(self) -> None:
        """Gives up the poll that is under way."""
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.wait([self._polling])
