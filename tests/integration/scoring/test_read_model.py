"""The Redis read model on a real server: guards, generations, losses."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.scoring.adapters.read_model import ReadModel, ReadModelAbsent, ReadModelWriter, Superseded
from services.scoring.api import build
from services.scoring.core.occupation_table import OccupationTable
from services.scoring.settings import ScoringSettings
from shared.events import TerritoryCounters
from tests.integration.scoring.published import AURILLAC, NEW, OLD, OTHER, empty, score


def test_an_older_position_never_replaces_a_newer_one(on_redis: Any) -> None:
    async def work(client: Any) -> None:
        writer, model = ReadModelWriter(client), ReadModel(client)
        await writer.write(OLD, [score(AURILLAC, 7, 70.0)])
        await writer.write(OLD, [score(AURILLAC, 5, 20.0), score(OTHER, 5, 30.0)])
        await writer.switch(OLD)
        await model.refresh()
        assert {code: row.score for code, row in model.rows.items()} == {AURILLAC: 70.0, OTHER: 30.0}

    on_redis(work)


def test_a_later_generation_shuts_the_earlier_writer_out(on_redis: Any) -> None:
    async def work(client: Any) -> None:
        writer, model = ReadModelWriter(client), ReadModel(client)
        await writer.write(OLD, [score(AURILLAC, 9, 10.0)])
        await writer.switch(OLD)
        await model.refresh()
        await writer.write(NEW, [score(AURILLAC, 1, 90.0, NEW)])
        await model.refresh()
        assert model.rows[AURILLAC].score == 10.0, "a generation is not read before the switch"
        await writer.switch(NEW)
        await model.refresh()
        assert model.rows[AURILLAC].score == 90.0
        with pytest.raises(Superseded):
            await writer.write(OLD, [score(AURILLAC, 99, 10.0)])
        with pytest.raises(Superseded):
            await writer.switch(OLD)
        assert not [key async for key in client.scan_iter(f"*{OLD}*")], "the former rows are gone"

    on_redis(work)


def test_a_reader_takes_only_what_changed_and_notices_a_loss(on_redis: Any) -> None:
    async def work(client: Any) -> None:
        writer, model = ReadModelWriter(client), ReadModel(client)
        with pytest.raises(ReadModelAbsent):
            await model.refresh()
        await writer.write(OLD, [score(AURILLAC, 1, 1.0), score(OTHER, 1, 2.0)])
        await writer.switch(OLD)
        await model.refresh()
        kept = model.rows[OTHER]
        await writer.write(OLD, [score(AURILLAC, 1, 3.0)])
        await model.refresh()
        assert model.rows[AURILLAC].score == 3.0, "rows written again at the same position are seen"
        assert model.rows[OTHER] is kept
        await empty(client)
        with pytest.raises(ReadModelAbsent):
            await model.refresh()
        assert await writer.incarnation(OLD) is None
        await writer.write(OLD, [score(OTHER, 4, 8.0)])
        await writer.switch(OLD)
        await model.refresh()
        assert model.rows[OTHER].score == 8.0
        assert await writer.incarnation(OLD) is not None

    on_redis(work)


def test_counters_by_occupation_are_guarded_and_followed_like_rows(on_redis: Any) -> None:
    async def work(client: Any) -> None:
        writer = ReadModelWriter(client)
        model = ReadModel(client, occupations=OccupationTable([OTHER, AURILLAC]))

        def counted(position: int, **counters: int) -> list[TerritoryCounters]:
            return [TerritoryCounters(f"{AURILLAC}/F", str(OLD), position, counters)]

        await writer.write_occupations(OLD, counted(5, F1703=4, F1703d=1, F1701=2))
        await writer.write_occupations(OLD, counted(3, F1703=9))
        await writer.write(OLD, [score(AURILLAC, 5, 70.0)])
        await writer.switch(OLD)
        await model.refresh()
        assert model.occupations.of("F1703").tolist() == [[0, 4], [0, 4], [0, 1]]
        await writer.write_occupations(OLD, counted(6, **{"F1703": 1, "F1703+": 2}))
        await model.refresh()
        assert model.occupations.of("F1703").tolist() == [[0, 1], [0, 3], [0, 0]]
        assert not model.occupations.of("F1701").any(), "what a place no longer names is none"
        assert model.rows.keys() == {AURILLAC}
        await writer.write(NEW, [score(AURILLAC, 1, 70.0, NEW)])
        await writer.switch(NEW)
        await model.refresh()
        assert not model.occupations.of("F1703").any()
        with pytest.raises(Superseded):
            await writer.write_occupations(OLD, counted(99, F1703=1))
        assert not [key async for key in client.scan_iter(f"*{OLD}*")]

    on_redis(work)


def test_without_redis_the_answer_is_503_with_a_delay(redis_url: str) -> None:
    del redis_url
    settings = ScoringSettings(redis_url="redis://127.0.0.1:1/0", secret_keys="synthetic-key-for-tests-only")
    with TestClient(build(settings)) as client:
        answer = client.get(f"/v1/territories/{AURILLAC}")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert answer.json()["type"] == "/problems/unavailable"
        assert client.get("/readyz").status_code == 503
        assert client.get("/livez").status_code == 200
