"""Households over HTTP: what is accepted, what is refused and how, who sees what, and erasure."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from shared.identity import Role
from tests.integration.matching.conftest import MACON, TERRITORY, MakeKey, Stream, household, placements, tables

Key = dict[str, str]


def test_the_smallest_body_is_accepted_and_unknown_stays_unknown(api: TestClient, caseworker: Key) -> None:
    answer = api.post("/v1/households", json={"size": 2, "programme": "plateforme-refugies"}, headers=caseworker)
    assert answer.status_code == 201
    made = answer.json()
    assert made["id"].startswith("hh_")
    assert (made["version"], made["status"]) == (1, "live")
    assert made["income_eur_per_month"] is None
    assert made["driving_licence"] is None
    assert api.get(f"/v1/households/{made['id']}", headers=caseworker).json()["size"] == 2


@pytest.mark.parametrize(
    ("field", "value", "remedy"),
    [
        ("rome", ["F1799"], "Les plus proches"),
        ("territories", ["15014"], TERRITORY),
        ("territories", ["Bassin d'Aurillac"], TERRITORY),
        ("programme", "emil", "Vouliez-vous dire emile"),
        ("size", 0, None),
        ("size", "beaucoup", None),
        ("income_eur_per_month", -1, None),
        ("priorities", ["richesse"], None),
        ("label", "Mme Dupont", None),
        ("waiting_since", "2199-01-01", "<="),
        ("nom", "Dupont", None),
    ],
)
def test_a_wrong_field_is_named_with_its_remedy(
    api: TestClient, caseworker: Key, field: str, value: Any, remedy: str | None
) -> None:
    body = {"size": 3, "programme": "emile", "territories": [TERRITORY], "rome": [MACON], field: value}
    answer = api.post("/v1/households", json=body, headers=caseworker)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["field"].split(".")[0] == field
    if remedy is not None:
        assert remedy in error["remedy"]


def test_what_is_not_json_is_a_problem(api: TestClient, caseworker: Key) -> None:
    answer = api.post(
        "/v1/households", content=b'{"size": ', headers={**caseworker, "Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid-json")


def test_someone_elses_household_does_not_exist_for_others(api: TestClient, caseworker: Key, make_key: MakeKey) -> None:
    made = household(api, caseworker)
    other = make_key(Role.CASEWORKER)
    url = f"/v1/households/{made['id']}"
    for method, path, body in (
        ("GET", url, None),
        ("PATCH", url, {"size": 2}),
        ("DELETE", url, None),
        ("GET", f"{url}/matches", None),
        ("GET", f"{url}/explanation", None),
    ):
        assert api.request(method, path, json=body, headers=other).status_code == 404, (method, path)
    assert api.get("/v1/households", headers=other).json()["items"] == []
    assert api.get(url, headers=caseworker).status_code == 200


@pytest.mark.parametrize("role", [Role.LANDLORD, Role.FEED, Role.TERRITORY, Role.OPERATOR])
def test_only_caseworkers_reach_households(api: TestClient, make_key: MakeKey, role: Role) -> None:
    key = make_key(role, territories=frozenset({TERRITORY}) if role is Role.TERRITORY else frozenset())
    assert api.get("/v1/households", headers=key).status_code == 403
    assert api.post("/v1/households", json={"size": 1, "programme": "emile"}, headers=key).status_code == 403


def test_without_a_key_nothing_opens(api: TestClient) -> None:
    for path in ("/v1/households", "/v1/placements", "/v1/programmes", "/v1/funnel"):
        assert api.get(path).status_code == 401
    assert api.get("/v1/households", headers={"Authorization": "Bearer ank_x.y"}).status_code == 401


def test_colleagues_share_their_organisations_households(api: TestClient, make_key: MakeKey) -> None:
    first, second = make_key(Role.CASEWORKER, "Association fictive"), make_key(Role.CASEWORKER, "Association fictive")
    made = household(api, first)
    assert api.get(f"/v1/households/{made['id']}", headers=second).status_code == 200


def test_the_same_idempotency_key_makes_one_household(api: TestClient, caseworker: Key) -> None:
    headers = {**caseworker, "Idempotency-Key": "household-1"}
    body = {"size": 3, "programme": "emile"}
    first, second = (api.post("/v1/households", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert len(api.get("/v1/households", headers=caseworker).json()["items"]) == 1


def test_pages_hold_every_household_once(api: TestClient, caseworker: Key) -> None:
    made = {household(api, caseworker)["id"] for _ in range(5)}
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        body = api.get("/v1/households", params=params, headers=caseworker).json()
        seen += [one["id"] for one in body["items"]]
        cursor = body["next"]
        if cursor is None:
            break
    assert len(seen) == 5
    assert set(seen) == made


def test_a_patch_changes_what_it_names_and_null_makes_unknown(api: TestClient, caseworker: Key) -> None:
    made = household(api, caseworker)
    url = f"/v1/households/{made['id']}"
    answer = api.patch(url, json={"income_eur_per_month": None, "size": 4}, headers=caseworker)
    assert answer.status_code == 200
    assert (answer.json()["income_eur_per_month"], answer.json()["size"]) == (None, 4)
    assert (answer.json()["version"], answer.json()["driving_licence"]) == (2, True)
    stale = api.patch(url, json={"size": 5, "version": 1}, headers=caseworker)
    assert stale.status_code == 409
    nothing = api.patch(url, json={"size": None}, headers=caseworker)
    assert (nothing.status_code, nothing.json()["errors"][0]["field"]) == (422, "size")
    wrong = api.patch(url, json={"programme": "emil"}, headers=caseworker)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"].split(".")[0]) == (422, "programme")


def test_a_changed_household_is_matched_again(api: TestClient, caseworker: Key, stream: Stream) -> None:
    stream.home(rent_eur_per_month=900.0)
    stream.post()
    made = household(api, caseworker, income_eur_per_month=900)
    stream.work()
    assert placements(api, caseworker) == []
    api.patch(f"/v1/households/{made['id']}", json={"income_eur_per_month": 3000}, headers=caseworker)
    stream.work()
    assert len(placements(api, caseworker)) == 1


def test_a_household_that_pauses_frees_its_proposal_for_the_next_one(
    api: TestClient, caseworker: Key, stream: Stream
) -> None:
    stream.home()
    stream.post()
    first = household(api, caseworker, waiting_since="2020-01-01")
    second = household(api, caseworker, waiting_since="2024-01-01")
    stream.work()
    assert [one["household"] for one in placements(api, caseworker)] == [first["id"]]
    api.patch(f"/v1/households/{first['id']}", json={"status": "parked"}, headers=caseworker)
    stream.work()
    before, after = placements(api, caseworker)
    assert (before["step"], before["outcome"]) == ("released", "household_left")
    assert (after["step"], after["household"]) == ("proposed", second["id"])


def test_matches_are_ranked_with_reasons_in_words(api: TestClient, caseworker: Key, stream: Stream) -> None:
    dear, cheap = stream.home(rent_eur_per_month=412.0), stream.home(rent_eur_per_month=350.0)
    stream.home(typology="T6", surface_m2=120.0)
    stream.post()
    made = household(api, caseworker)
    body = api.get(f"/v1/households/{made['id']}/matches", headers=caseworker).json()
    assert [item["vacancy"] for item in body["items"]] == [cheap, dear]
    first = body["items"][0]
    assert (first["rank"], body["total"]) == (1, 2)
    assert first["home"]["commune_name"] == "Aurillac"
    assert first["post"]["occupation"] == "Maçonnerie"
    assert any("(28 % sans elle)" in sentence for sentence in first["reasons"])
    assert {one["code"] for one in first["to_confirm"]} == {"charges", "commitment"}
    assert "utility" not in str(body)


def test_the_explanation_says_what_is_missing_and_what_would_change_it(
    api: TestClient, caseworker: Key, stream: Stream
) -> None:
    stream.home()
    stream.post(licence_required=True)
    made = household(api, caseworker, driving_licence=False)
    stream.work()
    assert placements(api, caseworker) == []
    body = api.get(f"/v1/households/{made['id']}/explanation", headers=caseworker).json()
    assert (body["homes"], body["options"]) == (1, 0)
    assert [one["code"] for one in body["by_reason"]] == ["licence_required"]
    assert body["counterfactual"]["change"] == "driving_licence"
    assert body["counterfactual"]["options"] == 1
    # What it says is true: with the licence, the engine proposes.
    api.patch(f"/v1/households/{made['id']}", json={"driving_licence": True}, headers=caseworker)
    stream.work()
    assert len(placements(api, caseworker)) == 1


def test_the_explanation_looks_just_outside_the_wishes(api: TestClient, caseworker: Key, stream: Stream) -> None:
    stream.post()
    stream.home(commune="15196")  # in a neighbouring territory of the same zone d'emploi
    made = household(api, caseworker)
    body = api.get(f"/v1/households/{made['id']}/explanation", headers=caseworker).json()
    assert body["homes"] == 0
    assert body["counterfactual"]["change"] == "territories"


def test_erasure_leaves_no_trace_of_the_household_in_any_table(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine
) -> None:
    home = stream.home()
    stream.post()
    headers = {**caseworker, "Idempotency-Key": "household-to-erase"}
    body = {"size": 3, "rome": [MACON], "territories": [TERRITORY], "programme": "emile", "label": "dossier-77"}
    made = api.post("/v1/households", json=body, headers=headers).json()
    stream.work()
    (placement,) = placements(api, caseworker)
    api.post(f"/v1/placements/{placement['id']}/decisions", json={"decision": "approve"}, headers=caseworker)
    api.post(f"/v1/placements/{placement['id']}/answer-links", headers=caseworker)
    assert api.delete(f"/v1/households/{made['id']}", headers=caseworker).status_code == 204
    with database.begin() as connection:  # as an engine that had it in hand when it was erased
        late = {"id": made["id"]}
        connection.execute(
            text("INSERT INTO engine_change (kind, key, source) VALUES ('household', :id, 'late')"), late
        )
    stream.work()
    for name, dump in tables(database).items():
        assert made["id"] not in dump, name
        assert "dossier-77" not in dump, name
    assert api.get(f"/v1/households/{made['id']}", headers=caseworker).status_code == 404
    (left,) = placements(api, caseworker)
    assert (left["step"], left["household"], left["terms"], left["reasons"]) == ("released", None, {}, [])
    second = household(api, caseworker)
    stream.work()
    assert [(one["household"], one["vacancy"]) for one in placements(api, caseworker, step="proposed")] == [
        (second["id"], home)
    ]


def test_the_funnel_counts_what_the_caseworker_sees(
    api: TestClient, caseworker: Key, make_key: MakeKey, stream: Stream
) -> None:
    stream.home()
    stream.post()
    household(api, caseworker)
    stream.work()
    body = api.get("/v1/funnel", headers=caseworker).json()
    steps = {one["step"]: (one["now"], one["reached"]) for one in body["steps"]}
    assert steps["proposed"] == (1, 1)
    assert steps["approved"] == (0, 0)
    assert body["households"] == {"live": 1}
    other = api.get("/v1/funnel", headers=make_key(Role.CASEWORKER)).json()
    assert all(one["now"] == 0 for one in other["steps"])


def test_programmes_tell_their_steps_and_reasons_to_everyone_with_a_key(api: TestClient, make_key: MakeKey) -> None:
    items = api.get("/v1/programmes", headers=make_key(Role.LANDLORD)).json()["items"]
    emile = next(one for one in items if one["code"] == "emile")
    assert emile["steps"][0] == {
        "step": "proposed",
        "label": "proposition à examiner",
        "delay": {"days": 2, "unit": "working_days"},
    }
    assert "rent_too_high" in {one["code"] for one in emile["refusals"]}
