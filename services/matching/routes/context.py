"""What the routes share: the session of a request, the clock, ingest, and times."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Header, Request
from sqlalchemy import Engine
from sqlmodel import Session

from services.matching.adapters.contacts import HouseholdContacts
from services.matching.adapters.messenger import Messenger
from services.matching.adapters.placements import Moment
from services.matching.adapters.verification import Verifier
from services.matching.settings import MatchingSettings
from shared.clock import BusinessClock
from shared.identity import Actor
from shared.web.problems import language


@dataclass(frozen=True)
class Context:
    """Built once in api.py, kept at `app.state.context`."""

    engine: Engine
    identity: Engine
    clock: BusinessClock
    verifier: Verifier
    settings: MatchingSettings
    contacts: HouseholdContacts
    messenger: Messenger

    def moment(self) -> Moment:
        """Business time of a transaction."""
        return Moment(self.clock.now(), timedelta(days=self.settings.cooling_days))


def context_of(request: Request) -> Context:
    """The context of the application."""
    context: Context = request.app.state.context
    return context


def session_of(context: Annotated[Context, Depends(context_of)]) -> Iterator[Session]:
    """A session that rolls back what the route did not commit."""
    with Session(context.engine) as session:
        yield session


async def raw_body(request: Request) -> bytes:
    """The bytes of the request, for the idempotency digest."""
    return await request.body()


def person(actor: Actor) -> str:
    """Who acts: the person who signed in, else the key."""
    return actor.user or actor.bearer


Ctx = Annotated[Context, Depends(context_of)]
Db = Annotated[Session, Depends(session_of)]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]
Lang = Annotated[str, Depends(language)]  # "fr" or "en", by Accept-Language
RawBody = Annotated[bytes, Depends(raw_body)]
