"""People's sessions in the identity database, which the console owns."""

import time
from dataclasses import dataclass
from typing import Final

from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine, text
from sqlmodel import Session

from shared.identity import Actor
from shared.identity.bearers import CACHE_SECONDS, SESSION_LIFE, BearerReader, revoke_bearer
from shared.identity.models import Person
from shared.identity.people import sign_in
from shared.settings import Settings

COOKIE: Final = "ancrage_session"
COOKIE_SECONDS: Final = int(SESSION_LIFE.total_seconds())


@dataclass(frozen=True)
class SignedIn:
    """Someone who is signed in: the actor, the bearer text that the APIs are called with, the name to show."""

    actor: Actor
    bearer: str
    display_name: str


class Sessions:
    """Opens, reads and ends sessions."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._reader = BearerReader(engine, settings)
        self._ended: dict[str, float] = {}

    def check(self) -> None:
        """Raises where the database does not answer."""
        with self._engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Closes the connections."""
        self._engine.dispose()

    async def open(self, login: str, password: str) -> str | None:
        """The bearer text of a new session; None where login and password do not go together."""
        return await run_in_threadpool(self._open, login, password)

    def _open(self, login: str, password: str) -> str | None:
        with Session(self._engine) as session:
            found = sign_in(session, self._settings, login, password)
            if found is None:
                return None
            session.commit()
            return found[1].text

    async def read(self, bearer: str | None) -> SignedIn | None:
        """Who a bearer text stands for; None where it opens nothing or no person is behind it."""
        if not bearer or not bearer.startswith("ans_"):
            return None
        return await run_in_threadpool(self._read, bearer)

    def _read(self, bearer: str) -> SignedIn | None:
        actor = self._reader.actor(bearer)
        if actor is None or actor.user is None or actor.bearer in self._ended:
            return None
        return SignedIn(actor, bearer, self._name_of(actor.user))

    def _name_of(self, person_id: str) -> str:
        with Session(self._engine) as session:
            person = session.get(Person, person_id)
            return person.display_name if person else person_id

    async def end(self, signed_in: SignedIn) -> None:
        """Revokes a session: at once here, within seconds at the APIs."""
        await run_in_threadpool(self._end, signed_in.actor.bearer)

    def _end(self, identifier: str) -> None:
        with Session(self._engine) as session:
            revoke_bearer(session, identifier)
            session.commit()
        now = time.monotonic()
        self._ended = {name: at for name, at in self._ended.items() if now - at < CACHE_SECONDS} | {identifier: now}
