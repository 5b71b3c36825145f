"""A console around small APIs of our own, for tests of its pages. People, households and landlords here are invented."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from services.console.adapters.apis import APIS, Apis
from services.console.adapters.assets import Assets
from services.console.adapters.board import Board
from services.console.adapters.people import Colleague
from services.console.adapters.sessions import SignedIn
from services.console.api import create_console
from services.console.pages.visit import Console
from services.console.settings import ConsoleSettings
from shared.identity import Actor, Role
from shared.identity.contacts import Contact

TERRITORY = "241500230"
PLACEMENT = "plc_01J0000000000000000000TEST"
HOUSEHOLD = "hh_01J0000000000000000000TEST"
PASSWORD = "a password for tests"
CONTRIBUTIONS: list[dict[str, Any]] = [
    {
        "indicator": "live_supply",
        "label": "Logements vacants publiés, pour 1 000 logements sociaux",
        "block": "housing",
        "value": 12.4,
        "unit": "pour 1 000 logements sociaux",
        "rank": 0.93,
        "weight": 3.0,
        "flags": [],
        "cautions": [],
    },
    {
        "indicator": "energy",
        "label": "Logements publiés classés F ou G",
        "block": "housing",
        "value": None,
        "unit": "part",
        "rank": None,
        "weight": 1.0,
        "flags": ["silent_feed"],
        "cautions": [],
    },
]


def territory(
    code: str = TERRITORY, *, score: float | None = 72.4, score_class: int | None = 5, vacancies: int = 12, **more: Any
) -> dict[str, Any]:
    """A line of scoring's list."""
    return {
        "code": code,
        "score": score,
        "score_class": score_class,
        "coverage": 0.9,
        "counters": {"open_vacancies": vacancies, "open_offers": 340, "open_openings": 512},
        "as_of": "2026-11-24T08:00:00.000Z",
        "reference_version": "0",
        **more,
    }


def placement(step: str = "proposed", **more: Any) -> dict[str, Any]:
    """A placement as matching shows it to its caseworker."""
    return {
        "id": PLACEMENT,
        "version": 1,
        "step": step,
        "vacancy": "vac_1",
        "typology": "T3",
        "territory": TERRITORY,
        "territory_name": "CA du Bassin d'Aurillac",
        "landlord": "org_landlord",
        "due_at": "2026-11-26T23:00:00.000Z",
        "home": {
            "commune": "15014",
            "commune_name": "Aurillac",
            "territory": TERRITORY,
            "territory_name": "CA du Bassin d'Aurillac",
            "typology": "T3",
            "surface_m2": 62.0,
            "rent_eur_per_month": 410.0,
            "charges_eur_per_month": None,
            "available_from": "2026-12-01",
        },
        "created_at": "2026-11-24T08:00:00.000Z",
        "changed_at": "2026-11-24T08:00:00.000Z",
        "programme": "emile",
        "programme_version": 1,
        "organisation": "org_test",
        "offer": "off_1",
        "post": {
            "commune": "15014",
            "commune_name": "Aurillac",
            "rome": "F1703",
            "occupation": "Maçonnerie",
            "contract": "CDI",
        },
        "outcome": None,
        "outcome_label": None,
        "household": HOUSEHOLD,
        "caseworker": "usr_test",
        "verifying_for": None,
        "refusal": None,
        "refusal_label": None,
        "terms": {},
        "distance_km": 3.2,
        "reasons": ["Territoire souhaité en premier choix."],
        "to_confirm": [{"code": "charges", "label": "charges du logement à demander au bailleur"}],
        "decisions": {"proposed": ["approve", "refuse"], "approved": ["accept", "refuse"]}.get(step, []),
        "algorithmic": "…",
        "household_answer": None,
        "history": [],
        **more,
    }


PROGRAMME = {
    "code": "emile",
    "version": 1,
    "label": "EMILE",
    "steps": [
        {"step": step, "label": step, "delay": None}
        for step in ("proposed", "verifying", "approved", "accepted", "commission", "lease", "installed", "completed")
    ],
    "signature": "lease",
    "hold": {"step": "commission", "longest_days": 60},
    "refusals": [
        {"code": "rent_too_high", "about": "home", "fr": "Loyer trop élevé", "en": "Rent too high"},
        {"code": "commute_too_long", "about": "job", "fr": "Trajet trop long", "en": "Commute too long"},
    ],
}
HOUSEHOLD_VIEW = {
    "id": HOUSEHOLD,
    "version": 3,
    "status": "live",
    "label": "K-204",
    "size": 3,
    "adults": 1,
    "rome": ["F1703"],
    "territories": [TERRITORY],
    "excluded": [],
    "programme": "emile",
    "income_eur_per_month": 1250.0,
    "driving_licence": True,
    "accessible_needed": None,
    "max_commute_minutes": None,
    "priorities": [],
    "waiting_since": "2026-06-01",
    "caseworker": "usr_test",
    "placement": None,
}


@dataclass
class Asked:
    """One request that an API received."""

    method: str
    path: str
    bearer: str | None
    body: Any
    query: dict[str, str]
    idempotency_key: str | None
    if_match: str | None


