"""What the routes share: the session of a request, the clocks, the horizon."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from sqlalchemy import Engine
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from services.ingest.adapters.gathering import Gathering
from services.ingest.adapters.matching import MatchingCommitments
from services.ingest.core.disappearance import Guard
from services.ingest.core.states import Horizon
from shared.clock import BusinessClock
from shared.sql.backlog import Backlog
from shared.web.problems import Problem, language

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NOTHING_KEPT: Final = ("Rien de cette requête n'est gardé.", "Nothing of this request was kept.")


@dataclass(frozen=True)
class Context:
    """Built once in main.py, kept at `app.state.context`."""

    engine: Engine
    clock: BusinessClock
    horizon: Horizon
    gathering: Gathering
    bulk_chunk: int
    bulk_max_line_bytes: int
    matching: MatchingCommitments
    backlog: Backlog
    bulk_max_bytes: int
    guard: Guard


async def context_of(request: Request) -> Context:
    """The context of the application."""
    context: Context = request.app.state.context
    return context


async def admitted(request: Request) -> None:
    """Dependency of every route: what would write is refused while too much waits for Kafka. Raises Problem 503."""
    if request.method not in _READING:
        context: Context = request.app.state.context
        lang = language(request)
        try:
            context.backlog.admit(lang=lang)
        except Problem as problem:
            problem.detail = f"{problem.detail} {_NOTHING_KEPT[1 if lang == 'en' else 0]}"
            raise


async def session_of(context: Annotated[Context, Depends(context_of)]) -> AsyncIterator[Session]:
    """A session that rolls back what the route did not commit. It connects when the route first uses it, in its thread."""
    session = Session(context.engine)
    try:
        yield session
    finally:
        if session.in_transaction():
            await run_in_threadpool(session.close)
        else:
            session.close()


Ctx = Annotated[Context, Depends(context_of)]
Db = Annotated[Session, Depends(session_of)]
