"""Matching on a real PostgreSQL: the API in process, the engine driven by records, ingest's answers as a test sets them.

All households, landlords and offers are made up.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session

from deploy.databases import migrate
from deploy.topics import apply
from services.matching.adapters.choosing import choose
from services.matching.adapters.models import PlacementRow
from services.matching.adapters.placements import Moment
from services.matching.adapters.verification import Verifier
from services.matching.api import build
from services.matching.core.policy import LawfulRanking
from services.matching.engine import MatchingEngine, Wiring
from services.matching.settings import MatchingSettings
from shared.clock import BusinessClock, utc_now
from shared.events import (
    Change,
    Commitment,
    CommitmentStatus,
    Contract,
    Offer,
    OfferSource,
    OfferStatus,
    Typology,
    Vacancy,
    VacancyStatus,
    decode,
    encode,
    new_event,
    with_sequence,
)
from shared.identity import Role
from shared.identity.bearers import create_bearer, organisation_named
from shared.ids import new_id
from shared.settings import Settings
from shared.sql.engine import service_engine
from shared.sql.outbox import unpack
from shared.streams.consumer import Record
from shared.streams.dead_letters import Source
from tests.integration.interleaving import patient
from tests.servers import free_port_base, server

AURILLAC = "15014"
ARPAJON = "15012"  # Arpajon-sur-Cère, next to Aurillac
TERRITORY = "241500230"  # CA du Bassin d'Aurillac
MACON = "F1703"
COOK = "G1602"

_TABLES = (
    "household, vacancy, offer, commitment, placement, placement_event, reservation, ban, engine_change, engine_journal,"
    " answer_link, household_contact, outbox, idempotency, consumed_position, landlord_rule, held_home, shortlist,"
    " shortlist_candidate, market_past, price_list, price_comparison, decision, decision_state, decided_proposal,"
    " decision_gap, fairness_report"
)
MakeKey = Callable[..., dict[str, str]]
Choose = Callable[..., PlacementRow]


@dataclass
class Ingest:
    """Ingest as a test wants it: ids that are gone, silence, or something else that happens at that moment."""

    gone: set[str] = field(default_factory=set)
    silent: bool = False
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[], Any] | None = None  # what happens, once, while it is asked

    def answer(self, request: httpx.Request) -> httpx.Response:
        identifier = request.url.path.rsplit("/", 1)[1]
        self.asked.append(identifier)
        happen, self.meanwhile = self.meanwhile, None
        if happen is not None:
            happen()
        if self.silent:
            raise httpx.ReadTimeout("silence", request=request)
        if identifier in self.gone:
            return httpx.Response(404, json={"type": "/problems/not-found"})
        return httpx.Response(200, json={"id": identifier, "status": "open"})


@pytest.fixture(scope="session")
def matching_settings(migrated: Settings) -> MatchingSettings:
    return MatchingSettings(**{**migrated.model_dump(), "test_clock": True})


@pytest.fixture(scope="session")
def database(matching_settings: MatchingSettings) -> Iterator[Engine]:
    engine = patient(service_engine(matching_settings, "matching", pool=10))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def own_broker(migrated: Settings) -> Iterator[Settings]:
    """A broker of this module's own: its records carry their own sequences, and no other test's are among them."""
    if os.environ.get("ANCRAGE_KAFKA"):
        pytest.skip("ANCRAGE_KAFKA names one broker for all tests: this one needs its own")
    with server("kafka") as found:
        settings = migrated.model_copy(update={"kafka": found.address, "port_base": free_port_base()})
        migrate(settings)
        _, remaining = apply(settings)
        assert not remaining
        yield settings


@pytest.fixture
def clean(database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text(f"TRUNCATE {_TABLES}"))
        connection.execute(text("UPDATE engine SET epoch = 0, tick = 0"))
        connection.execute(text("UPDATE business_clock SET offset_seconds = 0"))


@pytest.fixture
def ingest() -> Ingest:
    return Ingest()


@pytest.fixture
def api(matching_settings: MatchingSettings, clean: None, ingest: Ingest) -> Iterator[TestClient]:
    app = build(matching_settings, ingest=httpx.MockTransport(ingest.answer))
    patient(app.state.context.engine)
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="session")
def make_key(migrated: Settings) -> MakeKey:
    """Authorization header of a new key: `make_key(Role.CASEWORKER)` is a new organisation each time."""

    def make(role: Role, organisation: str | None = None, territories: frozenset[str] = frozenset()) -> dict[str, str]:
        identity = service_engine(migrated, "console", database="identity", pool=1)
        with Session(identity) as session:
            owner = organisation_named(session, organisation or new_id("test"))
            made = create_bearer(
                session, migrated, organisation_id=owner.id, role=role, label="test", territories=territories
            )
            session.commit()
        identity.dispose()
        return {"Authorization": f"Bearer {made.text}"}

    return make


@pytest.fixture
def caseworker(make_key: MakeKey) -> dict[str, str]:
    return make_key(Role.CASEWORKER)


@dataclass
class Stream:
    """The topics and the engine that reads them, without a broker: each call is one poll."""

    engine: MatchingEngine
    database: Engine
    clock: BusinessClock
    states: dict[str, tuple[int, Any]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def home(self, identifier: str | None = None, **changed: Any) -> str:
        """A T3 of 62 m2 at 410 euros in Aurillac, except what is changed; returns its id."""
        name = identifier or new_id("vac")
        known: dict[str, Any] = {
            "id": name,
            "landlord": "org_landlord",
            "reference": name[-6:],
            "status": VacancyStatus.OPEN,
            "commune": AURILLAC,
            "typology": Typology.T3,
            "surface_m2": 62.0,
            "rent_eur_per_month": 410.0,
            "available_from": "2026-12-01",
            "observed_at": "2026-11-23T08:00:00.000Z",
        }
        self.send("vacancies", name, Vacancy(**{**known, **changed}))
        return name

    def post(self, identifier: str | None = None, **changed: Any) -> str:
        """Two openings for a mason in Aurillac, except what is changed; returns its id."""
        name = identifier or new_id("off")
        known: dict[str, Any] = {
            "id": name,
            "feed": "org_feed",
            "reference": name[-6:],
            "status": OfferStatus.OPEN,
            "rome": MACON,
            "contract": Contract.CDI,
            "source": OfferSource("test"),
            "observed_at": "2026-11-23T08:00:00.000Z",
            "commune": AURILLAC,
            "openings": 2,
        }
        self.send("offers", name, Offer(**{**known, **changed}))
        return name

    def commit(self, programme: str = "emile", code: str = TERRITORY, **changed: Any) -> str:
        """An open commitment; returns its key."""
        key = f"{programme}:{code}"
        known: dict[str, Any] = {
            "programme": programme,
            "code": code,
            "status": CommitmentStatus.OPEN,
            "organisation": "org_territory",
            "observed_at": "2026-11-23T08:00:00.000Z",
        }
        self.send("territories", key, Commitment(**{**known, **changed}))
        return key

    def withdraw(self, topic: str, identifier: str) -> None:
        self.send(topic, identifier, None)

    def send(self, topic: str, key: str, state: Any) -> None:
        self.handle([self.record(topic, key, state)])

    def record(self, topic: str, key: str, state: Any) -> Record:
        version, before = self.states.get(key, (0, None))
        self.states[key] = (version + 1, state)
        event = new_event(topic, key, Change(version + 1, before, state), source="/ingest", at=utc_now())
        sequence = next(self.numbers)
        value = with_sequence(encode(event), sequence)
        return Record(Source(topic, 0, sequence), key.encode(), value, decode(topic, value))

    def handle(self, records: list[Record]) -> None:
        with self.database.begin() as connection:
            self.engine.handle(connection, records)

    def work(self) -> None:
        """Lets the engine look at everything that waits."""
        for _ in range(1000):
            if not self.engine.idle():
                return
        raise AssertionError("the engine never rests")


@pytest.fixture
def stream(matching_settings: MatchingSettings, database: Engine, clean: None, ingest: Ingest) -> Iterator[Stream]:
    clock = BusinessClock(database, movable=True)
    verifier = Verifier(matching_settings, seconds=1, transport=httpx.MockTransport(ingest.answer))
    engine = MatchingEngine(Wiring(database, clock, LawfulRanking(), verifier, matching_settings))
    yield Stream(engine, database, clock)
    verifier.close()


@pytest.fixture
def choosing(stream: Stream, matching_settings: MatchingSettings) -> Choose:
    """A caseworker's own choice for a household, in a transaction that the test holds open."""

    def made(
        session: Session, whose: dict[str, Any], home: str, offer: str | None = None, cap: int = 20
    ) -> PlacementRow:
        query = text("SELECT organisation FROM household WHERE id = :id")
        return choose(
            session,
            organisation=session.execute(query, {"id": whose["id"]}).scalar_one(),
            household=whose["id"],
            vacancy=home,
            offer=offer,
            actor="usr_test",
            moment=Moment(stream.clock.now()),
            settings=matching_settings.model_copy(update={"open_proposals_per_caseworker": cap}),
        )

    return made


