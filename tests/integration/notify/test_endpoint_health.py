"""Endpoints that fail, overload or ask for a rate: circuit, giving up with a notice, rate limit, headers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from shared.clock import utc_now
from shared.identity import Role
from tests.integration.notify.made_events import placement_event
from tests.integration.notify.world import Caller, Notify, Produce, Receiver, count
from tests.patience import until

Make = Callable[..., Caller]


@pytest.fixture(autouse=True)
def running(notify: Notify) -> None:
    for role in ("api", "consumer", "dispatcher"):
        notify.start(role)


def endpoint(who: Caller, url: str, **values: Any) -> dict[str, Any]:
    answer = who.http.post("/v1/endpoints", json={"url": url, "types": ["placement.*"], **values})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def shown(who: Caller, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = who.http.get(f"/v1/endpoints/{made['id']}").json()
    return found


def test_after_failures_in_a_row_the_endpoint_is_left_in_peace_and_a_change_ends_that(
    caller: Make, receiver: Receiver, produce: Produce
) -> None:
    who = caller(Role.CASEWORKER)
    made = endpoint(who, receiver.url)
    receiver.status = 500
    for _ in range(12):
        produce("placements", placement_event(who.organisation))
    paused = until(lambda: (found := shown(who, made))["paused_until"] and found)
    assert paused["failing_since"] is not None
    tried = len(receiver.received)
    assert 5 <= tried < 12, "those that were left in peace used up no try"
    receiver.status = 204
    # Whoever changes the endpoint wants it tried: the pause ends.
    assert who.http.patch(f"/v1/endpoints/{made['id']}", json={"description": "réparé"}).json()["paused_until"] is None
    until(lambda: len({got.id for got in receiver.received}) == 12)
    until(lambda: shown(who, made)["delivered"] == 12)
    assert shown(who, made)["failing_since"] is None


def test_an_overloaded_endpoint_is_paused_as_long_as_it_asks(caller: Make, receiver: Receiver) -> None:
    who = caller(Role.CASEWORKER)
    made = endpoint(who, receiver.url)
    receiver.answers = [(503, {"retry-after": "600"}, b"")]
    who.http.post(f"/v1/endpoints/{made['id']}:test")
    paused = until(lambda: shown(who, made)["paused_until"])
    assert paused > (utc_now() + timedelta(seconds=500)).isoformat()
    assert len(receiver.received) == 1


def test_five_days_of_failure_disable_an_endpoint_and_its_organisation_is_told(
    caller: Make, receiver: Receiver, notify_engine: Engine
) -> None:
    who = caller(Role.CASEWORKER)
    dead = endpoint(who, "http://127.0.0.1:9/dead")
    watching = endpoint(who, receiver.url, types=["endpoint.disabled"])
    head = count(notify_engine, "SELECT last FROM live_counter")
    path = f"/v1/endpoints/{dead['id']}"
    for _ in range(2):
        who.http.post(f"{path}:test")
    until(lambda: shown(who, dead)["failing_since"])
    assert shown(who, dead)["enabled"]
    # As if that had gone on for five days; the next try is made now.
    with notify_engine.begin() as connection:
        connection.execute(
            text("UPDATE endpoint SET failing_since = :since, consecutive_failures = 30 WHERE id = :id"),
            {"since": utc_now() - timedelta(days=5, minutes=1), "id": dead["id"]},
        )
        connection.execute(
            text("UPDATE delivery SET next_attempt_at = now() WHERE endpoint_id = :id"), {"id": dead["id"]}
        )
    (got,) = until(lambda: receiver.received)
    told = got.verified_by(watching["secret"])
    assert (told["type"], told["data"]["endpoint"], told["data"]["reason"]) == (
        "endpoint.disabled",
        dead["id"],
        "failing",
    )
    disabled = shown(who, dead)
    assert (disabled["enabled"], disabled["disabled_reason"]) == (False, "failing")
    states = {item["state"] for item in who.http.get("/v1/deliveries", params={"endpoint": dead["id"]}).json()["items"]}
    assert states == {"disabled"}
    with notify_engine.connect() as connection:
        live = connection.execute(
            text("SELECT type, account FROM live_event WHERE seq > :head AND subject = :id"),
            {"head": head, "id": dead["id"]},
        ).all()
    assert [tuple(row) for row in live] == [("endpoint.disabled", who.organisation)]
    # Mended: enabled again, what it missed is sent by a replay.
    assert who.http.patch(path, json={"enabled": True, "url": receiver.url}).json()["failing_since"] is None
    assert who.http.post(f"{path}:replay").json() == {"queued": 2}
    until(lambda: len(receiver.received) == 3)


def test_a_rate_limit_holds_a_backlog_to_its_pace(caller: Make, receiver: Receiver, produce: Produce) -> None:
    who = caller(Role.CASEWORKER)
    made = endpoint(who, receiver.url, rate_per_minute=240)
    for _ in range(12):
        produce("placements", placement_event(who.organisation))
    until(lambda: len({got.id for got in receiver.received}) == 12)
    # Four at once, then four a second: twelve need two seconds, and a pace without limit some milliseconds.
    sent = [int(got.headers["webhook-timestamp"]) for got in receiver.received]
    assert max(sent) - min(sent) >= 1
    assert shown(who, made)["rate_per_minute"] == 240
    path = f"/v1/endpoints/{made['id']}"
    assert who.http.patch(path, json={"rate_per_minute": None}).json()["rate_per_minute"] is None


def test_added_headers_arrive_and_their_values_are_never_shown_or_stored_in_clear(
    caller: Make, receiver: Receiver, notify_engine: Engine
) -> None:
    who = caller(Role.CASEWORKER)
    value = "Bearer a-partners-gateway-key"
    made = endpoint(who, receiver.url, headers={"Authorization": value, "X-Tenant": "15"})
    assert made["headers"] == ["Authorization", "X-Tenant"]
    path = f"/v1/endpoints/{made['id']}"
    who.http.post(f"{path}:test")
    (got,) = until(lambda: receiver.received)
    assert (got.headers["authorization"], got.headers["x-tenant"]) == (value, "15")
    got.verified_by(made["secret"])
    assert value not in who.http.get(path).text
    with notify_engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT e::text FROM endpoint e WHERE id = %s", (made["id"],)).scalar_one()
    assert "gateway" not in row
    assert value.encode().hex() not in row
    assert who.http.patch(path, json={"headers": {}}).json()["headers"] == []
    who.http.post(f"{path}:test")
    until(lambda: len(receiver.received) == 2)
    assert "authorization" not in receiver.received[1].headers


@pytest.mark.parametrize("headers", [{"Host": "internal"}, {"webhook-id": "x"}, {"X-A": "a\r\nHost: b"}, {"a b": "c"}])
def test_a_header_that_speaks_for_somebody_else_is_named_with_a_remedy(
    caller: Make, headers: dict[str, str], receiver: Receiver
) -> None:
    who = caller(Role.CASEWORKER)
    body = {"url": receiver.url, "types": ["*"], "headers": headers}
    answer = who.http.post("/v1/endpoints", json=body, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "headers"
    assert error["message"]
    assert error["remedy"]


def test_filters_reach_deliveries_and_a_role_uses_those_that_are_its_own(
    caller: Make, receiver: Receiver, produce: Produce
) -> None:
    who = caller(Role.CASEWORKER)
    landlord = caller(Role.LANDLORD)
    asked = {"landlords": ["org_here"], "caseworkers": ["usr_01"], "programmes": ["generique"]}
    matching = endpoint(who, receiver.url, **asked)
    others = [endpoint(who, receiver.url, **{**asked, name: [value]}) for name, value in (
        ("landlords", "org_elsewhere"), ("caseworkers", "usr_02"), ("programmes", "emile"))]  # fmt: skip
    assert {name: matching[name] for name in asked} == asked
    event = placement_event(who.organisation, landlord="org_here")
    produce("placements", event)
    until(lambda: receiver.received)
    produce("placements", placement_event(who.organisation, landlord="org_here"))
    until(lambda: len(receiver.received) == 2)
    for made in others:
        assert who.http.get("/v1/deliveries", params={"endpoint": made["id"]}).json()["items"] == []
    for name in ("programmes", "caseworkers"):
        body = {"url": receiver.url, "types": ["placement.*"], name: ["emile"]}
        answer = landlord.http.post("/v1/endpoints", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, name)
    own = endpoint(landlord, receiver.url)
    answer = landlord.http.patch(f"/v1/endpoints/{own['id']}", json={"programmes": ["emile"]})
    assert answer.status_code == 422


def test_the_catalogue_is_read_without_a_key(notify: Notify) -> None:
    with httpx.Client(base_url=notify.settings.url("notify"), trust_env=False) as nobody:
        listed = nobody.get("/v1/event-types", headers={"Accept-Language": "en"}).json()
        one = nobody.get("/v1/event-types/placement.approved").json()
        assert nobody.get("/v1/event-types/placement.unknown").status_code == 404
    assert {"placement.approved", "territory.score", "endpoint.test"} <= {item["name"] for item in listed["items"]}
    assert listed["filters"]["programmes"] == ["caseworker", "territory", "operator"]
    assert one["schema"]["properties"]["type"] == {"const": "placement.approved"}
    assert one["example"]["data"]["step"] == "approved"
