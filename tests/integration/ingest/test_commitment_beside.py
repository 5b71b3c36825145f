"""What matching says of a vacancy stands beside the landlord's truth; its silence blocks nothing and is never a yes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from services.ingest.api import build
from services.ingest.settings import IngestSettings
from shared.identity import Role
from tests.integration.ingest.conftest import MakeKey
from tests.integration.ingest.test_http import BODY


@dataclass
class Matching:
    """Matching as a test wants it."""

    taken: dict[str, str] = field(default_factory=dict)
    answers: Any = None  # an exception or a response, instead of what is taken
    asked: list[httpx.Request] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if isinstance(self.answers, Exception):
            raise self.answers
        if self.answers is not None:
            response: httpx.Response = self.answers
            return response
        wanted = request.url.params.get_list("vacancy")
        items = [{"vacancy": one, "state": self.taken[one], "since": "2026-11-20T08:00:00.000Z", "until": None}
                 for one in wanted if one in self.taken]  # fmt: skip
        return httpx.Response(200, json={"items": items})


@pytest.fixture
def matching() -> Matching:
    return Matching()


@pytest.fixture
def beside(ingest_settings: IngestSettings, matching: Matching) -> Iterator[TestClient]:
    with TestClient(build(ingest_settings, matching=httpx.MockTransport(matching.answer))) as client:
        yield client


def test_a_list_asks_once_for_its_page_as_the_caller(beside: TestClient, matching: Matching, make_key: MakeKey) -> None:
    landlord = make_key(Role.LANDLORD)
    ids = [beside.put(f"/v1/vacancies/M-{n}", json=BODY, headers=landlord).json()["id"] for n in range(3)]
    matching.taken[ids[1]] = "held"
    items = beside.get("/v1/vacancies", headers=landlord).json()["items"]
    assert [item["commitment"]["state"] for item in items] == ["free", "held", "free"]
    assert items[1]["commitment"]["since"] == "2026-11-20T08:00:00.000Z"
    (request,) = matching.asked
    assert request.headers["authorization"] == landlord["Authorization"]
    assert request.url.params.get_list("vacancy") == ids
    one = beside.get(f"/v1/vacancies/{ids[1]}", headers=landlord).json()
    assert one["commitment"]["state"] == "held"
    assert "commitment" not in beside.get("/v1/vacancies/M-1?commitment=false", headers=landlord).json()
    assert len(matching.asked) == 2


@pytest.mark.parametrize(
    "answers",
    [
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("away"),
        httpx.Response(503),
        httpx.Response(401, json={}),
        httpx.Response(200, json={"unexpected": []}),
        httpx.Response(200, text="<html>"),
    ],
    ids=["slow", "away", "failing", "refusing", "strange", "no JSON"],
)
def test_no_clear_answer_is_unknown_and_the_vacancy_is_shown(
    beside: TestClient, matching: Matching, make_key: MakeKey, answers: Any
) -> None:
    landlord = make_key(Role.LANDLORD)
    beside.put("/v1/vacancies/M-1", json=BODY, headers=landlord)
    matching.answers = answers
    shown = beside.get("/v1/vacancies/M-1", headers=landlord)
    assert (shown.status_code, shown.json()["commitment"]) == (200, {"state": "unknown"})
    (item,) = beside.get("/v1/vacancies", headers=landlord).json()["items"]
    assert item["commitment"] == {"state": "unknown"}


def test_after_silence_matching_is_left_alone_for_a_while(
    beside: TestClient, matching: Matching, make_key: MakeKey
) -> None:
    landlord = make_key(Role.LANDLORD)
    beside.put("/v1/vacancies/M-1", json=BODY, headers=landlord)
    matching.answers = httpx.ReadTimeout("slow")
    for _ in range(4):
        assert beside.get("/v1/vacancies/M-1", headers=landlord).status_code == 200
    assert len(matching.asked) == 1
