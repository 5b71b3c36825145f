"""The pages of webhook endpoints: forms by role, what is asked of notify, tries with their answers."""

import re
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from services.console.core.endpoints import body_of, fields_for, since_of
from services.console.core.entry import Entry
from shared.identity import Role
from tests.console_fakes import World

ENDPOINT = {
    "id": "we_1",
    "url": "https://partenaire.exemple/ancrage",
    "types": ["placement.*", "endpoint.disabled"],
    "territories": [],
    "landlords": [],
    "caseworkers": [],
    "programmes": ["emile"],
    "minimum_score_change": 1.0,
    "rate_per_minute": 60,
    "headers": ["Authorization"],
    "description": None,
    "enabled": False,
    "disabled_reason": "failing",
    "created_at": "2026-11-23T08:54:59.120Z",
    "updated_at": "2026-11-23T08:54:59.120Z",
    "delivered": 3,
    "failed_tries": 40,
    "failing_since": "2026-11-18T08:54:59.120Z",
    "paused_until": None,
    "last_success_at": None,
    "last_failure_at": None,
}
DELIVERY = {
    "id": "msg_1",
    "endpoint": "we_1",
    "type": "placement.approved",
    "subject": "plc_1",
    "territory": "241500230",
    "state": "failed",
    "attempts": 2,
    "next_attempt_at": None,
    "last_status": 500,
    "last_error": None,
    "latency_ms": 12,
    "created_at": "2026-11-23T08:54:59.120Z",
    "ended_at": None,
    "payload": '{"type":"placement.approved"}',
    "tries": [
        {"number": 1, "at": "2026-11-23T08:55:00.000Z", "status": None, "error": "timeout", "latency_ms": 15000,
         "excerpt": None},
        {"number": 2, "at": "2026-11-23T08:55:06.000Z", "status": 500, "error": None, "latency_ms": 12,
         "excerpt": "<script>alert(1)</script> panne"},
    ],
}  # fmt: skip


def token_of(page: httpx2.Response) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert found
    return found.group(1)


@pytest.fixture(autouse=True)
def notify(made: World) -> None:
    made.fakes.on("notify", "GET", "/v1/endpoints/we_1", ENDPOINT)
    made.fakes.on("notify", "GET", "/v1/deliveries", {"items": [DELIVERY], "next": None})
    made.fakes.on("notify", "GET", "/v1/deliveries/msg_1", DELIVERY)


@pytest.mark.parametrize(
    ("role", "hidden"),
    [
        (Role.CASEWORKER, set()),
        (Role.TERRITORY, {"mine"}),
        (Role.OPERATOR, {"mine"}),
        (Role.LANDLORD, {"mine", "programmes"}),
        (Role.FEED, {"mine", "programmes"}),
    ],
)
def test_a_form_offers_the_filters_that_the_role_may_use(role: Role, hidden: set[str]) -> None:
    offered = {one.name for one in fields_for(role)}
    assert {"mine", "programmes"} - offered == hidden


def test_only_mine_names_the_caseworker_and_a_header_is_one_of_headers() -> None:
    entry = Entry(body={"url": "u", "mine": ["yes"], "header_name": "X-Key", "header_value": "v"})
    assert body_of(entry, "usr_1") == {"url": "u", "caseworkers": ["usr_1"], "headers": {"X-Key": "v"}}
    assert body_of(Entry(body={"url": "u"}), "usr_1") == {"url": "u"}


def test_a_day_begins_in_paris() -> None:
    assert since_of("2026-11-23") == "2026-11-23T00:00:00+01:00"
    assert since_of("2026-07-01") == "2026-07-01T00:00:00+02:00"
    assert since_of("hier") is None


def test_a_new_subscription_asks_notify_for_what_was_chosen(made: World, caseworker: TestClient) -> None:
    made.fakes.on("notify", "POST", "/v1/endpoints", {**ENDPOINT, "secret": "whsec_once"})
    form = caseworker.get("/abonnements/nouveau")
    page = caseworker.post(
        "/abonnements/nouveau",
        data={
            "form_token": token_of(form),
            "url": ENDPOINT["url"],
            "types": ["placement.*"],
            "programmes": ["emile"],
            "rate_per_minute": "60",
            "header_name": "Authorization",
            "header_value": "Bearer k",
        },
    )
    assert "whsec_once" in page.text
    sent = made.fakes.last("POST", "/v1/endpoints").body
    assert sent["programmes"] == ["emile"]
    assert sent["rate_per_minute"] == 60
    assert sent["headers"] == {"Authorization": "Bearer k"}


def test_a_header_that_is_refused_is_named_beside_its_field(made: World, caseworker: TestClient) -> None:
    error = {"field": "headers", "message": "Host appartient à la plateforme.", "remedy": "X-Api-Key"}
    made.fakes.problem("notify", "POST", "/v1/endpoints", 422, errors=[error])
    form = caseworker.get("/abonnements/nouveau")
    data = {"form_token": token_of(form), "url": "https://a.fr/", "types": ["placement.*"], "header_name": "Host",
            "header_value": "x"}  # fmt: skip
    page = caseworker.post("/abonnements/nouveau", data=data)
    assert page.status_code == 422
    assert 'id="p-header_name-1"' in page.text
    assert "Host appartient" in page.text


def test_why_an_endpoint_is_disabled_is_said_with_what_to_do(caseworker: TestClient) -> None:
    page = caseworker.get("/abonnements/we_1").text
    assert "cinq jours" in page
    assert "EMILE" in page
    assert "Authorization" in page


def test_tries_show_status_duration_and_answer_as_text_only(caseworker: TestClient) -> None:
    page = caseworker.get("/abonnements/we_1/envois/msg_1").text
    assert "timeout" in page
    assert "500" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; panne" in page
    assert "<script>alert(1)" not in page
    assert "msg_1" in page


@pytest.mark.parametrize(
    ("data", "asked"),
    [
        ({"since": "2026-11-20"}, {"since": "2026-11-20T00:00:00+01:00"}),
        ({"since": ""}, {}),
        ({"delivery": "msg_1"}, {"delivery": "msg_1"}),
    ],
)
def test_a_replay_is_of_one_since_a_day_or_of_all(
    made: World, caseworker: TestClient, data: dict[str, str], asked: dict[str, Any]
) -> None:
    made.fakes.on("notify", "POST", "/v1/endpoints/we_1:replay", {"queued": 2})
    form = caseworker.get("/abonnements/we_1")
    answer = caseworker.post("/abonnements/we_1/renvoi", data={"form_token": token_of(form), **data})
    assert answer.headers.get("location") == "/abonnements/we_1?fait=replay" or answer.status_code == 200
    assert made.fakes.last("POST", "/v1/endpoints/we_1:replay").body == asked


def test_a_day_that_is_none_is_said_so(caseworker: TestClient) -> None:
    form = caseworker.get("/abonnements/we_1")
    answer = caseworker.post("/abonnements/we_1/renvoi", data={"form_token": token_of(form), "since": "2026-13-01"})
    assert answer.status_code == 422
