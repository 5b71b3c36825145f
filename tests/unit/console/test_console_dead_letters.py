"""Refused records on the console: for operators, the content never as markup, handed again with what became of it."""

from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from services.console.adapters.sessions import COOKIE
from shared.identity import Role
from tests.console_fakes import World
from tests.unit.console.test_console_subscriptions import token_of

LETTER = "placements.dlq-0-7"
PAGE = f"/incidents/notify/{LETTER}"


def letter(**changed: Any) -> dict[str, Any]:
    return {
        "id": LETTER,
        "source": "placements-3-17",
        "consumer": "notify.consumer",
        "reason": "handler failed: <b>KeyError</b>",
        "refused_at": "2026-11-24T08:00:00.000Z",
        "key": "plc_1",
        "bytes": 30,
        "replayable": True,
        "remedy": None,
        **changed,
    }


@pytest.fixture
def operator(made: World, visitor: TestClient) -> TestClient:
    visitor.cookies.set(COOKIE, made.sessions.add(Role.OPERATOR))
    packed = letter(id="offers.dlq-0-1", replayable=False, remedy="ancrage ingest republish off_1")
    made.fakes.on("notify", "GET", "/v1/dead-letters", {"items": [letter()], "next": None})
    made.fakes.on("scoring", "GET", "/v1/dead-letters", {"items": [packed], "next": "abc"})
    made.fakes.on("matching", "GET", "/v1/dead-letters", httpx.ConnectError("gone"))
    detail = letter(value="<script>alert(1)</script>", complete=True)
    made.fakes.on("notify", "GET", f"/v1/dead-letters/{LETTER}", detail)
    return visitor


def test_letters_of_all_services_are_listed_and_one_that_is_silent_is_said(operator: TestClient) -> None:
    page = operator.get("/incidents")
    assert page.status_code == 200
    assert f'href="{PAGE}"' in page.text
    assert "handler failed: &lt;b&gt;KeyError&lt;/b&gt;" in page.text
    assert "ancrage ingest republish off_1" in page.text
    assert "Ce service ne répond pas." in page.text
    assert "?service=scoring" in page.text


def test_one_service_goes_on_page_by_page(made: World, operator: TestClient) -> None:
    page = operator.get("/incidents", params={"service": "scoring", "suite": "xyz"})
    assert made.fakes.last("GET", "/v1/dead-letters").query == {"limit": "50", "cursor": "xyz"}
    assert "?service=scoring&amp;suite=abc" in page.text


def test_the_content_is_text(operator: TestClient) -> None:
    page = operator.get(PAGE).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_a_record_is_handed_again(made: World, operator: TestClient) -> None:
    made.fakes.on("notify", "POST", f"/v1/dead-letters/{LETTER}:replay", {"id": LETTER, "result": "replayed"})
    answer = operator.post(f"{PAGE}/rejeu", data={"form_token": token_of(operator.get(PAGE))})
    assert (answer.status_code, answer.headers["location"]) == (303, "/incidents?fait=rejeu")
    assert made.fakes.last("POST", f"/v1/dead-letters/{LETTER}:replay").bearer
    assert "Présenté de nouveau" in operator.get("/incidents?fait=rejeu").text


def test_a_record_that_is_refused_again_says_what_to_do(made: World, operator: TestClient) -> None:
    errors = [{"field": "letter", "message": "non", "remedy": "ancrage ingest republish vac_1"}]
    path = f"/v1/dead-letters/{LETTER}:replay"
    made.fakes.problem("notify", "POST", path, 409, detail="refusé de nouveau", errors=errors)
    answer = operator.post(f"{PAGE}/rejeu", data={"form_token": token_of(operator.get(PAGE))})
    assert answer.status_code == 409
    assert "refusé de nouveau" in answer.text
    assert "ancrage ingest republish vac_1" in answer.text


def test_without_the_token_of_its_page_nothing_is_handed_again(made: World, operator: TestClient) -> None:
    assert operator.post(f"{PAGE}/rejeu", data={}).status_code == 403
    assert not [one for one in made.fakes.asked if one.method == "POST"]


def test_the_page_is_for_operators(caseworker: TestClient) -> None:
    assert caseworker.get("/incidents").status_code == 403
    assert caseworker.get(PAGE).status_code == 403


@pytest.mark.parametrize("service", ["ingest", "console", "..."])
def test_another_service_has_none(operator: TestClient, service: str) -> None:
    assert operator.get(f"/incidents/{service}/{LETTER}").status_code == 404
