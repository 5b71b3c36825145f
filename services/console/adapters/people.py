"""People of an organisation in the identity database: how they are reached, and who could stand in for them."""

from dataclasses import dataclass

from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from shared.identity.contacts import Contact, Contacts
from shared.identity.models import Person
from shared.settings import Settings


@dataclass(frozen=True)
class Colleague:
    """Someone of the same organisation."""

    id: str
    display_name: str


class People:
    """Reads and writes one's own contact, and lists colleagues."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._contacts = Contacts(settings)

    async def contact_of(self, person: str) -> Contact:
        """The person's own contact."""
        return await run_in_threadpool(self._contact_of, person)

    def _contact_of(self, person: str) -> Contact:
        with Session(self._engine) as session:
            row = session.get(Person, person)
            return self._contacts.of(row) if row else Contact()

    async def keep_contact(self, person: str, given: Contact) -> None:
        """Replaces the person's own contact."""
        await run_in_threadpool(self._keep_contact, person, given)

    def _keep_contact(self, person: str, given: Contact) -> None:
        with Session(self._engine) as session:
            row = session.get(Person, person)
            if row is not None:
                self._contacts.keep(row, given)
                session.add(row)
                session.commit()

    async def colleagues(self, organisation: str, person: str) -> list[Colleague]:
        """The others of the organisation who can sign in, by name."""
        return await run_in_threadpool(self._colleagues, organisation, person)

    def _colleagues(self, organisation: str, person: str) -> list[Colleague]:
        query = (
            select(Person.id, Person.display_name)
            .where(Person.organisation_id == organisation, Person.id != person, col(Person.disabled_at).is_(None))
            .order_by(Person.display_name)
        )
        with Session(self._engine) as session:
            return [Colleague(identifier, name) for identifier, name in session.exec(query)]
