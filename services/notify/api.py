"""The notify API."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

from fastapi import FastAPI
from sqlalchemy import text

from services.notify.adapters.live_history import LiveHistory
from services.notify.adapters.secrets import SecretBox
from services.notify.consumer import NAME
from services.notify.consumer import build as build_consumer
from services.notify.live_hub import LiveHub
from services.notify.routes import alerts, deliveries, endpoints, event_types, messages, preferences, stream
from services.notify.routes.context import Context
from services.notify.settings import NotifySettings
from shared.clock import BusinessClock
from shared.geography import geography
from shared.identity.bearers import BearerReader
from shared.sql.engine import service_engine
from shared.streams.consumer import SqlConsumer
from shared.streams.dead_letter_replay import Retaker
from shared.web.application import create_app
from shared.web.dead_letters import dead_letter_router


def build(settings: NotifySettings) -> FastAPI:
    """The application, wired to its database, to Redis and to the identity database.

    Redis is not in /readyz: without it the live stream reads SQL.
    """
    engine = service_engine(settings, "notify", pool=20)
    identity = service_engine(settings, "notify", database="identity", pool=4)
    history = LiveHistory(engine, settings.redis)
    hub = LiveHub(history)

    def postgresql() -> None:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1 FROM live_counter"))

    def reference_data() -> None:
        geography().commune("15014")

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        following = asyncio.create_task(hub.run(), name="live hub")
        try:
            yield
        finally:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following
            await history.close()
            engine.dispose()
            identity.dispose()

    app = create_app(
        "notify",
        title="Ancrage — notifications",
        settings=settings,
        checks={"postgresql": postgresql, "reference_data": reference_data},
        lifespan=lifespan,
    )
    app.state.bearers = BearerReader(identity, settings)
    app.state.context = Context(
        engine=engine,
        settings=settings,
        secrets=SecretBox(settings),
        hub=hub,
        identity=identity,
        clock=BusinessClock(engine, movable=settings.test_clock),
    )
    for module in (endpoints, deliveries, event_types, stream, preferences, alerts, messages):
        app.include_router(module.router)

    @contextlib.contextmanager
    def consumer() -> Iterator[SqlConsumer]:
        yield build_consumer(settings, engine)

    app.include_router(dead_letter_router(settings, "notify", {NAME: Retaker(consumer)}))
    return app
