"""The répertoire over HTTP: the list, for everyone or for a need, one territory, a ranking."""

import gc
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.scoring.adapters.places import scored_places
from tests.integration.scoring.published import AURILLAC, KEY, OTHER


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


def test_what_is_read_whole_is_kept_out_of_the_search_for_cycles(api: TestClient) -> None:
    """That search would take a tenth of a second out of some request."""
    assert api.get(f"/v1/territories/{AURILLAC}").status_code == 200
    assert gc.get_freeze_count() > 0
    assert len(gc.get_objects()) < gc.get_freeze_count()
