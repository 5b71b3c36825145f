"""Endpoints by HTTP: the secret once, tenancy, remedies for bad input."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from shared.identity import Role
from tests.integration.notify.world import Caller, Receiver, count
from tests.patience import until

Make = Callable[..., Caller]
SMALLEST = {
    "url": "http://127.0.0.1:9000/hook",
    "types": ["placement.*", "territory.score"],
    "territories": ["241500230"],
}


def created(who: Caller, **values: Any) -> dict[str, Any]:
    answer = who.http.post("/v1/endpoints", json={**SMALLEST, **values})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_new_endpoint_answers_its_secret_once(caller: Make, notify_engine: Engine) -> None:
    who = caller(Role.CASEWORKER)
    made = created(who)
    assert made["id"].startswith("we_")
    assert made["secret"].startswith("whsec_")
    assert made["enabled"] is True
    shown = who.http.get(f"/v1/endpoints/{made['id']}").json()
    assert "secret" not in shown
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    (listed,) = who.http.get("/v1/endpoints").json()["items"]
    assert listed == shown
    with notify_engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT secret FROM endpoint WHERE id = %s", (made["id"],)).scalar_one()
    assert made["secret"].encode() not in bytes(stored)
    assert made["secret"].removeprefix("whsec_").encode() not in bytes(stored)


def test_the_same_idempotency_key_makes_one_endpoint_and_keeps_its_secret_out_of_the_store(
    caller: Make, notify_engine: Engine
) -> None:
    who = caller(Role.CASEWORKER)
    headers = {"Idempotency-Key": "one-and-the-same"}
    first = who.http.post("/v1/endpoints", json=SMALLEST, headers=headers)
    again = who.http.post("/v1/endpoints", json=SMALLEST, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len(who.http.get("/v1/endpoints").json()["items"]) == 1
    other = who.http.post("/v1/endpoints", json={**SMALLEST, "types": ["placement.*"]}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-conflict")
    assert count(notify_engine, "SELECT count(*) FROM idempotency WHERE answer::text LIKE '%whsec%'") == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "https://10.0.0.1/hook"}, "url"),
        ({"url": "https://2130706433/"}, "url"),
        ({"url": "https://user:password@partner.example/"}, "url"),
        ({"url": "ftp://partner.example/"}, "url"),
        ({"url": "nonsense"}, "url"),
        ({"types": ["placement.unknown"]}, "types"),
        ({"types": ["household.*"]}, "types"),
        ({"territories": ["15014"]}, "territories"),
        ({"territories": ["nowhere"]}, "territories"),
    ],
)
def test_bad_input_is_named_with_a_remedy(caller: Make, change: dict[str, Any], field: str) -> None:
    answer = caller(Role.CASEWORKER).http.post("/v1/endpoints", json={**SMALLEST, **change})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert error["message"]
    assert error["remedy"]
    assert "password" not in answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"types": []},
        {"minimum_score_change": 0},
        {"minimum_score_change": "NaN"},
        {"colour": "blue"},
        {"url": 5},
        {"url": "https://partner.example/" + "x" * 2000},
    ],
)
def test_a_body_of_another_shape_is_refused(caller: Make, change: dict[str, Any]) -> None:
    assert caller(Role.CASEWORKER).http.post("/v1/endpoints", json={**SMALLEST, **change}).status_code == 422


def test_a_role_that_would_never_be_told_hears_it_at_once(caller: Make) -> None:
    answer = caller(Role.FEED).http.post("/v1/endpoints", json={**SMALLEST, "types": ["placement.*"]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["remedy"] == "endpoint.disabled, message.undeliverable, territory.score"


def test_without_a_key_nothing_opens(notify: Any, caller: Make) -> None:
    caller(Role.CASEWORKER)
    with httpx.Client(base_url=notify.settings.url("notify"), trust_env=False) as nobody:
        for method, path in (
            ("GET", "/v1/endpoints"),
            ("POST", "/v1/endpoints"),
            ("GET", "/v1/deliveries"),
            ("GET", "/v1/stream"),
            ("GET", "/v1/preferences"),
        ):
            assert nobody.request(method, path).status_code == 401


def test_what_belongs_to_another_organisation_does_not_exist(caller: Make) -> None:
    owner, stranger = caller(Role.LANDLORD), caller(Role.OPERATOR)
    made = created(owner)
    path = f"/v1/endpoints/{made['id']}"
    test = owner.http.post(f"{path}:test").json()["delivery"]
    assert [
        stranger.http.get(path).status_code,
        stranger.http.patch(path, json={"enabled": False}).status_code,
        stranger.http.delete(path).status_code,
        stranger.http.post(f"{path}:rotate").status_code,
        stranger.http.post(f"{path}:test").status_code,
        stranger.http.post(f"{path}:replay").status_code,
        stranger.http.get(f"/v1/deliveries/{test}").status_code,
    ] == [404] * 7
    assert stranger.http.get("/v1/endpoints").json()["items"] == []
    assert stranger.http.get("/v1/deliveries", params={"endpoint": made["id"]}).json()["items"] == []
    assert owner.http.get(path).json()["enabled"] is True


def test_an_endpoint_is_changed_disabled_and_removed(caller: Make) -> None:
    who = caller(Role.TERRITORY, territories=frozenset({"15"}))
    path = f"/v1/endpoints/{created(who)['id']}"
    changed = who.http.patch(path, json={"types": ["vacancy.*"], "territories": ["15"], "description": "essai"}).json()
    assert (changed["types"], changed["territories"], changed["description"]) == (["vacancy.*"], ["15"], "essai")
    assert who.http.patch(path, json={"url": "https://192.168.0.1/"}).status_code == 422
    assert who.http.patch(path, json={"types": None}).status_code == 422
    disabled = who.http.patch(path, json={"enabled": False}).json()
    assert (disabled["enabled"], disabled["disabled_reason"]) == (False, "owner")
    assert who.http.post(f"{path}:test").status_code == 409
    assert who.http.patch(path, json={"enabled": True}).json()["disabled_reason"] is None
    assert who.http.delete(path).status_code == 204
    assert who.http.get(path).status_code == 404


def test_endpoints_come_in_pages(caller: Make) -> None:
    who = caller(Role.CASEWORKER)
    made = [created(who)["id"] for _ in range(5)]
    seen: list[str] = []
    cursor = None
    for _ in range(5):
        page = who.http.get("/v1/endpoints", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made


def test_an_organisation_has_at_most_fifty_endpoints(caller: Make) -> None:
    who = caller(Role.CASEWORKER)
    for _ in range(50):
        created(who)
    assert who.http.post("/v1/endpoints", json=SMALLEST).status_code == 409


def test_preferences_are_ones_own_and_validated(caller: Make) -> None:
    who = caller(Role.CASEWORKER)
    first = who.http.get("/v1/preferences").json()
    assert (first["muted_types"], first["daily_maximum"]) == ([], 5)
    wanted = {"muted_types": ["vacancy.*"], "daily_maximum": 3}
    shown = who.http.put("/v1/preferences", json=wanted).json()
    assert {name: shown[name] for name in wanted} == wanted
    assert who.http.get("/v1/preferences").json() == shown
    assert caller(Role.CASEWORKER).http.get("/v1/preferences").json()["daily_maximum"] == 5
    for bad in ({"muted_types": ["nothing.*"]}, {"daily_maximum": -1}, {"daily_maximum": 101}, {"colour": "blue"}):
        assert who.http.put("/v1/preferences", json=bad).status_code == 422
    assert who.http.get("/v1/preferences").json() == shown


def test_a_rotation_signs_with_both_secrets(caller: Make, notify: Any, receiver: Receiver) -> None:
    notify.start("dispatcher")
    who = caller(Role.CASEWORKER)
    made = created(who, url=receiver.url)
    rotated = who.http.post(f"/v1/endpoints/{made['id']}:rotate").json()
    assert rotated["secret"] != made["secret"]
    who.http.post(f"/v1/endpoints/{made['id']}:test")
    until(lambda: receiver.received)
    for secret in (made["secret"], rotated["secret"]):
        assert receiver.received[0].verified_by(secret)["type"] == "endpoint.test"
