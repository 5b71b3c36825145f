"""The matching API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from services.matching.adapters.contacts import HouseholdContacts
from services.matching.adapters.messenger import Messenger
from services.matching.adapters.verification import Verifier
from services.matching.programmes import programmes
from services.matching.routes import (
    answers,
    commitments,
    contacts,
    fairness,
    homes,
    households,
    placements,
    plans,
    recipients,
    shortlists,
)
from services.matching.routes import programmes as programme_routes
from services.matching.routes.context import Context
from services.matching.settings import MatchingSettings
from services.matching.wiring import ENGINE_CONSUMER, opened_engine
from shared.clock import BusinessClock
from shared.geography import geography
from shared.identity.bearers import BearerReader
from shared.occupations import occupations
from shared.sql.engine import service_engine
from shared.streams.dead_letter_replay import Retaker
from shared.web.application import create_app
from shared.web.dead_letters import dead_letter_router


def build(
    settings: MatchingSettings,
    *,
    ingest: httpx.BaseTransport | None = None,
    notify: httpx.BaseTransport | None = None,
) -> FastAPI:
    """The application, wired to its database, to the identity database, to ingest and notify (by HTTP, or as given)."""
    engine = service_engine(settings, "matching", pool=20)
    identity = service_engine(settings, "matching", database="identity", pool=4)
    verifier = Verifier(settings, seconds=settings.verify_seconds, transport=ingest)
    messenger = Messenger(settings, transport=notify)

    def postgresql() -> None:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1 FROM outbox_counter"))

    def reference_data() -> None:
        geography().commune("15014")
        occupations().known("F1703")
        programmes()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        verifier.close()
        messenger.close()
        engine.dispose()
        identity.dispose()

    app = create_app(
        "matching",
        title="Ancrage — mise en relation",
        settings=settings,
        checks={"postgresql": postgresql, "reference_data": reference_data},
        lifespan=lifespan,
    )
    app.state.bearers = BearerReader(identity, settings)
    app.state.context = Context(
        engine=engine,
        identity=identity,
        clock=BusinessClock(engine, movable=settings.test_clock),
        verifier=verifier,
        settings=settings,
        contacts=HouseholdContacts(settings),
        messenger=messenger,
    )
    for module in (
        households,
        contacts,
        recipients,
        placements,
        answers,
        commitments,
        homes,
        plans,
        shortlists,
        fairness,
        programme_routes,
    ):
        app.include_router(module.router)
    retaker = Retaker(partial(opened_engine, settings), mirrors=True)
    app.include_router(dead_letter_router(settings, "matching", {ENGINE_CONSUMER: retaker}))
    return app
