"""The répertoire as the API serves it: territories joined with their scores, kept up to date from Redis."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import orjson

from services.scoring.adapters.read_model import UNAVAILABLE, ReadModel
from services.scoring.adapters.references import SHIPPED, shipped_reference
from services.scoring.core import views
from services.scoring.core.need_scores import Ground, NeedScores, ReferenceAbsent, score_published
from services.scoring.core.needs import Need
from services.scoring.core.occupation_table import OccupationTable
from services.scoring.core.places import Place
from services.scoring.core.published_columns import PublishedColumns
from shared.events import TerritoryScore
from shared.garbage import keep_for_good
from shared.geography import geography
from shared.geography.shapes import collection, level_of
from shared.web.problems import Problem, ProblemType

RETRY_AFTER: Final = {"Retry-After": "2"}
NEEDS_KEPT: Final = 64
FOLLOW_SECONDS: Final = 1.0


class TerritoryCatalogue:
    """Reads raise Problem 503 while Redis is away or empty, 404 for an unknown territory."""

    def __init__(self, client: Any, places: tuple[Place, ...]) -> None:
        self.places = places
        self._by_code = {place.code: place for place in places}
        self._model = ReadModel(
            client,
            occupations=OccupationTable(place.code for place in places),
            published=PublishedColumns(places),
        )
        self._ground = Ground.of(self._model.published)
        self._shipped = {SHIPPED: shipped_reference()}
        self._needs: dict[Need, NeedScores] = {}
        self._needs_of: tuple[str | None, int] = (None, 0)
        self._lock = asyncio.Lock()
        self._geojson: dict[tuple[bool, int | None], tuple[str, bytes]] = {}

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        try:
            yield
        except UNAVAILABLE as error:
            raise Problem(
                ProblemType.UNAVAILABLE, f"redis: {type(error).__name__}", headers=dict(RETRY_AFTER)
            ) from error

    async def _fresh(self) -> ReadModel:
        async with self._lock, self._answering():
            await self._model.refresh()
        return self._model

    async def rows(self) -> list[tuple[Place, TerritoryScore]]:
        """Every territory that has been scored, by code."""
        return self._rows_of(await self._fresh())

    async def scored_for(self, need: Need) -> tuple[list[tuple[Place, TerritoryScore]], NeedScores]:
        """`rows`, and of the same moment every territory scored for a need by the reference of its row, in the order of
        `places`. Kept until a score or a count changes."""
        model = await self._fresh()
        if self._needs_of != (model.generation, model.revision) or len(self._needs) >= NEEDS_KEPT:
            self._needs.clear()
            self._needs_of = (model.generation, model.revision)
        found = self._needs.get(need)
        if found is None:
            references = {**self._shipped, **model.references}
            try:
                found = score_published(need, model.published, model.occupations, self._ground, references)
            except ReferenceAbsent as error:
                detail = f"scoring.reference: {error}"
                raise Problem(ProblemType.UNAVAILABLE, detail, headers=dict(RETRY_AFTER)) from error
            self._needs[need] = found
        return self._rows_of(model), found

    def _rows_of(self, model: ReadModel) -> list[tuple[Place, TerritoryScore]]:
        return [(place, model.rows[place.code]) for place in self.places if place.code in model.rows]

    async def follow(self, stopping: asyncio.Event) -> None:
        """Keeps the copy near, so that a request has little left to read. Ends by the event and never by cancelling: a
        client that waits for its server may take a cancellation for its own timeout."""
        kept: str | None = None
        while not stopping.is_set():
            with suppress(Problem):
                model = await self._fresh()
                if model.generation != kept:
                    # A whole generation has just been read: the longest moment there is, so this one hides in it.
                    kept = model.generation
                    keep_for_good()
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), FOLLOW_SECONDS)

    async def one(self, code: str) -> tuple[Place, TerritoryScore]:
        place = self.known(code)
        score = (await self._fresh()).rows.get(code)
        if score is None:
            raise Problem(
                ProblemType.UNAVAILABLE,
                "redis : aucun score publié.",
                en="redis: no score published.",
                headers=dict(RETRY_AFTER),
            )
        return place, score

    def known(self, code: str) -> Place:
        """The territory of a code."""
        place = self._by_code.get(code)
        if place is None:
            atlas = geography()
            raise Problem(ProblemType.NOT_FOUND, atlas.suggest_territory(code), en=atlas.suggest_territory(code, "en"))
        return place

    def row_of(self, code: str) -> int:
        """Row of a territory in the columns of `scored_for`."""
        return self._model.published.row[code]

    def departements_of(self, code: str) -> tuple[str, ...]:
        """Départements that a territory reaches into."""
        return geography().territories[code].departements

    async def geojson(self, zoom: int | None, *, public: bool) -> tuple[str, bytes]:
        """(ETag, gzip bytes) of all EPCI with the points that a zoom shows (None: all); made again only when a score has
        changed."""
        model = await self._fresh()
        level = level_of(zoom)
        shapes = "whole" if level is None else f"z{level}"
        etag = f'"{model.generation}-{model.revision}-{shapes}-{"public" if public else "full"}"'
        known = self._geojson.get((public, level))
        if known is None or known[0] != etag:
            known = (etag, await asyncio.to_thread(self._draw, dict(model.rows), level, public=public))
            self._geojson[public, level] = known
        return known

    def _draw(self, rows: dict[str, TerritoryScore], level: int | None, *, public: bool) -> bytes:
        outlines, features = collection(level), []
        for outline in outlines["features"]:
            code = outline["properties"]["code"]
            properties = dict(outline["properties"])
            score = rows.get(code)
            if score is not None:
                properties |= {"score_class": score.score_class, "coverage": score.coverage}
                if not public:
                    properties |= {"score": score.score, "supply": views.supply(score.counters)}
            features.append({**outline, "properties": properties})
        return gzip.compress(orjson.dumps({**outlines, "features": features}), 5, mtime=0)

    async def freshness(self) -> dict[str, Any]:
        """Generation, reference (null while two stand beside each other), newest event counted, and what is open in all."""
        model = await self._fresh()
        references = model.published.references
        return {
            "generation": model.generation,
            "territories": len(model.rows),
            "as_of": max(score.as_of for score in model.rows.values()),
            "reference_version": references[0] if len(references) == 1 else None,
            "open_vacancies": sum(score.counters.get("open_vacancies", 0) for score in model.rows.values()),
            "open_offers": sum(score.counters.get("open_offers", 0) for score in model.rows.values()),
        }
