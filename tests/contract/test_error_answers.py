"""Whatever goes wrong, an API answers with a problem: also for what no route expects, and with its servers gone."""

import re
from typing import Any

import pytest

from shared.identity import Role, scope_of
from shared.identity.rights import SERVICE_RIGHTS
from shared.web.problems import MEDIA_TYPE, ProblemType
from tests.contract.conftest import OPERATION, Route, api_routes, client_of, routes

KNOWN = {kind.uri: kind.value.status for kind in ProblemType}
WITH_BODY = [route for route in api_routes() if route.takes_json]
READING = [route for route in api_routes() if route.method == "GET" and route.path != "/v1/stream"]


def problem(response: Any, *statuses: int) -> dict[str, Any]:
    """The problem of a response: one of the catalogue, with the status it says."""
    assert response.status_code in statuses, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    told: dict[str, Any] = response.json()
    assert KNOWN[told["type"]] == told["status"] == response.status_code
    assert told["title"]
    assert re.fullmatch(r"req_[0-9A-Z]{26}", told["request_id"])
    return told


def allowed(route: Route) -> dict[str, str]:
    """The header of a role, or of the one service, that has the route's right."""
    if route.right is None:
        return {}
    right = route.right
    holder = SERVICE_RIGHTS.get(right) or next(role for role in Role if scope_of(role, *right))
    return {"Authorization": f"Bearer {holder}"}


def test_an_address_that_does_not_exist_is_a_problem(api: str) -> None:
    for path in ("/v1/nothing", "/v2/vacancies", "/v1", "/v1/territories/x/y/z", "/..%2fetc"):
        problem(client_of(api).get(path), 404)


@pytest.mark.parametrize("service", ["ingest", "scoring", "matching", "notify"])
def test_a_method_that_a_path_does_not_have_is_a_problem(service: str) -> None:
    for path in {route.example for route in routes(service)}:
        problem(client_of(service).request("TRACE", path), 405)


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff\xfe\x00", b"[" * 990, b'{"a": NaN, "a": 1}'],
    ids=["cut", "no UTF-8", "nested", "not a number"],
)
def test_a_body_that_cannot_be_read_is_a_problem_of_the_caller(route: Route, body: bytes) -> None:
    headers = {**allowed(route), "Content-Type": "application/json"}
    answer = client_of(route.service).request(route.method, route.example, content=body, headers=headers)
    problem(answer, 400, 422)


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
def test_a_body_with_unknown_fields_names_them(route: Route) -> None:
    answer = client_of(route.service).request(
        route.method, route.example, json={"no_such_field": 1}, headers=allowed(route) | {"Accept-Language": "en"}
    )
    told = problem(answer, 422)
    assert "no_such_field" in {error["field"] for error in told["errors"]}
    assert all(error["message"] for error in told["errors"])


FROM_THE_REPOSITORY = {
    "/v1/programmes": 200,
    "/v1/event-types": 200,
    "/v1/event-types/{name}": 404,
    "/v1/mail-actions/{token}": 404,  # the signature says that it is none of ours
}


@pytest.mark.parametrize("route", READING, ids=str)
def test_a_server_that_is_gone_is_said_so_and_when_to_come_back(route: Route) -> None:
    answer = client_of(route.service).get(route.example, headers=allowed(route))
    if route.path in FROM_THE_REPOSITORY:  # no server is asked
        assert answer.status_code == FROM_THE_REPOSITORY[route.path]
        return
    told = problem(answer, 503)
    assert told["type"] == "/problems/unavailable"
    assert answer.headers["retry-after"].isdecimal()


def test_a_process_whose_servers_are_gone_lives_and_is_not_ready(api: str) -> None:
    client = client_of(api)
    assert client.get("/livez").status_code == 200
    problem(client.get("/readyz"), 503)


def test_metrics_are_there_for_prometheus(api: str) -> None:
    answer = client_of(api).get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "ancrage_http_requests_total" in answer.text


def test_what_watches_a_process_has_no_data_of_anyone(api: str) -> None:
    assert {route.path for route in routes(api)} & OPERATION == set()


def test_a_failing_page_is_a_page_and_its_health_a_problem() -> None:
    client = client_of("console")
    page = client.get("/nowhere", headers={"Accept-Language": "fr"})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    problem(client.get("/readyz"), 503)
