"""People who sign in: a session is a bearer like any other. All people are made up."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from shared.clock import utc_now
from shared.identity import Role
from shared.identity.bearers import SESSION_LIFE, BearerReader, organisation_named, revoke_bearer
from shared.identity.models import Person
from shared.identity.people import create_person, sign_in
from shared.ids import new_id
from shared.settings import Settings

PASSWORD = "correct horse battery staple"
MakePerson = Callable[..., str]


@pytest.fixture
def add_person(console: Engine) -> MakePerson:
    """Adds a person, returns their login."""

    def make(role: Role = Role.CASEWORKER, territories: frozenset[str] = frozenset(), login: str | None = None) -> str:
        login = login or f"{new_id('demo').lower()}@example.org"
        with Session(console) as session:
            create_person(
                session,
                organisation_id=organisation_named(session, new_id("organisation")).id,
                login=login,
                display_name="Camille Exemple (fictive)",
                password=PASSWORD,
                role=role,
                territories=territories,
            )
            session.commit()
        return login

    return make


def signed_in(console: Engine, settings: Settings, login: str, password: str = PASSWORD) -> tuple[str, str] | None:
    """Person id and bearer text."""
    with Session(console, expire_on_commit=False) as session:
        found = sign_in(session, settings, login, password)
        session.commit()
        return (found[0].id, found[1].text) if found else None


def test_a_session_acts_as_the_person_with_their_role_and_territories(
    console: Engine, migrated: Settings, reader: BearerReader, add_person: MakePerson
) -> None:
    login = add_person(Role.TERRITORY, frozenset({"241500230"}))
    found = signed_in(console, migrated, login)
    assert found is not None
    person, bearer = found
    assert bearer.startswith("ans_")
    actor = reader.actor(bearer)
    assert actor is not None
    assert (actor.id, actor.role, actor.territories) == (person, Role.TERRITORY, frozenset({"241500230"}))


def test_a_session_ends_after_its_ten_hours(
    console: Engine, migrated: Settings, reader: BearerReader, add_person: MakePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timedelta(hours=10) == SESSION_LIFE
    found = signed_in(console, migrated, add_person())
    assert found is not None
    monkeypatch.setattr("shared.identity.bearers.utc_now", lambda: utc_now() + SESSION_LIFE - timedelta(minutes=1))
    assert reader.actor(found[1]) is not None
    monkeypatch.setattr("shared.identity.bearers.utc_now", lambda: utc_now() + SESSION_LIFE)
    assert reader.actor(found[1]) is None


def test_signing_out_ends_the_session_only(
    console: Engine, migrated: Settings, reader: BearerReader, add_person: MakePerson
) -> None:
    login = add_person()
    first, second = signed_in(console, migrated, login), signed_in(console, migrated, login)
    assert first is not None
    assert second is not None
    with Session(console) as session:
        assert revoke_bearer(session, first[1].partition(".")[0])
        session.commit()
    assert reader.actor(first[1]) is None
    assert reader.actor(second[1]) is not None


def test_a_login_is_known_whatever_its_case_and_spaces(
    console: Engine, migrated: Settings, add_person: MakePerson
) -> None:
    login = add_person()
    assert signed_in(console, migrated, f"  {login.upper()} ") is not None


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper(), f"{PASSWORD} "])
def test_a_wrong_password_gives_nothing(
    console: Engine, migrated: Settings, add_person: MakePerson, password: str
) -> None:
    assert signed_in(console, migrated, add_person(), password) is None


def test_a_login_that_nobody_has_gives_nothing(console: Engine, migrated: Settings) -> None:
    assert signed_in(console, migrated, "nobody@example.org", "nobody has this password") is None


def test_a_person_who_left_can_neither_sign_in_nor_go_on(
    console: Engine, migrated: Settings, reader: BearerReader, add_person: MakePerson
) -> None:
    login = add_person()
    found = signed_in(console, migrated, login)
    assert found is not None
    with Session(console) as session:
        person = session.get_one(Person, found[0])
        person.disabled_at = utc_now()
        session.add(person)
        session.commit()
    assert signed_in(console, migrated, login) is None
    assert reader.actor(found[1]) is None


def test_a_password_is_kept_as_argon2id_and_two_equal_ones_look_different(
    console: Engine, add_person: MakePerson
) -> None:
    logins = [add_person(), add_person()]
    with console.connect() as connection:
        rows = connection.execute(text("SELECT password FROM person WHERE login = ANY(:logins)"), {"logins": logins})
        kept = [row.password for row in rows]
    assert len(set(kept)) == 2
    assert all(one.startswith("$argon2id$") and PASSWORD not in one for one in kept)


def test_two_people_never_share_a_login(add_person: MakePerson) -> None:
    login = add_person()
    with pytest.raises(IntegrityError, match="person_login"):
        add_person(login=login.upper())
