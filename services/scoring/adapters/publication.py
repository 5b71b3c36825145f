"""What a scorer that leads does with its scores: the topic and Redis at once."""

import asyncio
from typing import Any

from services.scoring.adapters.read_model import ReadModelWriter
from services.scoring.adapters.redis_mirror import RedisMirror
from services.scoring.adapters.score_publishing import ScorePublisher
from services.scoring.core.generation import Generation
from services.scoring.core.publication import Told
from services.scoring.core.reference import Reference
from shared.events import TerritoryCounters, TerritoryScore


class Publication:
    """The publisher and the mirror of a scorer that leads; nothing while it stands by. One publication is under way at a
    time; the caller goes on meanwhile."""

    def __init__(self, kafka: str, client_id: str, redis: Any, tasks: asyncio.TaskGroup) -> None:
        self._kafka = kafka
        self._client_id = client_id
        self._redis = redis
        self._tasks = tasks
        self._publisher: ScorePublisher | None = None
        self._mirror: RedisMirror | None = None
        self._mirroring: asyncio.Task[None] | None = None
        self._publishing: asyncio.Task[None] | None = None

    @property
    def begun(self) -> bool:
        return self._publisher is not None

    @property
    def under_way(self) -> asyncio.Task[None] | None:
        """The publication that the broker has not confirmed yet."""
        return self._publishing if self._publishing is not None and not self._publishing.done() else None

    async def begin(self, territories: int) -> None:
        """Takes the place of the scorer that led before."""
        self._publisher = ScorePublisher(self._kafka, self._client_id)
        await self._publisher.start()
        self._mirror = RedisMirror(ReadModelWriter(self._redis), territories)
        self._mirroring = self._tasks.create_task(self._mirror.run())

    async def end(self) -> None:
        """Publishes no more, but waits for what is under way."""
        publishing, self._publishing = self._publishing, None
        if publishing is not None:
            await asyncio.wait([publishing])
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

    def publish(self, generation: Generation, scores: list[TerritoryScore], reference: Reference) -> None:
        """Scores, all of them by this reference; not while others are under way. A failure ends the task group."""
        if self._publisher is None or self._mirror is None:
            return
        if self.under_way is not None:
            raise RuntimeError("a publication is under way")
        told = [Told.of(score) for score in scores]
        self._mirror.offer(generation, told, reference=reference)
        self._publishing = self._tasks.create_task(self._publisher.publish(told))
