"""Every route of the four APIs names the right it needs, and the routes that outside checks use are there."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from shared.identity import MATRIX

HEALTH = {"/livez", "/readyz", "/metrics", "/status"}
PROMISED = {
    "ingest": {
        "PUT /v1/vacancies/{reference}", "GET /v1/vacancies/{reference}", "DELETE /v1/vacancies/{reference}",
        "GET /v1/vacancies", "POST /v1/vacancies:bulk", "PUT /v1/offers/{reference}", "GET /v1/offers/{reference}",
        "DELETE /v1/offers/{reference}", "GET /v1/offers", "POST /v1/offers:bulk", "PUT /v1/territories/{code}",
        "GET /v1/territories/{code}",
    },
    "scoring": {
        "GET /v1/territories", "GET /v1/territories/{code}", "GET /v1/territories/{code}/history",
        "GET /v1/territories.geojson", "POST /v1/rankings",
    },
    "matching": {
        "POST /v1/households", "GET /v1/households", "GET /v1/households/{id}", "PATCH /v1/households/{id}",
        "DELETE /v1/households/{id}", "GET /v1/households/{id}/matches", "GET /v1/households/{id}/explanation",
        "GET /v1/placements", "GET /v1/placements/{id}", "POST /v1/placements/{id}/decisions",
        "POST /v1/placements/{id}/answer-links", "GET /v1/answers/{token}", "POST /v1/answers/{token}",
        "GET /v1/programmes", "GET /v1/funnel",
    },
    "notify": {
        "POST /v1/endpoints", "GET /v1/endpoints", "GET /v1/endpoints/{id}", "PATCH /v1/endpoints/{id}",
        "DELETE /v1/endpoints/{id}", "POST /v1/endpoints/{id}:rotate", "POST /v1/endpoints/{id}:test",
        "POST /v1/endpoints/{id}:replay", "GET /v1/deliveries", "GET /v1/stream", "GET /v1/preferences",
        "PUT /v1/preferences",
    },
}  # fmt: skip


def application(service: str) -> FastAPI:
    """The application on servers that are never asked."""
    given: dict[str, Any] = {"secret_keys": "0123456789abcdef0123456789abcdef", "port_base": 29_000}
    if service == "ingest":
        from services.ingest.api import build as ingest
        from services.ingest.settings import IngestSettings

        return ingest(IngestSettings(**given))
    if service == "scoring":
        from services.scoring.api import build as scoring
        from services.scoring.settings import ScoringSettings

        return scoring(ScoringSettings(**given))
    if service == "matching":
        from services.matching.api import build as matching
        from services.matching.settings import MatchingSettings

        return matching(MatchingSettings(**given))
    from services.notify.api import build as notify
    from services.notify.settings import NotifySettings

    return notify(NotifySettings(**given))


def calls(dependant: Any) -> Iterator[Any]:
    yield dependant.call
    for below in dependant.dependencies:
        yield from calls(below)


def own_routes(app: FastAPI) -> list[APIRoute]:
    found: list[APIRoute] = []

    def collect(routes: Any) -> None:
        for route in routes:
            if isinstance(route, APIRoute):
                found.append(route)
            elif hasattr(route, "original_router"):
                collect(route.original_router.routes)

    collect(app.routes)
    return [route for route in found if route.path not in HEALTH]


@pytest.mark.parametrize("service", sorted(PROMISED))
def test_every_route_names_its_right(service: str) -> None:
    routes = own_routes(application(service))
    assert len(routes) >= len(PROMISED[service]) // 2
    for route in routes:
        rights = [call.right for call in calls(route.dependant) if hasattr(call, "right")]
        if route.path == "/v1/answers/{token}":  # the token is the right
            continue
        assert len(rights) == 1, f"{route.methods} {route.path}: {rights}"
        assert rights[0] is None or rights[0] in MATRIX


@pytest.mark.parametrize("service", sorted(PROMISED))
def test_the_routes_that_outside_checks_use_are_there(service: str) -> None:
    described = application(service).openapi()
    assert described["openapi"].startswith("3.1")
    shapes = {
        f"{method.upper()} {_anonymous(path)}" for path, methods in described["paths"].items() for method in methods
    }
    assert {_anonymous_route(route) for route in PROMISED[service]} <= shapes


def _anonymous(path: str) -> str:
    parts = []
    for part in path.split("/"):
        head, brace, rest = part.partition("{")
        parts.append(f"{head}{{}}{rest.partition('}')[2]}" if brace else part)
    return "/".join(parts)


def _anonymous_route(route: str) -> str:
    method, _, path = route.partition(" ")
    return f"{method} {_anonymous(path)}"
