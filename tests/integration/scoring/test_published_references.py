"""References beside the scores in the read model, on a real server: readers always have the one that a row names."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from services.scoring.adapters.catalogue import TerritoryCatalogue
from services.scoring.adapters.places import scored_places
from services.scoring.adapters.read_model import CURRENT, ReadModel, ReadModelWriter, TakenOver, connect
from services.scoring.adapters.redis_mirror import RedisMirror
from services.scoring.adapters.references import shipped_reference
from services.scoring.core.generation import Generation
from services.scoring.core.needs import Need
from services.scoring.core.publication import Told
from services.scoring.core.reference import Reference
from shared.events import TerritoryScore, Typology
from shared.web.problems import Problem
from tests.patience import PATIENCE_SECONDS

pytestmark = [pytest.mark.redis]

PLACES = scored_places()
CODES = [place.code for place in PLACES]
GENERATION = Generation("digest", "01REFERENCES")
NEED = Need(typologies=(Typology.T3,))


def score(code: str, position: int, version: str) -> TerritoryScore:
    counters = {"known_vacancies": 9, "open_vacancies": 9, "vacancies_T3": 9}
    return TerritoryScore(
        code, str(GENERATION), position, 50.0, 3, 0.8, {}, (), counters, "2026-11-23T08:00:00.000Z", version
    )


def reference(version: str) -> Reference:
    """Another one than the shipped: the same homes stand lower."""
    shipped = shipped_reference()
    grown = {name: values * 50.0 for name, values in shipped.quantiles.items()}
    return replace(shipped, version=version, quantiles=grown)


def on_empty_redis(url: str, work: Callable[[Any], Awaitable[None]]) -> None:
    async def run() -> None:
        client = connect(url)
        try:
            await client.flushdb()
            await work(client)
        finally:
            await client.flushdb()
            await client.aclose()

    asyncio.run(run())


async def versions_kept(client: Any) -> set[str]:
    names = await client.hkeys(f"{{scoring}}:{GENERATION}:references")
    return {name.decode().removeprefix("reference:") for name in names}


async def until(look: Callable[[], Awaitable[Any]], wanted: Any) -> None:
    for _ in range(4000):
        if (found := await look()) == wanted:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {found}")


def test_the_api_scores_a_need_by_the_reference_of_the_rows_through_a_change_of_it(redis_url: str) -> None:
    async def work(client: Any) -> None:
        writer, catalogue = ReadModelWriter(client), TerritoryCatalogue(client, PLACES)
        await writer.write_references(GENERATION, [shipped_reference()])
        await writer.write(GENERATION, [score(code, 1, "0") for code in CODES])
        await writer.switch(GENERATION)
        rows, before = await catalogue.scored_for(NEED)
        assert (len(rows), before.reference_version) == (len(PLACES), "0")
        await writer.write_references(GENERATION, [reference("next")])
        await writer.write(GENERATION, [score(code, 2, "next") for code in CODES[:100]])
        rows, between = await catalogue.scored_for(NEED)
        assert between.reference_version is None
        assert [one.reference_version for _, one in rows] == ["next"] * 100 + ["0"] * (len(PLACES) - 100)
        assert np.array_equal(between.blocks["housing"][100:], before.blocks["housing"][100:], equal_nan=True)
        await writer.write(GENERATION, [score(code, 2, "next") for code in CODES[100:]])
        _, after = await catalogue.scored_for(NEED)
        assert after.reference_version == "next"
        assert np.array_equal(between.blocks["housing"][:100], after.blocks["housing"][:100], equal_nan=True)
        assert (after.blocks["housing"] < before.blocks["housing"]).mean() > 0.5
        assert (await catalogue.freshness())["reference_version"] == "next"

    on_empty_redis(redis_url, work)


def test_without_the_reference_that_a_row_names_the_answer_is_unavailable_until_it_comes(redis_url: str) -> None:
    async def work(client: Any) -> None:
        writer, catalogue = ReadModelWriter(client), TerritoryCatalogue(client, PLACES)
        await writer.write(GENERATION, [score(code, 1, "lost") for code in CODES])
        await writer.switch(GENERATION)
        with pytest.raises(Problem, match="lost"):
            await catalogue.scored_for(NEED)
        assert len(await catalogue.rows()) == len(PLACES), "the list itself needs none"
        await writer.write_references(GENERATION, [reference("lost")])
        await writer.write(GENERATION, [score(CODES[0], 2, "lost")])
        assert (await catalogue.scored_for(NEED))[1].reference_version == "lost"

    on_empty_redis(redis_url, work)


def test_a_reader_takes_a_reference_again_that_another_software_wrote_anew(redis_url: str) -> None:
    async def work(client: Any) -> None:
        writer, model = ReadModelWriter(client), ReadModel(client)
        await writer.write_references(GENERATION, [shipped_reference()])
        await writer.write(GENERATION, [score(CODES[0], 1, "0")])
        await writer.switch(GENERATION)
        await model.refresh()
        await writer.write_references(GENERATION, [reference("0")])
        await model.refresh()
        assert model.references["0"].document() == reference("0").document()
        unfit = msgspec.json.encode({"version": "0"})
        await client.hset(f"{{scoring}}:{GENERATION}:references", "reference:0", unfit)
        again = ReadModel(client)
        await again.refresh()
        assert again.references == {}, "of other indicators than this software's"

    on_empty_redis(redis_url, work)


def test_the_mirror_writes_a_reference_before_its_rows_and_keeps_few_of_them(redis_url: str) -> None:
    async def work(client: Any) -> None:
        writer = ReadModelWriter(client)
        mirror = RedisMirror(writer, len(CODES))
        running = asyncio.create_task(mirror.run())
        model = ReadModel(client)
        try:
            for position, version in enumerate(("0", "a", "b", "c")):
                mirror.offer(
                    GENERATION,
                    [Told.of(score(code, position, version)) for code in CODES],
                    reference=shipped_reference() if version == "0" else reference(version),
                )
                seen: set[str] = set()
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while seen != {version}:
                        if await client.get(CURRENT) is not None:
                            await model.refresh()
                            seen = {row.reference_version for row in model.rows.values()}
                            assert seen == model.references.keys(), "a row without its reference"
                        await asyncio.sleep(0)
            await until(lambda: versions_kept(client), {"b", "c"})
            await client.flushdb()
            await until(lambda: client.get(CURRENT), str(GENERATION).encode())
            await model.refresh()
            assert model.references.keys() == {"c"}
            successor = ReadModelWriter(client)
            await successor.write(GENERATION, [score(CODES[0], 9, "c")])
            with pytest.raises(TakenOver):
                await writer.keep_references(GENERATION, [])
            assert "c" in await versions_kept(client)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    on_empty_redis(redis_url, work)
