"""An operator changes the reference of a running platform."""

import asyncio
import json
from typing import Any

import msgspec
import pytest
import typer
from redis import Redis
from typer.testing import CliRunner

from deploy.commands import scoring
from services.scoring.adapters.catalogue import TerritoryCatalogue
from services.scoring.adapters.places import scored_places
from services.scoring.adapters.read_model import CURRENT, connect
from services.scoring.core.needs import Need
from shared.events import Typology
from tests.scoring_live import Live, eventually

pytestmark = [pytest.mark.kafka, pytest.mark.redis]


def test_an_operator_changes_the_reference_and_every_score_is_told_with_it_and_the_way_back(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANCRAGE_KAFKA", live.settings.kafka_bootstrap)
    app = typer.Typer()
    scoring.register(app)

    def told() -> set[str]:
        """Reference versions that the rows of the read model name; none before there is one."""
        with Redis.from_url(live.settings.redis) as client:
            generation: Any = client.get(CURRENT)
            if generation is None:
                return set()
            rows: Any = client.hvals(f"{{scoring}}:{generation.decode()}:territories")
        return {msgspec.json.decode(row)["reference_version"] for row in rows}

    def view() -> str | None:
        """The reference by which the API scores a need at this moment; never without the one that a row names."""

        async def look() -> str | None:
            client = connect(live.settings.redis)
            try:
                catalogue = TerritoryCatalogue(client, scored_places())
                _, scores = await catalogue.scored_for(Need((("F1703", 1.0),), (Typology.T3,)))
                return scores.reference_version
            finally:
                await client.aclose()

        return asyncio.run(look())

    def ask(*words: str) -> Any:
        return CliRunner().invoke(app, ["scoring", "reference", *words])

    assert eventually(lambda: told() == {"0"})
    assert view() == "0"
    drawn = json.loads(ask("draw", "--json").stdout)
    if drawn["standing"] == "waiting":
        assert ask("accept", drawn["version"]).exit_code == 0
    assert eventually(lambda: view() == drawn["version"])
    assert told() == {drawn["version"]}
    assert json.loads(ask("list", "--json").stdout)["in_use"] == drawn["version"]
    assert ask("accept", "unheard-of").exit_code == 2
    assert ask("refuse", drawn["version"]).exit_code == 0
    assert eventually(lambda: view() == "0")
    assert told() == {"0"}
    assert ask("accept", "0").exit_code == 0
