"""The demonstration's organisations, keys and people. All fictional, and named so."""

import json
import os
import secrets
from dataclasses import dataclass, field
from typing import Final

from sqlmodel import Session, select

from shared.identity import Role
from shared.identity.bearers import create_bearer, organisation_named
from shared.identity.models import Person
from shared.identity.people import create_person
from shared.settings import Settings
from shared.sql.engine import service_engine

ASSOCIATION: Final = "Association fictive Nouveau Départ (démo)"
CHECK_ASSOCIATION: Final = "Association fictive de vérification (démo)"
CASEWORKERS: Final = 4  # a caseworker examines at most 20 proposals at a time
FEED: Final = "Flux d'offres simulé (démo)"
OPERATOR: Final = "Opérateur fictif du programme (démo)"
TERRITORY: Final = "Territoires d'accueil fictifs (démo)"


DISPLAY_NAMES: Final = {"operateur": "Opérateur"}  # a login has no accent, a name has


@dataclass(frozen=True)
class Account:
    """A person who can sign in to the console."""

    login: str
    password: str
    role: Role


@dataclass
class Accounts:
    """API keys by organisation name, those of the association's caseworkers, and the console's sign-ins."""

    keys: dict[str, str] = field(default_factory=dict)
    caseworkers: list[str] = field(default_factory=list)
    people: list[Account] = field(default_factory=list)


def create_accounts(settings: Settings, landlords: list[str], departements: frozenset[str]) -> Accounts:
    """Makes what is missing: a key for every organisation (new each time) and one person a role."""
    accounts = Accounts()
    organisations = {
        ASSOCIATION: Role.CASEWORKER,
        CHECK_ASSOCIATION: Role.CASEWORKER,
        FEED: Role.FEED,
        OPERATOR: Role.OPERATOR,
        TERRITORY: Role.TERRITORY,
        **dict.fromkeys(landlords, Role.LANDLORD),
    }
    logins = {ASSOCIATION: "accompagnante", OPERATOR: "operateur", TERRITORY: "territoire"}
    if landlords:
        logins[landlords[0]] = "bailleur"
    with Session(service_engine(settings, "console", database="identity", pool=1)) as session:
        for name, role in organisations.items():
            organisation = organisation_named(session, name)
            codes = departements if role is Role.TERRITORY else frozenset()
            login = logins.get(name)
            known = session.exec(select(Person).where(Person.login == login)).one_or_none() if login else None
            if login and known is None:
                password = secrets.token_urlsafe(9)
                known = create_person(
                    session,
                    organisation_id=organisation.id,
                    login=login,
                    display_name=f"{DISPLAY_NAMES.get(login, login.capitalize())} (démo)",
                    password=password,
                    role=role,
                    territories=codes,
                )
                accounts.people.append(Account(login, password, role))
            made = [
                create_bearer(
                    session,
                    settings,
                    organisation_id=organisation.id,
                    role=role,
                    label=f"démonstration {number + 1}",
                    territories=codes,
                    # Households of the association's first are those of whoever signs in, and so are their alerts.
                    person_id=known.id if known is not None and name == ASSOCIATION and number == 0 else None,
                ).text
                for number in range(CASEWORKERS if name == ASSOCIATION else 1)
            ]
            accounts.keys[name] = made[0]
            if name == ASSOCIATION:
                accounts.caseworkers = made
        session.commit()
    return accounts


def write_down(settings: Settings, accounts: Accounts) -> list[Account]:
    """Keeps the sign-ins in HOME/demo-accounts.json (0600), where the console's page /demo reads them.

    A person made by an earlier start keeps the password that is written there. Returns all of them.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    path = settings.home / "demo-accounts.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    made = [{"login": one.login, "password": one.password, "role": one.role.value} for one in accounts.people]
    logins = {one["login"] for one in made}
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(everyone := [one for one in known if one["login"] not in logins] + made, file)
    return [Account(one["login"], one["password"], Role(one["role"])) for one in everyone]
