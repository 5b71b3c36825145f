"""What the tests of this folder share: scoring's processes on a real broker, and the API over a small read model."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.scoring.adapters.places import scored_places
from services.scoring.adapters.read_model import ReadModelWriter, connect
from services.scoring.api import build
from services.scoring.settings import ScoringSettings
from shared.events import TerritoryCounters
from shared.settings import Settings
from tests.integration.scoring.published import AURILLAC, OLD, OTHER, Bearers, empty, score
from tests.scoring_live import Live, live_scoring


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_scoring(tmp_path_factory.mktemp("scoring")) as found:
        yield found


@pytest.fixture
def on_redis(redis_url: str) -> Callable[[Callable[[Any], Awaitable[Any]]], Any]:
    """Runs a coroutine function with a client of a server without a read model."""

    def run(work: Callable[[Any], Awaitable[Any]]) -> Any:
        async def connected() -> Any:
            client = connect(redis_url)
            try:
                await empty(client)
                return await work(client)
            finally:
                await client.aclose()

        return asyncio.run(connected())

    return run


@pytest.fixture
def api(migrated: Settings, on_redis: Any) -> Iterator[TestClient]:
    """The API over two scored territories and all others unscored."""

    async def fill(client: Any) -> None:
        writer = ReadModelWriter(client)
        rows = [score(place.code, 1, None) for place in scored_places() if place.code not in {AURILLAC, OTHER}]
        rows.append(
            score(
                AURILLAC,
                1,
                61.5,
                known_vacancies=7,
                open_vacancies=7,
                vacancies_T3=7,
                rents_T3_400=6,
                rents_T3_450=1,
                known_offers=3,
                open_offers=3,
                offers_rome_F=3,
                open_openings=5,
            )
        )
        rows.append(score(OTHER, 1, 40.0, known_vacancies=2, open_vacancies=2))
        await writer.write_occupations(
            OLD, [TerritoryCounters(f"{AURILLAC}/F", str(OLD), 1, {"F1703": 9, "F1703+": 3, "F1703d": 2})]
        )
        await writer.write(OLD, rows)
        await writer.switch(OLD)

    on_redis(fill)
    app = build(ScoringSettings.model_validate(migrated.model_dump()))
    app.state.bearers = Bearers()
    with TestClient(app) as client:
        yield client
