"""The Redis read model on a real server: guards, generations, losses; and the API that reads it."""

import asyncio
import csv
import gzip
import io
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.scoring.adapters.places import scored_places
from services.scoring.adapters.read_model import (
    ReadModel,
    ReadModelAbsent,
    ReadModelWriter,
    Superseded,
    connect,
)
from services.scoring.api import build
from services.scoring.core.generation import Generation
from services.scoring.core.occupation_table import OccupationTable
from services.scoring.settings import ScoringSettings
from shared.events import Contribution, TerritoryCounters, TerritoryScore
from shared.identity import Actor, Role
from shared.settings import Settings

AURILLAC, OTHER = "241500230", "200000172"
OLD, NEW = Generation("digest", "01A"), Generation("digest", "01B")


def score(
    code: str, position: int, value: float | None = 50.0, generation: Generation = OLD, **counters: int
) -> TerritoryScore:
    return TerritoryScore(
        code=code,
        generation=str(generation),
        position=position,
        score=value,
        score_class=None if value is None else 3,
        coverage=0.8,
        blocks={"housing": 0.5, "jobs": 0.5, "services": None, "territory": None},
        contributions=(Contribution("live_supply", "housing", 10.0, 0.4, 3.0, "pour 1 000 logements sociaux"),),
        counters=counters,
        as_of=f"2026-11-23T08:00:{position:02}.000Z",
        reference_version="0",
    )


async def empty(client: Any) -> None:
    """Forgets the read model, and nothing else that the server may hold."""
    keys = [key async for key in client.scan_iter("{scoring}*")]
    if keys:
        await client.unlink(*keys)


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


class Bearers:
    """Knows one key; stands in for the identity database."""

    def remembers(self, _: str) -> bool:
        return True

    def actor(self, text: str) -> Actor | None:
        return Actor("ank_1", "org_1", "Association fictive", Role.CASEWORKER) if text == "good" else None


KEY = {"Authorization": "Bearer good"}


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


def test_one_territory_with_a_key_shows_figures_and_contributions(api: TestClient) -> None:
    body = api.get(f"/v1/territories/{AURILLAC}", headers=KEY).json()
    assert body["score"] == 61.5
    assert {name: body["counters"][name] for name in ("open_vacancies", "open_offers", "open_openings")} == {
        "open_vacancies": 7,
        "open_offers": 3,
        "open_openings": 5,
    }
    assert body["contributions"][0]["indicator"] == "live_supply"
    assert body["reference_version"] == "0"
    assert body["as_of"].endswith("Z")


def test_one_territory_without_a_key_shows_classes_only(api: TestClient) -> None:
    body = api.get(f"/v1/territories/{AURILLAC}").json()
    assert "score" not in body
    assert "contributions" not in body
    assert body["counters"] == {"open_vacancies": 7, "open_offers": None, "open_openings": 5}


def test_a_wrong_key_is_not_taken_for_no_key(api: TestClient) -> None:
    assert api.get(f"/v1/territories/{AURILLAC}", headers={"Authorization": "Bearer bad"}).status_code == 401


def test_an_unknown_territory_is_not_found_with_a_remedy(api: TestClient) -> None:
    answer = api.get("/v1/territories/15014", headers=KEY)
    assert answer.status_code == 404
    assert AURILLAC in answer.json()["detail"]


