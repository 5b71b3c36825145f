"""The household's page without account or script, and the live stream passed on."""

import re

import pytest
from fastapi.testclient import TestClient

from services.console.adapters.apis import ALERTING
from services.console.adapters.sessions import COOKIE
from shared.identity import Role
from tests.console_fakes import PLACEMENT, World, placement
from tests.unit.console.test_console_pages import ANSWER, token_of

PATH = "/reponse/tok"


@pytest.fixture
def asked(made: World) -> World:
    made.fakes.on("matching", "GET", "/v1/answers/tok", ANSWER)
    made.fakes.on("matching", "POST", "/v1/answers/tok", {**ANSWER, "answer": "call"})
    return made


@pytest.mark.parametrize("code", ["fr", "en", "ar", "prs", "uk"])
def test_the_page_is_light_needs_no_script_and_no_cookie(asked: World, visitor: TestClient, code: str) -> None:
    page = visitor.get(f"{PATH}?langue={code}")
    style = visitor.get(re.search(r'href="(/assets/[^"]+\.css)"', page.text)[1])  # type: ignore[index]
    assert len(page.content) + len(style.content) < 60_000
    assert "<script" not in page.text
    assert "set-cookie" not in page.headers
    assert page.text.count('name="answer"') == 4
    assert f'<html lang="{code}" dir="{"rtl" if code in {"ar", "prs"} else "ltr"}">' in page.text
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["x-robots-tag"] == "noindex"


def test_the_page_tells_that_one_can_change_ones_mind(asked: World, visitor: TestClient) -> None:
    assert "jusqu'à la signature du bail" in visitor.get(PATH).text.replace("&#39;", "'")


def test_reading_never_answers(asked: World, visitor: TestClient) -> None:
    visitor.get(PATH)
    visitor.head(PATH)
    assert {one.method for one in asked.fakes.asked} == {"GET"}
    assert {one.bearer for one in asked.fakes.asked} == {None}


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({"answer": "yes"}, {"answer": "yes"}),
        ({"answer": "no", "reason": "rent_too_high"}, {"answer": "no", "reason": "rent_too_high"}),
        ({"answer": "no"}, {"answer": "no"}),
        ({"answer": "call", "reason": "ignored"}, {"answer": "call"}),
    ],
)
def test_an_answer_is_passed_on(
    asked: World, visitor: TestClient, fields: dict[str, str], body: dict[str, str]
) -> None:
    token = token_of(visitor.get(PATH))
    answer = visitor.post(f"{PATH}?langue=uk", data={"form_token": token, **fields})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?langue=uk")
    assert asked.fakes.last("POST", "/v1/answers/tok").body == body


def test_a_signed_in_professional_answers_nothing_with_their_own_right(asked: World, visitor: TestClient) -> None:
    visitor.cookies.set(COOKIE, asked.sessions.add(Role.CASEWORKER))
    visitor.get(PATH)
    assert asked.fakes.last("GET", "/v1/answers/tok").bearer is None


def test_a_form_of_another_link_is_refused(asked: World, visitor: TestClient) -> None:
    asked.fakes.on("matching", "GET", "/v1/answers/other", ANSWER)
    token = token_of(visitor.get("/reponse/other"))
    answer = visitor.post(PATH, data={"form_token": token, "answer": "yes"})
    assert answer.status_code == 403
    assert not [one for one in asked.fakes.asked if one.method == "POST"]


def test_a_dead_link_says_whom_to_call(made: World, visitor: TestClient) -> None:
    page = visitor.get("/reponse/unknown")
    assert page.status_code == 404
    assert "Appelez votre accompagnant" in page.text


def test_the_stream_is_passed_on_as_it_comes_with_its_ids(made: World, caseworker: TestClient) -> None:
    made.fakes.events = ["id: 41-0\n\n", 'id: 42-0\nevent: placement.proposed\ndata: {"placement":"plc_1"}\n\n']
    answer = caseworker.get("/alertes", headers={"accept": "text/event-stream", "last-event-id": "40-0"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "content-encoding" not in answer.headers
    assert answer.text == "".join(made.fakes.events)
    asked = made.fakes.last("GET", "/v1/stream")
    assert (asked.bearer, asked.query) == ("ans_caseworker.secret", {"types": ALERTING[-1]})


def test_a_stream_needs_a_session(visitor: TestClient) -> None:
    answer = visitor.get("/alertes", headers={"accept": "text/event-stream"})
    assert answer.status_code == 303


def test_an_alert_is_told_by_right_and_with_the_households_mark(made: World, caseworker: TestClient) -> None:
    page = caseworker.get(f"/alertes/phrase?placement={PLACEMENT}&step=proposed")
    assert "le ménage K-204" in page.text
    assert caseworker.get(f"/alertes/phrase?placement={PLACEMENT}&step=approved").status_code == 204
    assert caseworker.get("/alertes/phrase?placement=plc_other").status_code == 204
    made.fakes.on("matching", "GET", f"/v1/placements/{PLACEMENT}", placement("verifying"))
    assert caseworker.get(f"/alertes/phrase?placement={PLACEMENT}").status_code == 204
