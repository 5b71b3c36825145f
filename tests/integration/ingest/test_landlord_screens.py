"""A landlord's screens over the real API: from an address typed on a form to an episode that is over and published again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from services.console.adapters.apis import Apis
from services.console.adapters.sessions import COOKIE, SignedIn
from services.console.settings import ConsoleSettings
from services.ingest.adapters.registry import VACANCIES, advance_dates
from services.ingest.api import build
from services.ingest.core.states import Horizon
from services.ingest.settings import IngestSettings
from shared.identity import Actor, Role
from tests.console_fakes import world
from tests.integration.ingest.conftest import MakeKey

TYPED = {
    "reference": "SCREEN-1", "commune": "", "address": "12 rue des Carmes, 15000 Aurillac", "typology": "T3", "rooms": "3",
    "surface_m2": "62,5", "rent_eur_per_month": "1 410", "available_from": "2026-12-01", "lift": "no",
    "reservation": "state",
}  # fmt: skip


@dataclass
class Screens:
    """A browser of a landlord, signed in."""

    client: TestClient

    def see(self, path: str) -> str:
        page = self.client.get(path)
        assert page.status_code == 200, page.text
        return page.text.replace("\u00a0", " ")

    def send(self, page: str, to: str, **fields: Any) -> httpx2.Response:
        token = re.search(r'name="form_token" value="([^"]+)"', self.see(page))
        assert token
        return self.client.post(to, data={"form_token": token[1], **fields}, headers={"origin": "http://console.test"})


@pytest.fixture
def screens(ingest_settings: IngestSettings, make_key: MakeKey, tmp_path: Path) -> Iterator[Screens]:
    """The console over ingest on PostgreSQL; matching says what a test of it says, here nothing is taken."""
    matching = httpx.MockTransport(lambda _: httpx.Response(200, json={"items": []}))
    settings = ConsoleSettings(home=tmp_path, secret_keys="s" * 40, console_url="http://console.test")
    made = world(settings)
    made.app.state.console.apis = Apis(
        settings, {"ingest": httpx.ASGITransport(app=build(ingest_settings, matching=matching))}
    )
    key = make_key(Role.LANDLORD)["Authorization"].removeprefix("Bearer ")
    actor = Actor("ans_landlord", "org_test", "Bailleur d'essai", Role.LANDLORD, "usr_test")
    made.sessions.people["ans_landlord.secret"] = SignedIn(actor, key, "Camille Essai")
    with TestClient(made.app, base_url="http://console.test", follow_redirects=False) as client:
        client.cookies.set(COOKIE, "ans_landlord.secret")
        yield Screens(client)


def one_of(page: str) -> str:
    found = re.search(r'href="/logements/(vac_[0-9A-Z]{26})"', page)
    assert found, page
    return found[1]


def test_the_life_of_a_vacancy_on_screen(screens: Screens, ingest_engine: Engine) -> None:
    wrong = screens.send("/logements/nouveau", "/logements/nouveau", **{**TYPED, "address": "12 rue X, 15000 Auriac"})
    assert wrong.status_code == 422
    assert "15014 (Aurillac)" in wrong.text
    done = screens.send("/logements/nouveau", "/logements/nouveau", **TYPED)
    assert (done.status_code, done.headers["location"]) == (303, "/logements?fait=created")
    identifier = one_of(screens.see("/logements?typologie=T3&reservation=state&commune=Aurillac&reference=SCREEN"))
    page = screens.see(f"/logements/{identifier}")
    assert "Aurillac (15014)" in page
    assert 'value="12 rue des Carmes, 15000 Aurillac"' in page
    assert "libre" in page

    change = {name: text for name, text in TYPED.items() if name != "reference"} | {"rent_eur_per_month": "395"}
    path = f"/logements/{identifier}"
    assert screens.send(path, path, **change, version="1").headers["location"] == "/logements?fait=updated"
    late = screens.send(path, path, **{**change, "rent_eur_per_month": "1"}, version="1")
    assert (late.status_code, "a changé pendant que vous écriviez" in late.text) == (422, True)

    with Session(ingest_engine) as session:
        later, horizon = datetime.now(UTC) + timedelta(days=46), Horizon(92, 45)
        while advance_dates(session, VACANCIES, now=later, at=datetime.now(UTC), horizon=horizon):
            session.commit()
    assert f'name="one" value="{identifier}">Toujours vacant' in screens.see("/logements")
    confirmed = screens.send("/logements", "/logements/confirmation", one=identifier)
    assert confirmed.headers["location"] == "/logements?fait=confirmed&n=1&reste=0"
    assert "Toujours vacant" not in screens.see("/logements")

    gone = screens.send(path, "/logements/retraits", one=identifier, reason="works")
    assert gone.headers["location"] == "/logements?fait=withdrawn"
    assert "Travaux" in screens.see("/logements?etat=withdrawn")
    assert "Publier de nouveau" in screens.see(path)
    again = screens.see(f"/logements/nouveau?depuis={identifier}")
    assert re.search(r'name="rent_eur_per_month"[^>]*value="395"', again)
    published = screens.send("/logements/nouveau", "/logements/nouveau", **TYPED)
    assert published.headers["location"] == "/logements?fait=created"
    second = one_of(screens.see("/logements"))
    assert second != identifier
    assert screens.see(f"/logements/{second}").count("<li><strong>") == 2
