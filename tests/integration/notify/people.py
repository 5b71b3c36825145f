"""Professionals of these tests, who can sign in and be written to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from sqlmodel import Session

from services.notify.settings import NotifySettings
from shared.identity import Role
from shared.identity.bearers import create_bearer, organisation_named
from shared.identity.contacts import Contacts, contact
from shared.identity.models import Organisation, Person
from shared.identity.people import create_person
from shared.ids import new_id
from shared.sql.engine import service_engine
from tests.patience import PATIENCE_SECONDS

# Whoever is written to at any hour: what a test sends comes at once, whatever time it runs at.
AT_ONCE = {"quiet_hours": {"start": "00:00", "end": "00:00"}, "working_days_only": False}


@dataclass
class Someone:
    """A person with a session, and its e-mail address."""

    id: str
    organisation: str
    organisation_name: str
    address: str
    http: httpx.Client

    def wishes(self, **values: Any) -> dict[str, Any]:
        """Replaces the person's preferences; at any hour unless said otherwise."""
        answer = self.http.put("/v1/preferences", json={**AT_ONCE, **values})
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown


class Directory:
    """Adds people to the identity database, as the console does."""

    def __init__(self, settings: NotifySettings) -> None:
        self._settings = settings
        self._engine = service_engine(settings, "console", database="identity", pool=1)
        self._clients: list[httpx.Client] = []

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self._engine.dispose()

    def person(
        self, *, organisation: str | None = None, address: str | None = None, role: Role = Role.CASEWORKER
    ) -> Someone:
        """A new person; `address` None gives it one of its own, "" none."""
        where = f"{new_id('box').lower()}@personnes.exemple.fr" if address is None else address
        with Session(self._engine) as session:
            owner = organisation_named(session, organisation or new_id("asso"))
            made = create_person(
                session,
                organisation_id=owner.id,
                login=new_id("login"),
                display_name="Personne d'essai",
                password=new_id("pw"),
                role=role,
            )
            Contacts(self._settings).keep(made, contact(where, None))
            bearer = create_bearer(
                session, self._settings, organisation_id=owner.id, role=role, label="test", person_id=made.id
            )
            session.commit()
            client = httpx.Client(
                base_url=self._settings.url("notify"),
                headers={"authorization": f"Bearer {bearer.text}"},
                timeout=PATIENCE_SECONDS,
                trust_env=False,
            )
            self._clients.append(client)
            return Someone(made.id, owner.id, owner.name, where, client)

    def write_to(self, identifier: str, address: str | None) -> None:
        """Replaces the address of a person or an organisation."""
        with Session(self._engine) as session:
            row = session.get(Person, identifier) or session.get_one(Organisation, identifier)
            Contacts(self._settings).keep(row, contact(address, None))
            session.add(row)
            session.commit()


@contextmanager
def directory(settings: NotifySettings) -> Iterator[Directory]:
    made = Directory(settings)
    try:
        yield made
    finally:
        made.close()
