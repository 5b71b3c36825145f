"""A vacancy over its life: partial updates, the version that is meant, confirmations, late inputs, episodes, filters."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from sqlalchemy import Engine

from shared.identity import Role
from tests.integration.ingest.conftest import MakeKey
from tests.integration.ingest.test_http import BODY, MILLISECONDS, events_of

Key = dict[str, str]


@pytest.fixture
def landlord(make_key: MakeKey) -> Key:
    return make_key(Role.LANDLORD)


def put(api: TestClient, key: Key, reference: str, **changed: Any) -> dict[str, Any]:
    answer = api.put(f"/v1/vacancies/{reference}", json={**BODY, **changed}, headers=key)
    assert answer.status_code in (200, 201), answer.text
    made: dict[str, Any] = {**answer.json(), "etag": answer.headers["etag"]}
    return made


def patch(api: TestClient, key: Key, reference: str, change: Any, **headers: str) -> Any:
    return api.patch(
        f"/v1/vacancies/{reference}",
        json=change,
        headers={"Content-Type": "application/merge-patch+json", **key, **headers},
    )


def read(api: TestClient, key: Key, reference: str) -> dict[str, Any]:
    answer = api.get(f"/v1/vacancies/{reference}", params={"commitment": False}, headers=key)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_patch_replaces_what_it_names_and_removes_what_is_null(
    api: TestClient, landlord: Key, ingest_engine: Engine
) -> None:
    made = put(api, landlord, "C-1", floor=2, dpe="D", address="12 rue des Carmes, 15000 Aurillac")
    change = {"rent_eur_per_month": 395, "dpe": None, "reservation": "state", "oriented_on": "2026-11-20"}
    answer = patch(api, landlord, "C-1", change)
    assert (answer.status_code, answer.json()["result"], answer.json()["version"]) == (200, "updated", 2)
    shown = read(api, landlord, made["id"])
    assert (shown["rent_eur_per_month"], shown["floor"], shown["reservation"]) == (395, 2, "state")
    assert "dpe" not in shown
    assert shown["address"] == "12 rue des Carmes, 15000 Aurillac"
    _, event = events_of(ingest_engine, "vacancies", made["id"])
    assert (event.data.after.dpe, event.data.after.oriented_on) == (None, "2026-11-20")
    whole = {**change, "floor": 2, "address": shown["address"]}
    same = {name: value for name, value in whole.items() if value is not None}
    assert put(api, landlord, "C-1", **same)["result"] == "unchanged"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rent_eur_per_month": -1}, "rent_eur_per_month"),
        ({"available_until": "2026-11-01"}, "available_until"),
        ({"typology": None}, "typology"),
        ({"rooms": 5}, "rooms"),
        ({"colour": None}, "colour"),
        ({"reference": "C-3"}, "reference"),
        ({"observed_at": "yesterday"}, "observed_at"),
        ({"address": "1 place du Foirail, 48000 Mende"}, "commune"),
    ],
)
def test_a_patch_is_validated_whole_and_applied_whole_or_not_at_all(
    api: TestClient, landlord: Key, change: dict[str, Any], field: str
) -> None:
    put(api, landlord, "C-2")
    answer = patch(api, landlord, "C-2", {"surface_m2": 70, **change})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    shown = read(api, landlord, "C-2")
    assert (shown["surface_m2"], shown["version"]) == (62, 1)


def test_a_late_patch_is_superseded_whole(api: TestClient, landlord: Key) -> None:
    put(api, landlord, "C-3", observed_at="2026-11-20T00:00:00Z")
    late = patch(api, landlord, "C-3", {"rent_eur_per_month": 1, "observed_at": "2026-11-19T00:00:00Z"})
    assert (late.status_code, late.json()["result"], late.json()["superseded"]) == (200, "unchanged", True)
    newer = patch(api, landlord, "C-3", {"floor": 3, "observed_at": "2026-11-21T00:00:00Z"}).json()
    assert (newer["result"], newer["superseded"]) == ("updated", False)
    shown = read(api, landlord, "C-3")
    assert (shown["rent_eur_per_month"], shown["floor"]) == (410, 3)


def test_a_change_goes_only_to_the_version_that_its_author_has_read(api: TestClient, landlord: Key) -> None:
    first = put(api, landlord, "C-4")
    etag = api.get("/v1/vacancies/C-4", params={"commitment": False}, headers=landlord).headers["etag"]
    assert etag == first["etag"]
    assert patch(api, landlord, "C-4", {"floor": 1}, **{"If-Match": etag}).status_code == 200
    for call in (
        patch(api, landlord, "C-4", {"floor": 2}, **{"If-Match": etag}),
        api.put("/v1/vacancies/C-4", json={**BODY, "floor": 2}, headers={**landlord, "If-Match": etag}),
        api.delete("/v1/vacancies/C-4", headers={**landlord, "If-Match": etag}),
    ):
        assert (call.status_code, call.json()["type"]) == (412, "/problems/precondition-failed")
        assert call.json()["errors"][0]["field"] == "If-Match"
    assert read(api, landlord, "C-4")["floor"] == 1
    assert patch(api, landlord, "C-4", {"floor": 2}, **{"If-Match": "2"}).status_code == 200
    assert patch(api, landlord, "C-4", {"floor": 3}, **{"If-Match": "*"}).status_code == 200
    new = api.put("/v1/vacancies/C-4-new", json=BODY, headers={**landlord, "If-Match": "*"})
    assert new.status_code == 412


def test_nobody_patches_or_confirms_what_is_not_theirs_or_not_there(
    api: TestClient, landlord: Key, make_key: MakeKey
) -> None:
    made = put(api, landlord, "C-5")
    stranger = make_key(Role.LANDLORD)
    for reference in (made["id"], "C-5", "never"):
        assert patch(api, stranger, reference, {"floor": 9}).status_code == 404
        assert api.post(f"/v1/vacancies/{reference}:confirm", headers=stranger).status_code == 404
    assert patch(api, make_key(Role.CASEWORKER), made["id"], {"floor": 9}).status_code == 403


def test_a_late_older_update_after_a_withdrawal_does_not_revive_and_a_newer_one_opens_an_episode(
    api: TestClient, landlord: Key, ingest_engine: Engine
) -> None:
    first = put(api, landlord, "C-6", observed_at="2026-11-01T00:00:00Z")
    gone = api.delete(
        "/v1/vacancies/C-6", params={"reason": "works", "observed_at": "2026-11-10T00:00:00Z"}, headers=landlord
    )
    assert gone.json()["result"] == "withdrawn"
    late = {"observed_at": "2026-11-09T00:00:00Z"}
    assert put(api, landlord, "C-6", **late, floor=4)["superseded"] is True
    assert patch(api, landlord, "C-6", {**late, "floor": 4}).json()["superseded"] is True
    assert patch(api, landlord, "C-6", {"floor": 4}).status_code == 404
    (withdrawn,) = api.get("/v1/vacancies/C-6/episodes", headers=landlord).json()["items"]
    assert (withdrawn["id"], withdrawn["withdrawn_reason"]) == (first["id"], "works")
    second = put(api, landlord, "C-6", observed_at="2026-11-11T00:00:00Z")
    assert (second["result"], second["version"], second["id"] != first["id"]) == ("created", 1, True)
    newest, oldest = api.get(f"/v1/vacancies/{first['id']}/episodes", headers=landlord).json()["items"]
    assert [newest["id"], oldest["id"]] == [second["id"], first["id"]]
    assert (newest["current"], oldest["current"]) == (True, False)
    assert events_of(ingest_engine, "vacancies", first["id"])[-1] is None
    page = api.get("/v1/vacancies/C-6/episodes", params={"limit": 1}, headers=landlord).json()
    rest = api.get("/v1/vacancies/C-6/episodes", params={"limit": 1, "cursor": page["next"]}, headers=landlord).json()
    assert [page["items"][0]["id"], rest["items"][0]["id"], rest["next"]] == [second["id"], first["id"], None]


def test_a_reason_is_one_of_the_list(api: TestClient, landlord: Key) -> None:
    put(api, landlord, "C-7")
    answer = api.delete("/v1/vacancies/C-7", params={"reason": "gone"}, headers=landlord)
    assert answer.status_code == 422
    assert "let_elsewhere" in answer.json()["errors"][0]["message"]


def test_a_confirmation_refreshes_the_date_without_an_event(
    api: TestClient, landlord: Key, ingest_engine: Engine
) -> None:
    made = put(api, landlord, "C-8", observed_at="2026-11-20T00:00:00Z")
    answer = api.post("/v1/vacancies/C-8:confirm", headers=landlord)
    assert (answer.status_code, answer.json()["result"], answer.json()["version"]) == (200, "confirmed", 1)
    assert re.fullmatch(MILLISECONDS, answer.json()["confirmed_at"])
    shown = read(api, landlord, "C-8")
    assert shown["confirmed_at"] > "2026-11-20T00:00:00.000Z"
    assert shown["confirmed_by"]
    assert len(events_of(ingest_engine, "vacancies", made["id"])) == 1
    late = api.post("/v1/vacancies/C-8:confirm", json={"observed_at": "2026-11-19T00:00:00Z"}, headers=landlord)
    assert late.json()["result"] == "superseded"
    ahead = api.post("/v1/vacancies/C-8:confirm", json={"observed_at": "2099-01-01T00:00:00Z"}, headers=landlord)
    assert ahead.status_code == 422
    # The confirmation is an observation: an older one of the content comes too late.
    assert put(api, landlord, "C-8", observed_at="2026-11-21T00:00:00Z", floor=7)["superseded"] is True


def test_several_are_confirmed_at_once_each_with_its_own_end(api: TestClient, landlord: Key) -> None:
    old = {"observed_at": "2026-10-20T00:00:00Z"}
    one, two = put(api, landlord, "C-9a", **old), put(api, landlord, "C-9b", **old)
    put(api, landlord, "C-9c", **old, available_from="2026-10-01", available_until="2026-11-01")
    put(api, landlord, "C-9d", **old)
    api.delete("/v1/vacancies/C-9d", headers=landlord)
    body = {"references": ["C-9a", two["id"], "C-9c", "C-9d", "never"]}
    answer = api.post("/v1/vacancies:confirm", json=body, headers=landlord)
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert [item["result"] for item in items] == ["confirmed", "confirmed", "expired", "withdrawn", "unknown"]
    assert [item["id"] for item in items[:2]] == [one["id"], two["id"]]
    assert api.post("/v1/vacancies/C-9c:confirm", headers=landlord).status_code == 409


def test_lists_are_narrowed_by_what_is_asked(api: TestClient, landlord: Key) -> None:
    put(api, landlord, "RES-12-A", reservation="state")
    put(api, landlord, "RES-12-B", typology="T4")
    put(api, landlord, "RES-13-A", commune="48095")
    put(api, landlord, "RES_2", commune="19031")

    def found(**asked: Any) -> list[str]:
        answer = api.get("/v1/vacancies", params={"commitment": False, **asked}, headers=landlord)
        assert answer.status_code == 200, answer.text
        return sorted(item["reference"] for item in answer.json()["items"])

    assert found(reference="RES-12-") == ["RES-12-A", "RES-12-B"]
    assert found(reference="RES_") == ["RES_2"]  # not a pattern of SQL
    assert found(reservation="state") == ["RES-12-A"]
    assert found(typology="F4") == ["RES-12-B"]
    assert found(departement="48") == ["RES-13-A"]
    assert found(territory="241500230", typology="T3") == ["RES-12-A"]
    assert found(to_confirm=True) == []
    since = api.get("/v1/vacancies/RES-13-A", headers=landlord).json()["changed_at"]
    assert found(changed_since=since) == ["RES-13-A", "RES_2"]
    api.delete("/v1/vacancies/RES_2", headers=landlord)
    assert (found(withdrawn=True), len(found())) == (["RES_2"], 3)
    refused: list[dict[str, str | bool]] = [
        {"typolgy": "T3"},
        {"territory": "999999999"},
        {"to_confirm": True, "status": "open"},
    ]
    for wrong in refused:
        assert api.get("/v1/vacancies", params=wrong, headers=landlord).status_code == 422


def test_an_address_is_its_landlords_alone(
    api: TestClient, landlord: Key, make_key: MakeKey, ingest_engine: Engine
) -> None:
    body = {name: value for name, value in BODY.items() if name != "commune"}
    address = "12 rue des Carmes, 15000 Aurillac"
    answer = api.put("/v1/vacancies/C-10", json={**body, "address": address}, headers=landlord)
    assert answer.status_code == 201, answer.text
    identifier = answer.json()["id"]
    assert read(api, landlord, "C-10")["address"] == address
    for role in (Role.CASEWORKER, Role.OPERATOR):
        other = make_key(role)
        shown = read(api, other, identifier)
        assert (shown["commune"], "address" in shown, "confirmed_by" in shown) == ("15014", False, False)
        episodes = api.get(f"/v1/vacancies/{identifier}/episodes", headers=other)
        assert "Carmes" not in episodes.text
    (event,) = events_of(ingest_engine, "vacancies", identifier)
    assert "Carmes" not in str(event)


def test_what_is_shown_is_what_the_openapi_document_describes(api: TestClient, landlord: Key) -> None:
    document = api.get("/openapi.json").json()
    made = put(api, landlord, "C-11", rooms=3, reservation="state", address="12 rue des Carmes, 15000 Aurillac")
    put(api, landlord, "C-11b")
    api.delete("/v1/vacancies/C-11b", params={"reason": "works"}, headers=landlord)
    for path, address in (
        ("/v1/vacancies/{reference}", f"/v1/vacancies/{made['id']}"),
        ("/v1/vacancies/{reference}/episodes", "/v1/vacancies/C-11b/episodes"),
        ("/v1/vacancies", "/v1/vacancies?withdrawn=true"),
        ("/v1/vacancies", "/v1/vacancies"),
    ):
        described = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert "$ref" in described
        shown = api.get(address, headers=landlord).json()
        Draft202012Validator({**described, "components": document["components"]}).validate(shown)
        view = document["components"]["schemas"]["VacancyView"]["properties"]
        items = shown.get("items", [shown])
        assert items
        assert all(item.keys() <= view.keys() for item in items)
