"""The application factory: every service answers, refuses and fails alike."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
import structlog
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from sqlalchemy.exc import DataError, OperationalError

from shared.identity import Action, Actor, Resource, Role, Scope
from shared.settings import Settings
from shared.telemetry import HTTP_REQUESTS
from shared.web.access import Access, public, requires
from shared.web.application import create_app
from shared.web.problems import MEDIA_TYPE

LIMIT = 1000
JSON = {"Content-Type": "application/json"}
ROLES = {role.value: Actor(role.value, "org_1", "Organisation", role) for role in Role}


class KnownBearers:
    """Opens to the name of a role."""

    def remembers(self, _: str) -> bool:
        return True

    def actor(self, text: str) -> Actor | None:
        return ROLES.get(text)


class Home(BaseModel):
    model_config = ConfigDict(extra="forbid")

    surface_m2: Annotated[float, Field(gt=0)]
    reference: str = ""


def application(**checks: Any) -> FastAPI:
    """An application with a route of each kind."""
    settings = Settings(secret_keys=SecretStr("k" * 32), max_body_bytes=LIMIT)
    app = create_app("tested", title="T", settings=settings, checks=checks, unlimited_paths=("/bulk",))
    app.state.bearers = KnownBearers()

    @app.post("/homes")
    def post(home: Home) -> dict[str, Any]:
        return home.model_dump()

    @app.post("/bulk")
    async def bulk(request: Request) -> int:
        return len(await request.body())

    @app.get("/households")
    def households(access: Annotated[Access, Depends(requires(Resource.HOUSEHOLD, Action.READ))]) -> dict[str, str]:
        return {"actor": access.actor.id, "scope": access.scope}

    @app.get("/open")
    def anyone(actor: Annotated[Actor | None, Depends(public())]) -> str | None:
        return actor.id if actor else None

    @app.post("/fail/{secret}")
    @app.get("/fail/{secret}")
    def fail(secret: str) -> None:
        failures = {
            "database": OperationalError("SELECT 1", {}, Exception("gone")),
            "value": DataError("SELECT 1", {}, Exception("NUL")),
            "surrogate": UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
            "teapot": HTTPException(418, "internal words"),
            "gateway": HTTPException(502, "internal words"),
            "busy": HTTPException(429, headers={"Retry-After": "7"}),
        }
        raise failures.get(secret, RuntimeError(f"internal words about {secret}"))

    return app


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(application(), raise_server_exceptions=False) as made:
        yield made


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem of a response, which is one, of this kind, with its request id."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    told: dict[str, Any] = response.json()
    assert (told["type"], told["status"]) == (f"/problems/{code}", status)
    assert told["request_id"] == response.headers["x-request-id"]
    return told


def test_an_unknown_address_and_a_wrong_method_are_problems(client: TestClient) -> None:
    problem(client.get("/nowhere"), 404, "not-found")
    assert "POST" in client.get("/homes").headers["allow"]
    problem(client.get("/homes"), 405, "method-not-allowed")


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b"\xff\xfe", b'{"surface_m2": 1, "reference": "\xff"}', b"[" * 990],
    ids=["cut", "empty", "no UTF-8", "no UTF-8 inside", "nested"],
)
def test_a_body_that_is_no_json_is_the_callers_problem(client: TestClient, body: bytes) -> None:
    response = client.post("/homes", content=body, headers=JSON)
    assert response.status_code in {400, 422}
    problem(response, response.status_code, "invalid-json" if body else "invalid-fields")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"surface_m2": NaN}', "surface_m2"),
        (b'{"surface_m2": -Infinity}', "surface_m2"),
        (b'{"surface_m2": 1, "reference": 5}', "reference"),
        (b'{"surface_m2": 1, "floor": 5}', "floor"),
        (b"{}", "surface_m2"),
    ],
)
def test_wrong_fields_are_named(client: TestClient, body: bytes, field: str) -> None:
    told = problem(client.post("/homes", content=body, headers=JSON), 422, "invalid-fields")
    assert [error["field"] for error in told["errors"]] == [field]


def test_the_language_of_the_caller_is_used(client: TestClient) -> None:
    told = problem(client.post("/homes", json={}, headers={"Accept-Language": "en"}), 422, "invalid-fields")
    assert told["title"] == "Some fields need correction."
    assert told["errors"][0]["message"] == "Required field is missing."


def chunks(total: int) -> Iterator[bytes]:
    for _ in range(total // 100):
        yield b" " * 100


def test_a_body_over_the_limit_is_refused_by_what_it_declares(client: TestClient) -> None:
    told = problem(client.post("/homes", content=b" " * (LIMIT + 1), headers=JSON), 413, "too-large")
    assert told["errors"][0]["value"] == str(LIMIT + 1)


def test_a_chunked_body_over_the_limit_is_refused_though_it_declares_nothing(client: TestClient) -> None:
    problem(client.post("/homes", content=chunks(LIMIT + 100), headers=JSON), 413, "too-large")


def test_a_body_of_just_the_limit_is_read(client: TestClient) -> None:
    body = b'{"surface_m2": 62}'.ljust(LIMIT)
    assert client.post("/homes", content=body, headers=JSON).json()["surface_m2"] == 62
    assert client.post("/homes", content=iter([body]), headers=JSON).status_code == 200


def test_a_bulk_route_sets_its_own_limit(client: TestClient) -> None:
    assert client.post("/bulk", content=chunks(10 * LIMIT)).json() == 10 * LIMIT


def test_without_a_key_a_right_is_401_and_says_which_scheme(client: TestClient) -> None:
    response = client.get("/households")
    problem(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("given", ["Bearer unknown", "Basic Zm9vOmJhcg==", "Bearer", "Bearer \xe9"])
def test_what_is_no_known_key_is_401(client: TestClient, given: str) -> None:
    response = client.get("/households", headers=[(b"Authorization", given.encode("latin-1"))])
    problem(response, 401, "unauthenticated")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.CASEWORKER}), ids=str)
def test_a_role_without_the_right_is_403(client: TestClient, role: Role) -> None:
    told = problem(client.get("/households", headers={"Authorization": f"Bearer {role}"}), 403, "forbidden")
    assert role.label_fr in told["detail"]


def test_a_role_with_the_right_gets_its_scope(client: TestClient) -> None:
    answer = client.get("/households", headers={"Authorization": "Bearer caseworker"})
    assert answer.json() == {"actor": "caseworker", "scope": Scope.ORGANISATION}


def test_a_public_route_knows_its_caller_and_refuses_a_wrong_key(client: TestClient) -> None:
    assert client.get("/open").json() is None
    assert client.get("/open", headers={"Authorization": "Bearer feed"}).json() == "feed"
    problem(client.get("/open", headers={"Authorization": "Bearer x"}), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("cause", "status", "code"),
    [
        ("database", 503, "unavailable"),
        ("value", 422, "invalid-fields"),
        ("surrogate", 422, "invalid-fields"),
        ("teapot", 409, "conflict"),
        ("gateway", 500, "internal"),
        ("busy", 429, "too-many-requests"),
        ("anything", 500, "internal"),
    ],
)
def test_every_failure_is_a_problem_without_internal_words(
    client: TestClient, cause: str, status: int, code: str
) -> None:
    response = client.get(f"/fail/{cause}")
    problem(response, status, code)
    assert "internal words" not in response.text
    assert "SELECT" not in response.text
    if cause in {"database", "busy"}:
        assert response.headers["retry-after"].isdecimal()


def test_the_log_of_a_failure_names_the_route_and_not_the_path(client: TestClient) -> None:
    with structlog.testing.capture_logs() as lines:
        client.get("/fail/token-of-a-household")
    said = [line for line in lines if line["event"] in {"request.failed", "request"}]
    assert [line["route"] for line in said] == ["/fail/{secret}", "/fail/{secret}"]
    assert "token-of-a-household" not in json.dumps([{**line, "exc_info": None} for line in said])


def test_a_request_keeps_the_id_that_its_caller_gave(client: TestClient) -> None:
    assert client.get("/open", headers={"X-Request-Id": "trace-0001"}).headers["x-request-id"] == "trace-0001"


@pytest.mark.parametrize("given", ["short", "x" * 65, "with space", "line\\nbreak"])
def test_an_id_that_could_spoil_a_log_is_replaced(client: TestClient, given: str) -> None:
    assert client.get("/open", headers={"X-Request-Id": given}).headers["x-request-id"].startswith("req_")


def test_liveness_asks_nothing_and_readiness_asks_every_part() -> None:
    def broken() -> None:
        raise ConnectionError("host and password")

    with TestClient(application(postgresql=broken, reference=lambda: None)) as client:
        assert client.get("/livez").status_code == 200
        response = client.get("/readyz")
        assert problem(response, 503, "unavailable")["detail"] == "postgresql: ConnectionError"
        assert response.headers["retry-after"] == "2"
    with TestClient(application(reference=lambda: None)) as client:
        assert client.get("/readyz").json() == {"status": "ready", "parts": ["reference"]}


def test_requests_are_counted_by_route_refused_ones_too(client: TestClient) -> None:
    def counted(method: str, route: str, status: str) -> float:
        return float(HTTP_REQUESTS.labels("tested", method, route, status)._value.get())

    before = counted("GET", "/fail/{secret}", "503"), counted("POST", "unmatched", "413")
    client.get("/fail/database")
    client.post("/homes", content=b" " * (LIMIT + 1))
    assert counted("GET", "/fail/{secret}", "503") == before[0] + 1
    assert counted("POST", "unmatched", "413") == before[1] + 1
    assert 'route="/fail/{secret}"' in client.get("/metrics").text


def test_an_unknown_field_is_answered_by_the_known_one_that_it_resembles(client: TestClient) -> None:
    told = problem(client.post("/homes", json={"surface_m2": 1, "referense": "A"}), 422, "invalid-fields")
    assert [(error["field"], error["remedy"]) for error in told["errors"]] == [("referense", "reference")]


@pytest.mark.parametrize(
    ("lang", "back", "kept"),
    [("fr", "Revenez dans 2 s", "Rien de cette"), ("en", "Come back in 2 s", "Nothing of this")],
)
def test_a_lost_database_says_when_to_come_back_and_to_a_writer_what_is_kept(
    client: TestClient, lang: str, back: str, kept: str
) -> None:
    asked = {"Accept-Language": lang}
    read, written = client.get("/fail/database", headers=asked), client.post("/fail/database", headers=asked)
    assert read.headers["retry-after"] == written.headers["retry-after"] == "2"
    said, said_to_writer = (problem(one, 503, "unavailable")["detail"] for one in (read, written))
    assert back in said
    assert kept not in said
    assert said_to_writer.startswith(f"{said} {kept}")
