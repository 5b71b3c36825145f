"""A console around fake APIs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from services.console.adapters.sessions import COOKIE
from services.console.settings import ConsoleSettings
from shared.identity import Role
from tests.console_fakes import World, world


@pytest.fixture
def made(tmp_path: Path) -> World:
    settings = ConsoleSettings(home=tmp_path, secret_keys="s" * 40, board_seconds=0.001, demo=True)
    return world(settings)


@pytest.fixture
def visitor(made: World) -> Iterator[TestClient]:
    """Someone who is not signed in."""
    with TestClient(made.app, base_url="http://console.test", follow_redirects=False) as client:
        yield client


@pytest.fixture
def caseworker(made: World, visitor: TestClient) -> TestClient:
    visitor.cookies.set(COOKIE, made.sessions.add(Role.CASEWORKER))
    return visitor


@pytest.fixture
def landlord(made: World, visitor: TestClient) -> TestClient:
    visitor.cookies.set(COOKIE, made.sessions.add(Role.LANDLORD))
    return visitor
