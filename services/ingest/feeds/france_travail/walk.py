"""One walk over the whole stock: shards until none is left, then what was not seen."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session

from services.ingest.adapters import feed_walks
from services.ingest.adapters.feed_walks import ShardRow, WalkRow
from services.ingest.adapters.france_travail.client import FEED, Client
from services.ingest.adapters.france_travail.errors import Outage, SearchRefused, Unavailable
from services.ingest.core.circuit import State
from services.ingest.core.disappearance import Guard
from services.ingest.core.france_travail.absences import Reading
from services.ingest.core.france_travail.freshness import Ending
from services.ingest.core.france_travail.shards import Axes, roots, split
from services.ingest.feeds.france_travail.absences import AbsencePhase
from services.ingest.feeds.france_travail.desk import Desk
from services.ingest.feeds.france_travail.leaves import Leaf, LeafReader, Reach, TooLarge
from shared import telemetry
from shared.clock import utc_now

log = telemetry.logger(__name__)
FAILURES_OF_A_SHARD: Final = 3


@dataclass(frozen=True)
class Rules:
    """What an operator sets about walks."""

    axes: Axes
    departements: tuple[str, ...]
    concurrency: int
    guard: Guard
    confirmations: int
    absent_walks: int
    reach: Reach = field(default_factory=Reach)


@dataclass(frozen=True)
class Progress:
    """How far a walk is: offers read of those announced, or absent offers asked for; None while not yet known."""

    ending: Ending
    read: int
    announced: int | None
    requests: int


class Stopped(Exception):
    """The process was asked to stop; the walk goes on at the next start."""


class Walk:
    """Works through an open walk of the feed; everything it needs to go on after a kill is in SQL."""

    def __init__(
        self,
        desk: Desk,
        client: Client,
        reader: LeafReader,
        rules: Rules,
        *,
        on_progress: Callable[[Progress], None] = lambda _: None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._desk = desk
        self._client = client
        self._reader = reader
        self._rules = rules
        self._on_progress = on_progress
        self._stopping = stopping
        self._failures: Counter[int] = Counter()
        self._counted_requests = client.requests
        self._read = 0
        self._announced: int | None = None

    async def run(self, walk: WalkRow) -> WalkRow:
        """Until the walk has ended or is held. Raises Outage, CredentialsRefused and Stopped: the walk stays open."""
        try:
            if walk.ending is Ending.WALKING:
                await self._read_shards(walk.id)
                walk = await asyncio.to_thread(self._reload, walk.id)
            phase = AbsencePhase(self._desk, self._client, self._reader, self._rules, self._tick)
            if walk.ending is Ending.WALKING:
                await asyncio.to_thread(phase.open, walk)
                walk = await asyncio.to_thread(self._reload, walk.id)
            if walk.ending is Ending.ABSENCES:
                await phase.work(walk)
        finally:
            await asyncio.to_thread(self._count_requests, walk.id)
        return await asyncio.to_thread(self._reload, walk.id)

    async def _read_shards(self, walk: int) -> None:
        """Reads one shard while the one before is being written."""
        writing: asyncio.Task[None] | None = None
        in_hand: list[int] = []
        try:
            while True:
                row = await asyncio.to_thread(self._pending, walk, in_hand)
                if row is None and writing is None:
                    return
                if row is None:
                    await _done(writing)
                    writing, in_hand = None, []
                    continue
                self._tick()
                leaf = await self._leaf(walk, row)
                await _done(writing)
                writing, in_hand = None, []
                if leaf is not None:
                    self._read += len(leaf.seen)
                    writing = asyncio.create_task(asyncio.to_thread(self._desk.store, walk, row.number, leaf))
                    in_hand = [row.number]
        finally:
            if writing is not None:
                await asyncio.wait([writing])

    async def _leaf(self, walk: int, row: ShardRow) -> Leaf | None:
        """The shard's offers; None where it was cut into parts, or is to be tried again."""
        try:
            found = await self._reader.read(row.shard)
            if isinstance(found, Leaf):
                return found
            return await self._cut(walk, row, found)
        except Outage:
            raise
        except SearchRefused as error:
            log.error("feed.search_refused", feed=FEED, search=row.shard.parameters(), answer=str(error))
            return Leaf(Reading.FAILED)
        except Unavailable as error:
            if self._client.circuit is not State.CLOSED:
                return None  # everything fails, not this shard: wait at the circuit
            self._failures[row.number] += 1
            if self._failures[row.number] < FAILURES_OF_A_SHARD:
                return None
            log.error("feed.shard_failed", feed=FEED, search=row.shard.parameters(), error=str(error))
            return Leaf(Reading.FAILED)

    async def _cut(self, walk: int, row: ShardRow, found: TooLarge) -> Leaf | None:
        parts = split(row.shard, self._rules.axes, found.pivot)
        if parts is None:
            log.warning("feed.shard_cannot_be_cut", feed=FEED, search=row.shard.parameters(), offers=found.total)
            return await self._reader.read_what_is_reachable(row.shard)

        def write() -> None:
            with Session(self._desk.engine) as session:
                feed_walks.replace_by_parts(session, walk, row.number, *parts, total=found.total)
                session.commit()

        await asyncio.to_thread(write)
        return None

    def _pending(self, walk: int, besides: list[int]) -> ShardRow | None:
        with Session(self._desk.engine) as session:
            self._announced = feed_walks.announced_so_far(session, walk)
            return feed_walks.pending(session, walk, besides=besides)

    def _reload(self, walk: int) -> WalkRow:
        with Session(self._desk.engine) as session:
            return feed_walks.walk_by_id(session, walk)

    def _count_requests(self, walk: int) -> None:
        made, self._counted_requests = self._client.requests - self._counted_requests, self._client.requests
        with Session(self._desk.engine) as session:
            feed_walks.count(session, walk, {"requests": made})
            session.commit()

    def _tick(self, ending: Ending = Ending.WALKING, read: int | None = None, announced: int | None = None) -> None:
        """Tells how far the walk is. Raises Stopped."""
        if self._stopping():
            raise Stopped
        done = self._read if read is None else read
        self._on_progress(Progress(ending, done, announced or self._announced, self._client.requests))


async def _done(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        await task


def begin_walk(engine: Engine, owner: str, departements: Sequence[str], *, at: datetime | None = None) -> WalkRow:
    """A new walk over offers created up to now (technical time); one that was open is abandoned."""
    moment = at or utc_now()
    with Session(engine) as session:
        walk = feed_walks.begin(session, FEED, owner, roots(moment, departements), at=moment)
        session.commit()
        return feed_walks.walk_by_id(session, walk)