@pytest.fixture
def choosing_apart(choosing: Choose, database: Engine) -> Callable[..., None]:
    """The same choice in a transaction of its own, which it commits."""

    def made(*what: Any, **bounds: Any) -> None:
        with Session(database) as session, session.begin():
            choosing(session, *what, **bounds)

    return made


@pytest.fixture
def events(database: Engine) -> Callable[[], list[Any]]:
    """The placements' events that wait in the outbox, in order."""

    def read() -> list[Any]:
        with database.connect() as connection:
            rows = connection.execute(text("SELECT records FROM outbox ORDER BY id")).scalars().all()
        return [
            decode("placements", with_sequence(value, 1)) for row in rows for _, value in unpack(bytes(row)) if value
        ]

    return read


def household(api: TestClient, key: dict[str, str], **changed: Any) -> dict[str, Any]:
    """A made-up household of three in Aurillac, except what is changed."""
    body = {
        "size": 3,
        "rome": [MACON],
        "territories": [TERRITORY],
        "programme": "emile",
        "income_eur_per_month": 1250,
        "driving_licence": True,
        **changed,
    }
    answer = api.post("/v1/households", json=body, headers=key)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def placements(api: TestClient, key: dict[str, str], **filters: str) -> list[dict[str, Any]]:
    """Placements that the key sees, oldest first."""
    answer = api.get("/v1/placements", params={"limit": 500, **filters}, headers=key)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items[::-1]


def tables(database: Engine) -> dict[str, str]:
    """Every table of the database as text, binary columns as readable text."""
    with database.connect() as connection:
        names = connection.execute(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        ).scalars()
        return {
            name: "\n".join(
                str([bytes(value) if isinstance(value, memoryview) else value for value in row])
                for row in connection.execute(text(f"SELECT * FROM {name}"))  # noqa: S608 - names from the catalogue
            )
            for name in names.all()
        }
