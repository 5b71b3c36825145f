"""The console while its own database is away."""

from pathlib import Path

from fastapi.testclient import TestClient

from services.console.adapters.sessions import COOKIE
from services.console.main import build
from services.console.settings import ConsoleSettings


def test_pages_say_that_accounts_are_away_and_readiness_fails(tmp_path: Path) -> None:
    settings = ConsoleSettings(
        home=tmp_path,
        secret_keys="s" * 40,
        database_url="postgresql://nobody@127.0.0.1:9/postgres",
        port_base=26_900,
    )
    with TestClient(build(settings), cookies={COOKIE: "ans_01J.secret"}) as client:
        assert client.get("/readyz").status_code == 503
        assert client.get("/readyz").headers["content-type"] == "application/problem+json"
        page = client.get("/menages")
        assert page.status_code == 503
        assert "La base des comptes ne répond pas" in page.text
        client.cookies.clear()
        assert client.get("/connexion").status_code == 200
