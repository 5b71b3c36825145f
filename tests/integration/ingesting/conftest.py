"""The ingest API as a process of its own on a real PostgreSQL, and the command line beside it."""

import subprocess
from collections.abc import Callable, Iterator

import httpx
import pytest
import typer
from typer.testing import CliRunner

from deploy.commands import register
from shared.identity import Role
from shared.settings import Settings
from tests.ingest_process import Api, bearer, client_of, environment, new_key, running_api

Done = subprocess.CompletedProcess[str]
Ancrage = Callable[..., Done]


@pytest.fixture(scope="module")
def api(migrated: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(migrated, tmp_path_factory.mktemp("api") / "api.log") as running:
        yield running


@pytest.fixture
def key(migrated: Settings) -> Callable[[Role], str]:
    """The key of a new organisation."""
    return lambda role: new_key(migrated, role)


@pytest.fixture
def landlord(api: Api, key: Callable[[Role], str]) -> Iterator[httpx.Client]:
    with client_of(api, key(Role.LANDLORD)) as client:
        yield client


@pytest.fixture
def ancrage(api: Api, landlord: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Ancrage:
    """`ancrage …` as that landlord, or with another key."""
    app = typer.Typer()
    register(app)

    def call(*arguments: str, stdin: bytes | None = None, key: str | None = None) -> Done:
        for name, value in environment(api, key or bearer(landlord)).items():
            if name.startswith("ANCRAGE_"):
                monkeypatch.setenv(name, value)
        result = CliRunner().invoke(app, arguments, input=stdin)
        return Done(arguments, result.exit_code, result.stdout, result.stderr)

    return call
