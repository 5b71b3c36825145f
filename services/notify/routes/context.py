"""What the routes share."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine
from sqlmodel import Session

from services.notify.adapters.secrets import SecretBox
from services.notify.live_hub import LiveHub
from services.notify.settings import NotifySettings
from shared.clock import BusinessClock


@dataclass(frozen=True)
class Context:
    """Built once, kept at `app.state.context`."""

    engine: Engine
    settings: NotifySettings
    secrets: SecretBox
    hub: LiveHub
    identity: Engine
    clock: BusinessClock

    def identity_session(self) -> Session:
        """A session of the identity database, to read."""
        return Session(self.identity)


def context_of(request: Request) -> Context:
    """The context of the application."""
    context: Context = request.app.state.context
    return context


def session_of(context: Annotated[Context, Depends(context_of)]) -> Iterator[Session]:
    """A session that rolls back what the route did not commit."""
    with Session(context.engine) as session:
        yield session


Ctx = Annotated[Context, Depends(context_of)]
Db = Annotated[Session, Depends(session_of)]
