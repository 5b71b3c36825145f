"""The ingest API in process, on a real PostgreSQL, with keys of each role."""

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from services.ingest.api import build
from services.ingest.settings import IngestSettings
from shared.identity import Role
from shared.identity.bearers import create_bearer, organisation_named
from shared.ids import new_id
from shared.settings import Settings
from shared.sql.engine import service_engine

MakeKey = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
def identity(migrated: Settings) -> Iterator[Engine]:
    engine = service_engine(migrated, "console", database="identity", pool=1)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def ingest_engine(migrated: Settings) -> Iterator[Engine]:
    engine = service_engine(migrated, "ingest", pool=8)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def make_key(migrated: Settings, identity: Engine) -> MakeKey:
    """Authorization header of a new key: `make_key(Role.LANDLORD)` is a new organisation each time."""

    def make(role: Role, organisation: str | None = None, territories: frozenset[str] = frozenset()) -> dict[str, str]:
        with Session(identity) as session:
            owner = organisation_named(session, organisation or new_id("test"))
            made = create_bearer(
                session, migrated, organisation_id=owner.id, role=role, label="test", territories=territories
            )
            session.commit()
        return {"Authorization": f"Bearer {made.text}"}

    return make


@pytest.fixture(scope="session")
def ingest_settings(migrated: Settings) -> IngestSettings:
    return IngestSettings(**migrated.model_dump(), bulk_chunk=100)


@pytest.fixture(scope="session")
def api(ingest_settings: IngestSettings) -> Iterator[TestClient]:
    with TestClient(build(ingest_settings)) as client:
        yield client
