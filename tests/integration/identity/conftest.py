"""The identity database on a real PostgreSQL, and the command line as an operator calls it. All people are made up."""

from collections.abc import Callable, Iterator

import pytest
import typer
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from deploy.commands import register
from shared.identity.bearers import BearerReader
from shared.settings import Settings
from shared.sql.engine import service_engine

Ancrage = Callable[..., Result]


@pytest.fixture(scope="session")
def console(migrated: Settings) -> Iterator[Engine]:
    """The identity database as its owner."""
    engine = service_engine(migrated, "console", database="identity", pool=2)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def seen_by_ingest(migrated: Settings) -> Iterator[Engine]:
    """The identity database as a service reads it."""
    engine = service_engine(migrated, "ingest", database="identity", pool=2)
    yield engine
    engine.dispose()


@pytest.fixture
def reader(migrated: Settings, seen_by_ingest: Engine) -> BearerReader:
    """Finds actors as ingest does, remembering nothing yet."""
    return BearerReader(seen_by_ingest, migrated)


@pytest.fixture
def ancrage(migrated: Settings, monkeypatch: pytest.MonkeyPatch) -> Ancrage:
    """Calls `ancrage` with arguments, on the test's servers."""
    assert migrated.secret_keys is not None
    monkeypatch.setenv("ANCRAGE_HOME", str(migrated.home))
    monkeypatch.setenv("ANCRAGE_DATABASE_URL", migrated.database_server)
    monkeypatch.setenv("ANCRAGE_SECRET_KEYS", migrated.secret_keys.get_secret_value())
    app = typer.Typer()
    register(app)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    return call
