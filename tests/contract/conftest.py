"""The five applications, built as their processes build them, on servers that do not answer: what needs no server."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient

from services.console.main import build as build_console
from services.console.settings import ConsoleSettings
from services.ingest.api import build as build_ingest
from services.ingest.settings import IngestSettings
from services.matching.api import build as build_matching
from services.matching.settings import MatchingSettings
from services.notify.api import build as build_notify
from services.notify.settings import NotifySettings
from services.scoring.api import build as build_scoring
from services.scoring.settings import ScoringSettings
from shared.identity import Action, Actor, Resource, Role
from shared.identity.rights import SERVICE_RIGHTS

Right = tuple[Resource, Action] | None
_BUILD: dict[str, tuple[Callable[[Any], FastAPI], Callable[..., Any]]] = {
    "ingest": (build_ingest, IngestSettings),
    "scoring": (build_scoring, ScoringSettings),
    "matching": (build_matching, MatchingSettings),
    "notify": (build_notify, NotifySettings),
    "console": (build_console, ConsoleSettings),
}
APIS = tuple(name for name in _BUILD if name != "console")
# What every process answers, for machines that watch it; no right, no data of anyone.
SERVICES = frozenset({*SERVICE_RIGHTS.values(), "console"})
OPERATION = frozenset({"/livez", "/readyz", "/metrics", "/status", "/openapi.json", "/docs"})


class EveryRole:
    """Bearers of these tests: the name of a role opens as that role, that of a service as that service."""

    def remembers(self, _: str) -> bool:
        return True

    def actor(self, text: str) -> Actor | None:
        if text in SERVICES:
            return Actor(f"anx_{text}", "org_ancrage", "Ancrage", Role.OPERATOR, service=text)
        if text not in set(Role):
            return None
        return Actor(f"ank_{text}", "org_test", "Organisation", Role(text), territories=frozenset({"241500230"}))


@cache
def application(service: str) -> FastAPI:
    """The application of a service; nothing listens where its servers should be."""
    build, settings = _BUILD[service]
    app = build(
        settings(
            home=Path("/nonexistent"),
            kafka="127.0.0.1:1",
            database_url="postgresql://postgres@127.0.0.1:1/postgres",
            redis_url="redis://127.0.0.1:1/0",
            secret_keys=secrets.token_hex(),
        )
    )
    app.state.bearers = EveryRole()
    return app


@dataclass(frozen=True)
class Route:
    """One operation of a service: a method of a path, and the right that it declares (None: public)."""

    service: str
    method: str
    path: str
    rights: tuple[Right, ...]
    asks: frozenset[str]  # names of all functions that it depends on
    takes_json: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def right(self) -> Right:
        return self.rights[0]

    @property
    def example(self) -> str:
        """The path with something in the place of each parameter: a territory that exists, an entity that does not."""
        filled = self.path.replace("{code}", "241500230")
        return "/".join(part if "{" not in part else f"none{part.partition('}')[2]}" for part in filled.split("/"))


def _calls(dependant: Any) -> list[Any]:
    return [dependant.call, *(call for inner in dependant.dependencies for call in _calls(inner))]


@cache
def routes(service: str) -> tuple[Route, ...]:
    """The operations of a service, without those for its operation."""
    found = []
    for context in iter_route_contexts(application(service).routes):
        if not isinstance(context.original_route, APIRoute) or context.path in OPERATION:
            continue
        calls = _calls(context.dependant)[1:]
        rights = tuple(call.right for call in calls if hasattr(call, "right"))
        asks = frozenset(getattr(call, "__name__", "") for call in calls)
        takes_json = context.body_field is not None
        methods = sorted(context.methods or ())
        found += [Route(service, method, str(context.path), rights, asks, takes_json) for method in methods]
    return tuple(found)


def api_routes() -> list[Route]:
    return [route for service in APIS for route in routes(service)]


def client_of(service: str) -> TestClient:
    """Calls the application without its lifespan: no background task is started."""
    return TestClient(application(service), raise_server_exceptions=False, follow_redirects=False)


@pytest.fixture(params=APIS)
def api(request: pytest.FixtureRequest) -> str:
    """The name of each service with an API."""
    return str(request.param)