@dataclass
class Fakes:
    """The four APIs: `answers` maps (service, method, path) to a body, or to a Response or an exception."""

    answers: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    def on(self, service: str, method: str, path: str, answer: Any) -> None:
        self.answers[service, method, path] = answer

    def problem(self, service: str, method: str, path: str, status: int, **body: Any) -> None:
        self.on(service, method, path, JSONResponse({"type": "/problems/test", "title": "Titre", **body}, status))

    def last(self, method: str, path: str) -> Asked:
        return next(one for one in reversed(self.asked) if (one.method, one.path) == (method, path))

    def transport(self, service: str) -> httpx.AsyncBaseTransport:
        app = FastAPI()

        @app.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
        async def answer(request: Request) -> Any:
            return await self._answer(service, request)

        return httpx.ASGITransport(app=app)

    async def _answer(self, service: str, request: Request) -> Any:
        raw = await request.body()
        self.asked.append(
            Asked(
                request.method,
                request.url.path,
                request.headers.get("authorization", "").removeprefix("Bearer ") or None,
                json.loads(raw) if raw else None,
                dict(request.query_params),
                request.headers.get("idempotency-key"),
                request.headers.get("if-match"),
            )
        )
        found = self.answers.get((service, request.method, request.url.path))
        if found is None and (service, request.url.path) == ("notify", "/v1/stream"):
            return StreamingResponse(self._stream(), media_type="text/event-stream")
        if isinstance(found, Exception):
            raise found
        if found is None:
            return JSONResponse({"type": "/problems/not-found", "title": "Introuvable."}, 404)
        return found if isinstance(found, Response) else JSONResponse(found)

    async def _stream(self) -> AsyncIterator[str]:
        for event in self.events:
            yield event
            await asyncio.sleep(0)


class FakeSessions:
    """Sessions without a database: `people` maps a bearer to who it is; one login opens `ans_open`."""

    def __init__(self) -> None:
        self.people: dict[str, SignedIn] = {}
        self.ended: list[str] = []

    def add(self, role: Role, name: str = "Camille Essai", territories: frozenset[str] = frozenset()) -> str:
        bearer = f"ans_{role.value}.secret"
        actor = Actor(f"ans_{role.value}", "org_test", "Association d'essai", role, "usr_test", territories)
        self.people[bearer] = SignedIn(actor, bearer, name)
        return bearer

    def check(self) -> None:
        """Always ready."""

    def close(self) -> None:
        """Nothing is open."""

    async def open(self, login: str, password: str) -> str | None:
        return self.add(Role.CASEWORKER) if (login, password) == ("camille", PASSWORD) else None

    async def read(self, bearer: str | None) -> SignedIn | None:
        return self.people.get(bearer or "")

    async def end(self, signed_in: SignedIn) -> None:
        self.ended.append(signed_in.bearer)
        self.people.pop(signed_in.bearer, None)


class FakePeople:
    """Contacts and colleagues without a database."""

    def __init__(self) -> None:
        self.kept: dict[str, Contact] = {}

    async def contact_of(self, person: str) -> Contact:
        return self.kept.get(person, Contact())

    async def keep_contact(self, person: str, given: Contact) -> None:
        self.kept[person] = given

    async def colleagues(self, organisation: str, person: str) -> list[Colleague]:
        return (
            [Colleague("usr_colleague", "Dominique Essai")]
            if (organisation, person) == ("org_test", "usr_test")
            else []
        )


@dataclass
class World:
    """A console, its APIs and its people."""

    app: FastAPI
    fakes: Fakes
    sessions: FakeSessions
    people: FakePeople


def world(settings: ConsoleSettings) -> World:
    """A console whose APIs answer a small, whole example."""
    fakes, sessions, people = Fakes(), FakeSessions(), FakePeople()
    apis = Apis(settings, {service: fakes.transport(service) for service in APIS})
    fakes.on("scoring", "GET", "/v1/territories", {"items": [territory()], "next": None})
    detail = {**territory(), "blocks": {"housing": 0.9, "jobs": 0.2}, "contributions": CONTRIBUTIONS}
    fakes.on("scoring", "GET", f"/v1/territories/{TERRITORY}", detail)
    fakes.on("ingest", "GET", f"/v1/territories/{TERRITORY}", {"code": TERRITORY, "commitments": []})
    fakes.on("matching", "GET", "/v1/placements", {"items": [placement()], "next": None})
    fakes.on("matching", "GET", f"/v1/placements/{PLACEMENT}", placement())
    fakes.on("matching", "GET", "/v1/programmes", {"items": [PROGRAMME], "next": None})
    fakes.on("matching", "GET", "/v1/households", {"items": [HOUSEHOLD_VIEW], "next": None})
    fakes.on("matching", "GET", f"/v1/households/{HOUSEHOLD}", HOUSEHOLD_VIEW)
    console = Console(
        settings=settings,
        apis=apis,
        sessions=sessions,  # type: ignore[arg-type]  # the same methods
        people=people,  # type: ignore[arg-type]
        assets=Assets(),
        board=Board(apis, settings),
    )
    return World(create_console(console), fakes, sessions, people)


@contextmanager
def served(app: FastAPI, port: int) -> Iterator[str]:
    """The application on a real port, for a real browser."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        for _ in range(200):
            if server.started:
                break
            threading.Event().wait(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
