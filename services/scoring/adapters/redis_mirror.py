"""Keeping the Redis read model as the scores are, through its absences."""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Sequence
from typing import Final

from redis.exceptions import RedisError

from services.scoring.adapters.read_model import ReadModelWriter, Superseded
from services.scoring.core.generation import Generation
from services.scoring.core.publication import Told
from services.scoring.core.reference import Reference
from shared import telemetry
from shared.events import TerritoryCounters

REDIS_CHECK_SECONDS: Final = 1.0
REDIS_RETRY_SECONDS: Final = 1.0

log = telemetry.logger(__name__)


class RedisMirror:
    """Keeps Redis as the scores are, in a task of its own: it never holds the scoring up."""

    def __init__(self, writer: ReadModelWriter, expected: int) -> None:
        self._writer = writer
        self._expected = expected  # rows of a whole generation: readers never see a part of one
        self._checked_at = 0.0
        self._generation: Generation | None = None
        self._all: dict[str, Told] = {}
        self._occupations: dict[str, TerritoryCounters] = {}
        self._references: dict[str, Reference] = {}
        self._told: set[str] = set()  # versions that the server's memory has from here
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()
        self._incarnation: str | None = None
        self.behind = True

    def offer(
        self,
        generation: Generation,
        told: Sequence[Told],
        occupations: Sequence[TerritoryCounters] = (),
        reference: Reference | None = None,
    ) -> None:
        """Rows to write, with the reference that they come from, and counters by occupation. Those of a new generation are
        kept until all are there: give it all occupations before the last score."""
        if generation != self._generation:
            self._generation, self._incarnation = generation, None
            self._all, self._occupations = {}, {}
        if reference is not None:
            self._references[reference.version] = reference
        for counters in occupations:
            self._occupations[counters.code] = counters
            self._dirty.add(counters.code)
        for one in told:
            self._all[one.score.code] = one
            self._dirty.add(one.score.code)
        self._wake.set()

    async def run(self) -> None:
        """Writes until cancelled."""
        failing = False
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), REDIS_CHECK_SECONDS)
            self._wake.clear()
            try:
                await self._write()
                failing = False
            except Superseded:
                log.error("scorer.superseded", generation=str(self._generation))
                self._dirty.clear()
            except (RedisError, OSError, TimeoutError) as error:
                self._incarnation = None
                if not failing:
                    log.warning("scorer.redis_gone", error=type(error).__name__)
                failing = True
                await asyncio.sleep(REDIS_RETRY_SECONDS)

    async def _write(self) -> None:
        """Writes what is dirty; everything when the server's memory is not the one that was written to."""
        generation = self._generation
        if generation is None or len(self._all) < self._expected:
            return
        if self._incarnation is None or time.monotonic() - self._checked_at > REDIS_CHECK_SECONDS:
            self._checked_at = time.monotonic()
            incarnation = await self._writer.incarnation(generation)
            if incarnation is None or incarnation != self._incarnation:
                await self._write_all(generation)
        codes, self._dirty = self._dirty, set()
        try:
            await self._write_rows(generation, codes)
        except BaseException:
            self._dirty |= codes
            raise
        if not self._dirty and self._forget():
            await self._writer.keep_references(generation, self._references)

    async def _write_all(self, generation: Generation) -> None:
        self.behind = True
        self._told.clear()
        codes, self._dirty = self._all.keys() | self._occupations.keys(), set()
        try:
            await self._write_rows(generation, codes)
            await self._writer.keep_references(generation, self._references)
            await self._writer.switch(generation)
        except BaseException:
            self._dirty |= codes
            raise
        self._incarnation = await self._writer.incarnation(generation)
        self.behind = False
        log.info(
            "scorer.redis_written",
            territories=len(self._all),
            occupations=len(self._occupations),
            generation=str(generation),
        )

    async def _write_rows(self, generation: Generation, codes: Iterable[str]) -> None:
        """Codes of a former generation that this one does not have are passed over."""
        told = [self._all[code] for code in codes if code in self._all]
        occupations = [self._occupations[code] for code in codes if code in self._occupations]
        versions = {one.score.reference_version for one in told} - self._told
        await self._writer.write_references(generation, [self._references[version] for version in sorted(versions)])
        self._told |= versions
        await self._writer.write_told(generation, told)
        await self._writer.write_occupations(generation, occupations)

    def _forget(self) -> bool:
        """Drops the references that no row names, but the last one: a reader may stand between a row and its reference.
        Whether there were any."""
        named = {one.score.reference_version for one in self._all.values()}
        others = [version for version in self._references if version not in named]
        for version in others[:-1]:
            del self._references[version]
            self._told.discard(version)
        return len(others) > 1