def test_the_list_is_ordered_filtered_and_paged(api: TestClient) -> None:
    first = api.get("/v1/territories?order=score&limit=1", headers=KEY).json()
    assert [item["code"] for item in first["items"]] == [AURILLAC]
    second = api.get("/v1/territories", params={"limit": 1, "cursor": first["next"]}, headers=KEY).json()
    assert [item["code"] for item in second["items"]] == [OTHER]
    asked = {"rome": "F1703", "typology": "T3", "department": "15"}
    found = api.get("/v1/territories", params=asked, headers=KEY).json()["items"]
    assert found[0]["code"] == AURILLAC
    assert len(found) > 1, "the same territories, scored for the need"
    available = api.get("/v1/territories", params={**asked, "available": True}).json()["items"]
    assert [item["code"] for item in available] == [AURILLAC]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params: dict[str, Any] = {"order": "name", "limit": 500} | ({"cursor": cursor} if cursor else {})
        page = api.get("/v1/territories", params=params).json()
        seen += [item["code"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == len(scored_places())


def test_the_list_for_a_need_has_the_figures_of_the_need(api: TestClient) -> None:
    asked: dict[str, Any] = {"rome": "F1703,K1304", "typology": ["T3", "T4"], "max_rent": 430}
    body = api.get("/v1/territories", params=asked, headers=KEY).json()
    assert [one["code"] for one in body["view"]["rome"]] == ["F1703", "K1304"]
    assert {"F1707": 0.9}.items() <= {one["code"]: one["proximity"] for one in body["view"]["near"]}.items()
    assert body["view"]["typologies"] == ["T3", "T4"]
    assert body["view"]["rent_counted_up_to_eur_per_month"] == 425
    assert body["view"]["reference_version"] == "0"
    first = body["items"][0]
    assert first["code"] == AURILLAC
    assert first["view"]["offers"] == 9
    assert first["view"]["openings_around_weighted"] == 12.0
    assert first["view"]["homes"] == 6, "a seventh is dearer than the budget"
    assert first["score"] != first["general_score"] == 61.5
    other = next(item for item in body["items"] if item["code"] == OTHER)
    assert other["view"]["offers"] is None, "no feed of offers tells of it"
    assert other["view"]["homes"] == 0
    assert other["blocks"]["housing"] == 0
    told = [item["view"]["homes"] is not None and item["view"]["offers_around"] is not None for item in body["items"]]
    assert told == sorted(told, reverse=True), "what is unknown comes after what is known"
    public = api.get("/v1/territories", params=asked).json()
    shown = next(item for item in public["items"] if item["code"] == AURILLAC)
    assert shown["view"] == {"offers": 9, "offers_around": 9, "homes": 6}
    assert "score" not in shown
    assert next(item for item in public["items"] if item["code"] == OTHER)["view"]["homes"] is None, "under five"


def test_every_answer_has_a_tag_and_says_304_to_who_has_it(api: TestClient) -> None:
    for path in (
        "/v1/territories?limit=3",
        "/v1/territories?rome=F1703&max_rent=400",
        f"/v1/territories/{AURILLAC}",
        f"/v1/territories/{AURILLAC}/history",
        "/v1/territories.csv",
        "/v1/territories.geojson",
    ):
        for headers in (KEY, {}):
            first = api.get(path, headers=headers)
            assert first.status_code == 200, path
            again = api.get(path, headers={**headers, "If-None-Match": f'"x", W/{first.headers["etag"]}'})
            assert (again.status_code, again.content) == (304, b""), path
            assert again.headers["etag"] == first.headers["etag"]
            assert api.get(path, headers={**headers, "If-None-Match": '"x"'}).status_code == 200
        if not path.endswith("/history"):  # none yet: the same answer for all
            tags = {api.get(path, headers=headers).headers["etag"] for headers in (KEY, {})}
            assert len(tags) == 2, "another reader, another answer"


def test_the_spreadsheet_has_every_territory_as_the_list_shows_it(api: TestClient) -> None:
    answer = api.get("/v1/territories.csv?rome=F1703&typology=T3", headers=KEY)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode()), delimiter=";"))
    assert len(rows) == len(scored_places())
    row = next(row for row in rows if row["code"] == AURILLAC)
    assert (row["offres_du_metier"], row["logements_qui_conviennent"], row["part_connue"][:2]) == ("9", "7", "0,")
    other = next(row for row in rows if row["code"] == OTHER)
    assert (other["offres_du_metier"], other["logements_qui_conviennent"]) == ("", "0")
    public = api.get("/v1/territories.csv?bom=true&department=15")
    assert public.content.startswith(b"\xef\xbb\xbfcode;nom;")
    assert b";score;" not in public.content


