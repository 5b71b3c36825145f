"""Sessions on a real PostgreSQL: signing in, the bearer that the APIs read, signing out."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from deploy.databases import migrate
from services.console.adapters.sessions import Sessions
from services.console.main import build
from services.console.settings import ConsoleSettings
from shared.clock import utc_now
from shared.identity import Role
from shared.identity.bearers import BearerReader, organisation_named
from shared.identity.models import Bearer, Person
from shared.identity.people import create_person
from shared.settings import Settings
from shared.sql.engine import service_engine

LOGIN, PASSWORD = "camille.essai", "a password for tests"


@pytest.fixture
def identity(postgres_url: str, settings: Settings) -> Iterator[tuple[Settings, Engine]]:
    migrate(settings)
    engine = service_engine(settings, "console", database="identity", pool=2)
    with Session(engine) as session:
        if session.exec(select(Person).where(Person.login == LOGIN)).one_or_none() is None:
            organisation = organisation_named(session, "Association d'essai (fictive)")
            create_person(
                session,
                organisation_id=organisation.id,
                login=LOGIN,
                display_name="Camille Essai",
                password=PASSWORD,
                role=Role.CASEWORKER,
            )
        session.commit()
    yield settings, engine
    engine.dispose()


def test_a_session_is_known_to_the_apis_until_it_is_ended(identity: tuple[Settings, Engine]) -> None:
    settings, engine = identity
    sessions = Sessions(engine, settings)
    bearer = asyncio.run(sessions.open(LOGIN.upper(), PASSWORD))
    assert bearer is not None
    found = asyncio.run(sessions.read(bearer))
    assert found is not None
    assert (found.display_name, found.actor.role) == ("Camille Essai", Role.CASEWORKER)
    # What an API does with it, through its own engine and role.
    other = service_engine(settings, "matching", database="identity", pool=1)
    actor = BearerReader(other, settings).actor(bearer)
    other.dispose()
    assert actor is not None
    assert actor.user == found.actor.user
    asyncio.run(sessions.end(found))
    assert asyncio.run(sessions.read(bearer)) is None
    assert BearerReader(engine, settings).actor(bearer) is None


def test_a_wrong_password_and_a_disabled_person_open_nothing(identity: tuple[Settings, Engine]) -> None:
    settings, engine = identity
    sessions = Sessions(engine, settings)
    assert asyncio.run(sessions.open(LOGIN, "no")) is None
    assert asyncio.run(sessions.open("nobody", PASSWORD)) is None
    bearer = asyncio.run(sessions.open(LOGIN, PASSWORD))
    with Session(engine) as session:
        person = session.exec(select(Person).where(Person.login == LOGIN)).one()
        person.disabled_at = utc_now()
        session.add(person)
        session.commit()
    try:
        assert asyncio.run(sessions.open(LOGIN, PASSWORD)) is None
        assert asyncio.run(Sessions(engine, settings).read(bearer)) is None
    finally:
        with Session(engine) as session:
            person = session.exec(select(Person).where(Person.login == LOGIN)).one()
            person.disabled_at = None
            session.add(person)
            session.commit()


def test_an_api_key_is_no_session_of_the_console(identity: tuple[Settings, Engine]) -> None:
    settings, engine = identity
    assert asyncio.run(Sessions(engine, settings).read("ank_01J.secret")) is None


def test_the_secret_of_a_session_is_nowhere_in_the_database(identity: tuple[Settings, Engine]) -> None:
    settings, engine = identity
    bearer = asyncio.run(Sessions(engine, settings).open(LOGIN, PASSWORD))
    assert bearer is not None
    identifier, _, secret = bearer.partition(".")
    with Session(engine) as session:
        row = session.exec(select(Bearer).where(col(Bearer.id) == identifier)).one()
        assert row.expires_at is not None
        assert secret not in str(row)


def test_the_console_starts_with_its_real_parts_and_is_ready(identity: tuple[Settings, Engine]) -> None:
    from fastapi.testclient import TestClient

    settings, _ = identity
    given = {name: getattr(settings, name) for name in ("home", "database_url", "secret_keys")}
    with TestClient(build(ConsoleSettings(**given, port_base=26_900))) as client:
        assert client.get("/readyz").json()["parts"] == ["identity"]
        # No API runs there: the page says which service is away.
        page = client.get("/territoires")
        assert page.status_code == 503
        assert "Le service des territoires ne répond pas" in page.text
