"""Two writers of the read model on a real server: the one that took over is the only one that Redis hears."""

import asyncio

import pytest

from services.scoring.adapters.read_model import WRITER, ReadModel, ReadModelWriter, TakenOver, connect
from services.scoring.core.generation import Generation
from shared.events import TerritoryCounters, TerritoryScore

AURILLAC = "241500230"
GENERATION = Generation("digest", "01WRITERS")


def score(position: int, value: float) -> TerritoryScore:
    return TerritoryScore(
        AURILLAC, str(GENERATION), position, value, 3, 0.8, {}, (), {}, "2026-11-23T08:00:00.000Z", "0"
    )


def test_a_writer_that_was_replaced_is_refused_even_at_a_later_position(redis_url: str) -> None:
    async def work() -> None:
        client = connect(redis_url)
        try:
            await client.flushdb()
            former, successor, model = ReadModelWriter(client), ReadModelWriter(client), ReadModel(client)
            await former.write(GENERATION, [score(5, 50.0)])
            await former.switch(GENERATION)
            await successor.write(GENERATION, [score(6, 60.0)])
            with pytest.raises(TakenOver):
                await former.write(GENERATION, [score(9, 90.0)])
            with pytest.raises(TakenOver):
                await former.write_occupations(
                    GENERATION, [TerritoryCounters(f"{AURILLAC}/F", str(GENERATION), 9, {"F1703": 1})]
                )
            await model.refresh()
            assert model.rows[AURILLAC].score == 60.0
            # A memory that is lost takes the number along: whoever still writes brings his own again.
            await client.delete(WRITER)
            await successor.write(GENERATION, [score(7, 70.0)])
            with pytest.raises(TakenOver):
                await former.write(GENERATION, [score(9, 90.0)])
            await model.refresh()
            assert model.rows[AURILLAC].score == 70.0
        finally:
            await client.flushdb()
            await client.aclose()

    asyncio.run(work())
