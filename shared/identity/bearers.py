"""Bearers: making, finding and revoking them. A bearer reads "ank_<id>.<secret>" (key) or "ans_<id>.<secret>" (session)."""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from shared.clock import utc_now
from shared.identity.actor import Actor
from shared.identity.models import Bearer, Organisation, Person
from shared.identity.rights import Role
from shared.identity.service_bearers import SERVICE_PREFIX, read_service_bearer
from shared.ids import new_id
from shared.settings import Settings

CACHE_SECONDS: Final = 15.0  # a revoked key works at most this long
CACHE_SIZE: Final = 10_000
SESSION_LIFE: Final = timedelta(hours=10)


def _digest(key: bytes, secret: str) -> bytes:
    return hmac.new(key, secret.encode(), hashlib.sha256).digest()


def _name(text: str) -> bytes:
    """What the cache is keyed by: a digest, so that a memory dump holds no secret."""
    return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True)
class NewBearer:
    """A bearer just made: the only moment its text exists."""

    id: str
    text: str


def organisation_named(session: Session, name: str) -> Organisation:
    """The organisation of that name, made when new."""
    found = session.exec(select(Organisation).where(Organisation.name == name)).one_or_none()
    if found is None:
        found = Organisation(id=new_id("org"), name=name, created_at=utc_now())
        session.add(found)
        session.flush()
    return found


def create_bearer(
    session: Session,
    settings: Settings,
    *,
    organisation_id: str,
    role: Role,
    label: str,
    territories: frozenset[str] = frozenset(),
    person_id: str | None = None,
    life: timedelta | None = None,
) -> NewBearer:
    """Adds a key, or a person's session when `person_id` is given."""
    prefix = "ans" if person_id else "ank"
    identifier, secret = new_id(prefix), secrets.token_urlsafe(32)
    now = utc_now()
    session.add(
        Bearer(
            id=identifier,
            organisation_id=organisation_id,
            person_id=person_id,
            role=role.value,
            territories=sorted(territories),
            label=label,
            digest=_digest(settings.derived_key("bearer"), secret),
            created_at=now,
            expires_at=now + life if life else None,
        )
    )
    return NewBearer(identifier, f"{identifier}.{secret}")


def revoke_bearer(session: Session, identifier: str) -> bool:
    """Revokes a key or session; False when there is none that is live."""
    bearer = session.get(Bearer, identifier)
    if bearer is None or bearer.revoked_at is not None:
        return False
    bearer.revoked_at = utc_now()
    session.add(bearer)
    return True


class BearerReader:
    """Finds the actor of a bearer; remembers answers for up to 15 s. Safe to use from many threads."""

    def __init__(self, engine: Engine, settings: Settings, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._monotonic = monotonic
        self._keys = [settings.derived_key("bearer", key) for key in settings.keys]
        self._service_keys = [settings.derived_key("service-bearer", key) for key in settings.keys]
        self._lock = threading.Lock()
        self._known: dict[bytes, tuple[float, Actor | None, datetime | None]] = {}

    def remembers(self, text: str) -> bool:
        """Whether `actor` would answer without asking the database."""
        known = self._known.get(_name(text))
        return known is not None and self._monotonic() - known[0] <= CACHE_SECONDS

    def actor(self, text: str) -> Actor | None:
        """The actor of a bearer text, None when it opens nothing."""
        name = _name(text)
        now = self._monotonic()
        with self._lock:
            known = self._known.get(name)
        if known is None or now - known[0] > CACHE_SECONDS:
            actor, expires_at = self._read(text)
            known = (now, actor, expires_at)
            with self._lock:
                if len(self._known) >= CACHE_SIZE:
                    self._known.clear()
                self._known[name] = known
        _, actor, expires_at = known
        return None if expires_at is not None and expires_at <= utc_now() else actor

    def _read(self, text: str) -> tuple[Actor | None, datetime | None]:
        if text.startswith(SERVICE_PREFIX):
            return read_service_bearer(text, self._service_keys)
        identifier, _, secret = text.partition(".")
        if not secret or len(text) > 200:
            return None, None
        with Session(self._engine) as session:
            row = session.exec(
                select(Bearer, Organisation, Person)
                .join(Organisation, col(Organisation.id) == col(Bearer.organisation_id))
                .join(Person, col(Person.id) == col(Bearer.person_id), isouter=True)
                .where(Bearer.id == identifier)
            ).one_or_none()
        if row is None:
            return None, None
        bearer, organisation, person = row
        if not any(hmac.compare_digest(_digest(key, secret), bearer.digest) for key in self._keys):
            return None, None
        if bearer.revoked_at is not None or (person is not None and person.disabled_at is not None):
            return None, None
        actor = Actor(
            bearer=bearer.id,
            organisation=organisation.id,
            organisation_name=organisation.name,
            role=Role(bearer.role),
            user=bearer.person_id,
            territories=frozenset(bearer.territories),
        )
        return actor, bearer.expires_at