@pytest.mark.parametrize(
    "query", ["max_rent=0", "rome=Z9999", "department=99", "order=rank", "limit=0", "cursor=!!", "typology=T9"]
)
def test_a_wrong_parameter_is_named(api: TestClient, query: str) -> None:
    answer = api.get(f"/v1/territories?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_a_cursor_of_another_order_is_refused(api: TestClient) -> None:
    cursor = api.get("/v1/territories?order=name&limit=1").json()["next"]
    answer = api.get("/v1/territories", params={"order": "score", "cursor": cursor})
    assert answer.status_code == 422


def test_geojson_is_compressed_and_answers_304_while_nothing_changes(api: TestClient) -> None:
    first = api.get("/v1/territories.geojson", headers={"Accept-Encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    shapes = first.json()
    assert len(shapes["features"]) == 1255
    properties = {feature["properties"]["code"]: feature["properties"] for feature in shapes["features"]}
    assert properties[AURILLAC]["score_class"] == 3
    assert "score" not in properties[AURILLAC]
    again = api.get("/v1/territories.geojson", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    plain = api.get("/v1/territories.geojson", headers={**KEY, "Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["etag"] != first.headers["etag"]
    with_key = {one["properties"]["code"]: one["properties"] for one in json.loads(plain.content)["features"]}
    assert with_key[AURILLAC]["score"] == 61.5
    assert len(gzip.compress(plain.content)) < len(plain.content)


def test_geojson_has_fewer_points_on_small_maps_and_a_tag_of_its_own_for_each_level(api: TestClient) -> None:
    answers = {zoom: api.get("/v1/territories.geojson", params={"zoom": zoom}) for zoom in (0, 4, 6, 9)}
    whole = api.get("/v1/territories.geojson")
    sizes = [len(answers[zoom].content) for zoom in (4, 6, 9)]
    assert sizes == sorted(set(sizes))
    assert sizes[0] < sizes[-1] / 2
    assert answers[9].content == whole.content
    assert answers[0].headers["etag"] == answers[4].headers["etag"]
    assert len({answers[4].headers["etag"], answers[6].headers["etag"], whole.headers["etag"]}) == 3
    again = api.get("/v1/territories.geojson?zoom=6", headers={"If-None-Match": answers[6].headers["etag"]})
    assert again.status_code == 304
    codes = [one["properties"]["code"] for one in whole.json()["features"]]
    assert [one["properties"]["code"] for one in answers[4].json()["features"]] == codes
    assert api.get("/v1/territories.geojson?zoom=-1").status_code == 422


def test_a_ranking_needs_a_key_and_gives_reasons(api: TestClient) -> None:
    wishes = {"rome": ["F1703"], "typologies": ["T3"], "departements": ["15"]}
    assert api.post("/v1/rankings", json=wishes).status_code == 401
    body = api.post("/v1/rankings", json=wishes, headers=KEY).json()
    assert [item["code"] for item in body["items"]] == [AURILLAC]
    assert body["items"][0]["reasons"]
    assert body["items"][0]["view"]["homes"] == 7
    assert {one["reason"] for one in body["excluded"]} >= {"outside_wishes"}
    assert {one["code"] for one in body["exclusions"]} >= {"200066660"}
    assert all(one["reasons"] for one in body["exclusions"])
    assert (body["reference_version"], bool(body["seed"])) == ("0", True)
    again = api.post("/v1/rankings", json={**wishes, "seed": body["seed"]}, headers=KEY).json()
    assert again == body
    assert api.post("/v1/rankings", json={"income": 3}, headers=KEY).status_code == 422


def test_without_redis_the_answer_is_503_with_a_delay(redis_url: str) -> None:
    del redis_url
    settings = ScoringSettings(redis_url="redis://127.0.0.1:1/0", secret_keys="synthetic-key-for-tests-only")  # type: ignore[arg-type]
    with TestClient(build(settings)) as client:
        answer = client.get(f"/v1/territories/{AURILLAC}")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert answer.json()["type"] == "/problems/unavailable"
        assert client.get("/readyz").status_code == 503
        assert client.get("/livez").status_code == 200
