"""Asking the real ingest API by id: its answers are those that matching understands."""

import secrets
from collections.abc import Iterator

import httpx
import pytest
import typer
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from typer.testing import CliRunner

from deploy.commands import erase, programmes
from services.ingest.api import build as build_ingest
from services.ingest.settings import IngestSettings
from services.matching.adapters.verification import Answer, Verifier
from services.matching.settings import MatchingSettings
from shared.identity import Role
from shared.settings import Settings
from tests.integration.matching.conftest import AURILLAC, MACON, TERRITORY, MakeKey, tables

HOME = {
    "commune": AURILLAC,
    "typology": "T3",
    "surface_m2": 62,
    "rent_eur_per_month": 410,
    "available_from": "2026-12-01",
}
POST = {"commune": AURILLAC, "rome": MACON, "contract": "CDI", "openings": 2}


@pytest.fixture
def ingest_api(migrated: Settings) -> Iterator[TestClient]:
    with TestClient(build_ingest(IngestSettings(**migrated.model_dump()))) as client:
        yield client


def wire(api: TestClient) -> httpx.MockTransport:
    """Carries requests to an application in this process."""

    def carry(request: httpx.Request) -> httpx.Response:
        answer = api.request(request.method, request.url.path, headers=dict(request.headers))
        return httpx.Response(answer.status_code, content=answer.content)

    return httpx.MockTransport(carry)


@pytest.fixture
def verifier(ingest_api: TestClient, matching_settings: MatchingSettings) -> Iterator[Verifier]:
    asking = Verifier(matching_settings, seconds=10, transport=wire(ingest_api))
    yield asking
    asking.close()


def test_published_then_withdrawn(ingest_api: TestClient, verifier: Verifier, make_key: MakeKey) -> None:
    landlord, feed = make_key(Role.LANDLORD), make_key(Role.FEED)
    home = ingest_api.put("/v1/vacancies/REF-1", json=HOME, headers=landlord).json()["id"]
    post = ingest_api.put("/v1/offers/REF-1", json=POST, headers=feed).json()["id"]
    assert verifier.ask(home, post) is Answer.PUBLISHED
    assert verifier.ask(home, None) is Answer.PUBLISHED
    ingest_api.delete("/v1/offers/REF-1", headers=feed)
    assert verifier.ask(home, post) is Answer.LEAD_GONE
    ingest_api.delete("/v1/vacancies/REF-1", headers=landlord)
    assert verifier.ask(home, post) is Answer.HOME_GONE


def test_what_ingest_never_had_is_gone(verifier: Verifier) -> None:
    assert verifier.ask("vac_01J00000000000000000000000", None) is Answer.HOME_GONE


def test_a_refused_call_is_no_answer(ingest_api: TestClient, matching_settings: MatchingSettings) -> None:
    stranger = matching_settings.model_copy(update={"secret_keys": None})
    object.__setattr__(stranger, "keys", (secrets.token_bytes(32),))
    asking = Verifier(stranger, seconds=10, transport=wire(ingest_api))
    assert asking.ask("vac_01J00000000000000000000000", None) is Answer.UNKNOWN
    asking.close()


def test_nobody_at_the_address_is_no_answer(matching_settings: MatchingSettings) -> None:
    nowhere = matching_settings.model_copy(update={"ingest_url": "http://127.0.0.1:1"})
    asking = Verifier(nowhere, seconds=1)
    assert asking.ask("vac_01J00000000000000000000000", None) is Answer.UNKNOWN
    asking.close()


def test_the_erase_command_erases_and_then_knows_nobody(
    api: TestClient,
    caseworker: dict[str, str],
    database: Engine,
    matching_settings: MatchingSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = {"size": 2, "programme": "emile", "territories": [TERRITORY], "label": "dossier-12"}
    made = api.post("/v1/households", json=body, headers={**caseworker, "Idempotency-Key": "to-erase"}).json()
    assert matching_settings.secret_keys is not None
    monkeypatch.setenv("ANCRAGE_DATABASE_URL", matching_settings.database_server)
    monkeypatch.setenv("ANCRAGE_SECRET_KEYS", matching_settings.secret_keys.get_secret_value())
    command_line = typer.Typer()
    erase.register(command_line)
    programmes.register(command_line)
    done = CliRunner().invoke(command_line, ["erase", made["id"]])
    assert done.exit_code == 0, done.output
    assert f"{made['id']} : effacé" in done.output
    assert all("dossier-12" not in dump for dump in tables(database).values())
    again = CliRunner().invoke(command_line, ["erase", made["id"]])
    assert again.exit_code == 1
