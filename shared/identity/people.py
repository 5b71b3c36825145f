"""People who sign in: argon2id passwords, sessions that are bearers."""

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, select

from shared.clock import utc_now
from shared.identity.bearers import SESSION_LIFE, NewBearer, create_bearer
from shared.identity.models import Person
from shared.identity.rights import Role
from shared.ids import new_id
from shared.settings import Settings

_HASHER: Final = PasswordHasher()
# Checked when the login is unknown, so that the answer takes as long.
_NOBODY: Final = _HASHER.hash("nobody has this password")


def create_person(
    session: Session,
    *,
    organisation_id: str,
    login: str,
    display_name: str,
    password: str,
    role: Role,
    territories: frozenset[str] = frozenset(),
) -> Person:
    """Adds a person who can sign in."""
    person = Person(
        id=new_id("usr"),
        organisation_id=organisation_id,
        login=login.strip().lower(),
        display_name=display_name,
        password=_HASHER.hash(password),
        role=role.value,
        territories=sorted(territories),
        created_at=utc_now(),
    )
    session.add(person)
    session.flush()
    return person


def sign_in(session: Session, settings: Settings, login: str, password: str) -> tuple[Person, NewBearer] | None:
    """The person and a new session of 10 hours; None where login and password do not go together."""
    person = session.exec(select(Person).where(Person.login == login.strip().lower())).one_or_none()
    try:
        _HASHER.verify(person.password if person else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    if person is None or person.disabled_at is not None:
        return None
    bearer = create_bearer(
        session,
        settings,
        organisation_id=person.organisation_id,
        role=Role(person.role),
        label="session",
        territories=frozenset(person.territories),
        person_id=person.id,
        life=SESSION_LIFE,
    )
    return person, bearer
