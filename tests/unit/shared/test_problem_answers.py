"""Problem answers: RFC 9457 members, both languages, stable types."""

import json
import re
from typing import Any

import pytest
from starlette.requests import Request

from shared.web.problems import MEDIA_TYPE, Problem, ProblemType, answer, language


def request(accept_language: str | None = None) -> Request:
    headers = [(b"accept-language", accept_language.encode())] if accept_language else []
    return Request({"type": "http", "method": "GET", "path": "/v1/x", "headers": headers, "state": {}})


def body(problem: Problem, accept_language: str | None = None) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(bytes(answer(request(accept_language), problem).body))
    return told


@pytest.mark.parametrize("kind", ProblemType, ids=lambda kind: kind.value.code)
def test_every_problem_has_its_type_status_and_both_languages(kind: ProblemType) -> None:
    response = answer(request(), Problem(kind))
    told = json.loads(bytes(response.body))
    assert response.media_type == MEDIA_TYPE
    assert response.status_code == told["status"] == kind.value.status
    assert told["type"] == f"/problems/{kind.value.code}"
    assert told["title"] == kind.value.title.fr
    assert body(Problem(kind), "en-GB,fr;q=0.5")["title"] == kind.value.title.en
    assert kind.value.title.fr != kind.value.title.en


def test_codes_are_stable_words_and_none_is_used_twice() -> None:
    codes = [kind.value.code for kind in ProblemType]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [(None, "fr"), ("", "fr"), ("en", "en"), ("EN-us", "en"), ("de,en", "fr"), ("fr,en", "fr")],
)
def test_french_unless_english_is_asked_for_first(accepted: str | None, expected: str) -> None:
    assert language(request(accepted)) == expected


def test_a_problem_of_one_field_names_field_value_message_and_remedy() -> None:
    problem = Problem(ProblemType.INVALID_FIELDS, "Inconnu.", field="rome", value="X", remedy="F1703 ?")
    assert body(problem)["errors"] == [{"field": "rome", "value": "X", "message": "Inconnu.", "remedy": "F1703 ?"}]


def test_a_problem_with_english_words_says_them_to_who_reads_english() -> None:
    problem = Problem(
        ProblemType.INVALID_FIELDS,
        "Inconnu.",
        field="rome",
        value="X",
        remedy="F1703 ?",
        en="Unknown.",
        remedy_en="F1703?",
    )
    english = body(problem, "en")
    assert english["detail"] == "Unknown."
    assert english["errors"] == [{"field": "rome", "value": "X", "message": "Unknown.", "remedy": "F1703?"}]
    assert body(problem)["errors"][0]["message"] == body(problem)["detail"] == "Inconnu."


def test_english_words_of_the_whole_leave_the_errors_of_the_fields_alone() -> None:
    errors = [{"field": "a", "message": "x", "remedy": "y"}]
    told = body(Problem(ProblemType.INVALID_FIELDS, "Inconnu.", en="Unknown.", errors=errors), "en")
    assert (told["detail"], told["errors"]) == ("Unknown.", errors)


def test_a_field_without_words_of_its_own_takes_the_title_in_the_readers_language() -> None:
    problem = Problem(ProblemType.IDEMPOTENCY_CONFLICT, field="Idempotency-Key", value="k")
    assert body(problem, "en")["errors"][0]["message"] == ProblemType.IDEMPOTENCY_CONFLICT.value.title.en
    assert body(problem, "fr")["errors"][0]["message"] == ProblemType.IDEMPOTENCY_CONFLICT.value.title.fr


def test_a_kind_with_a_remedy_says_it_where_the_field_has_none() -> None:
    bare = Problem(ProblemType.IDEMPOTENCY_CONFLICT, field="Idempotency-Key", value="k")
    assert body(bare, "en")["errors"][0]["remedy"].startswith("A new key")
    assert body(bare, "fr")["errors"][0]["remedy"].startswith("Une clé nouvelle")
    told = Problem(ProblemType.IDEMPOTENCY_CONFLICT, field="Idempotency-Key", value="k", remedy="Do this.")
    assert body(told, "en")["errors"][0]["remedy"] == "Do this."


def test_headers_and_request_id_come_along() -> None:
    asked = request()
    asked.state.request_id = "req_12345678"
    response = answer(asked, Problem(ProblemType.UNAVAILABLE, headers={"Retry-After": "2"}))
    assert response.headers["retry-after"] == "2"
    assert json.loads(bytes(response.body))["request_id"] == "req_12345678"
