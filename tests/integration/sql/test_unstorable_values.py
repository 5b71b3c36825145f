"""Values that JSON can carry and PostgreSQL cannot keep are the caller's problem, over HTTP on a real PostgreSQL."""

import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from services.ingest.api import build
from services.ingest.settings import IngestSettings
from shared.identity import Role
from shared.identity.bearers import create_bearer, organisation_named
from shared.ids import new_id
from shared.settings import Settings
from shared.sql.engine import service_engine

HOME = {
    "commune": "15014",
    "typology": "T3",
    "surface_m2": 62,
    "rent_eur_per_month": 410,
    "available_from": "2026-12-01",
}


@pytest.fixture(scope="module")
def landlord(migrated: Settings) -> Iterator[TestClient]:
    """Ingest's API, called with a landlord's key."""
    console = service_engine(migrated, "console", database="identity", pool=1)
    with Session(console) as session:
        owner = organisation_named(session, new_id("organisation"))
        made = create_bearer(session, migrated, organisation_id=owner.id, role=Role.LANDLORD, label="test")
        session.commit()
    console.dispose()
    with TestClient(build(IngestSettings(**migrated.model_dump())), raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {made.text}"
        yield client


def test_a_value_that_can_be_kept_is_kept(landlord: TestClient) -> None:
    assert landlord.put("/v1/vacancies/LOT-1", json=HOME).status_code == 201


@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_a_reference_that_cannot_be_kept_is_refused(landlord: TestClient, method: str) -> None:
    answer = landlord.request(method, "/v1/vacancies/a%00b", json=HOME if method == "PUT" else None)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/v1/vacancies?commune=%00", "/v1/vacancies?cursor=WyJcdTAwMDAiXQ"])
def test_a_filter_that_cannot_be_compared_is_refused(landlord: TestClient, path: str) -> None:
    assert landlord.get(path).status_code == 422


@pytest.mark.parametrize("name", sorted(HOME))
@pytest.mark.parametrize(
    "value", [b'"\\u0000"', b'"\\ud800"', b"1e400", b"NaN", b"-1", b"99999999999999999999999", b"null"]
)
def test_no_value_of_a_field_is_an_error_of_ours(landlord: TestClient, name: str, value: bytes) -> None:
    members = [b'"%s": %s' % (key.encode(), value if key == name else json.dumps(HOME[key]).encode()) for key in HOME]
    body = b"{" + b", ".join(members) + b"}"
    answer = landlord.put("/v1/vacancies/LOT-2", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert name in {error["field"] for error in answer.json()["errors"]}
