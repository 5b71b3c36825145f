"""Files sent to the ingest API, and what the database then holds."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, column, func, select, table
from sqlmodel import Session

from services.ingest.adapters.models import Base
from shared.identity import Role
from shared.identity.bearers import create_bearer, organisation_named
from shared.identity.people import create_person
from shared.ids import new_id
from shared.settings import Settings
from tests.integration.ingest.conftest import MakeKey

VACANCY: dict[str, Any] = {
    "commune": "15014",
    "typology": "T3",
    "surface_m2": 62,
    "rent_eur_per_month": 410,
    "available_from": "2026-12-01",
}
OFFER: dict[str, Any] = {"commune": "15014", "rome": "F1703", "contract": "CDI", "openings": 2}
NDJSON = {"Content-Type": "application/x-ndjson"}


def vacancy(reference: str, **changes: Any) -> str:
    """A line that publishes a vacancy."""
    return json.dumps({"reference": reference, **VACANCY, **changes})


def offer(reference: str, **changes: Any) -> str:
    """A line that publishes an offer."""
    return json.dumps({"reference": reference, **OFFER, **changes})


def content(lines: Iterable[str]) -> bytes:
    """The file of these lines."""
    return "".join(f"{line}\n" for line in lines).encode()


@dataclass(frozen=True)
class Sender:
    """An organisation that sends files."""

    api: TestClient
    engine: Engine
    key: dict[str, str]
    organisation: str

    def send(self, path: str, lines: Iterable[str] | bytes, *, status: int = 200, **headers: str) -> Any:
        """The report, or the problem."""
        body = lines if isinstance(lines, bytes) else content(lines)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.api.post(path, content=body, headers={**self.key, **NDJSON, **named})
        assert answer.status_code == status, answer.text
        return answer.json()

    def get(self, path: str, **params: Any) -> Any:
        answer = self.api.get(path, params=params, headers=self.key)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fates(self, run: str, **params: Any) -> list[dict[str, Any]]:
        """The fate of every line, read page by page."""
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = self.get(f"/v1/runs/{run}/lines", **params, **({"cursor": cursor} if cursor else {}))
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items

    def published(self, kind: str = "vacancy") -> dict[str, tuple[str, int]]:
        """What is published now: id and version by reference."""
        entity = Base.metadata.tables[kind]
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(entity.c.reference, entity.c.id, entity.c.version).where(
                    entity.c.owner == self.organisation, entity.c.current, entity.c.withdrawn_at.is_(None)
                )
            ).all()
        return {row.reference: (row.id, row.version) for row in rows}

    def outbox_events(self) -> int:
        """Events that wait in the outbox, of anyone."""
        with self.engine.connect() as connection:
            return int(
                connection.execute(
                    select(func.coalesce(func.sum(column("count")), 0)).select_from(table("outbox"))
                ).scalar_one()
            )


MakeSender = Callable[[Role], Sender]


@pytest.fixture
def sender(api: TestClient, ingest_engine: Engine, make_key: MakeKey, identity: Engine) -> MakeSender:
    """A new organisation of a role."""

    def make(role: Role) -> Sender:
        name = new_id("test")
        key = make_key(role, name)
        with Session(identity) as session:
            organisation = organisation_named(session, name).id
        return Sender(api, ingest_engine, key, organisation)

    return make


@pytest.fixture
def sign_in(migrated: Settings, identity: Engine) -> Callable[[str, Role], dict[str, str]]:
    """Authorization header of a person of an organisation who has signed in."""

    def made(organisation: str, role: Role) -> dict[str, str]:
        with Session(identity) as session:
            login = f"{new_id('p')}@example.org"
            person = create_person(
                session, organisation_id=organisation, login=login, display_name="P", password="long enough", role=role
            )
            bearer = create_bearer(
                session, migrated, organisation_id=organisation, role=role, label="session", person_id=person.id
            )
            session.commit()
        return {"Authorization": f"Bearer {bearer.text}"}

    return made
