"""The scoring API: the répertoire des territoires d'opportunité, from Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import redis
from fastapi import FastAPI

from services.scoring.adapters.catalogue import TerritoryCatalogue
from services.scoring.adapters.history_store import HistoryReader
from services.scoring.adapters.places import scored_places
from services.scoring.adapters.read_model import CURRENT, connect
from services.scoring.routes import router
from services.scoring.settings import ScoringSettings
from shared.identity.bearers import BearerReader
from shared.sql.engine import service_engine
from shared.web.application import create_app
from shared.web.dead_letters import dead_letter_router


def build(settings: ScoringSettings) -> FastAPI:
    """The application, wired to Redis and to the identity database."""
    identity = service_engine(settings, "scoring", database="identity", pool=4)
    client = connect(settings.redis)
    catalogue = TerritoryCatalogue(client, scored_places())
    probe = redis.Redis.from_url(settings.redis, socket_timeout=1.0, socket_connect_timeout=1.0)

    def read_model() -> None:
        if probe.get(CURRENT) is None:
            raise LookupError("no scores yet")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        stopping = asyncio.Event()
        following = asyncio.create_task(catalogue.follow(stopping))
        yield
        stopping.set()
        await following
        await client.aclose()
        probe.close()

    app = create_app(
        "scoring",
        title="Ancrage — territoires",
        settings=settings,
        checks={"read_model": read_model},
        lifespan=lifespan,
    )
    app.state.bearers = BearerReader(identity, settings)
    app.state.catalogue = catalogue
    app.state.history = HistoryReader(service_engine(settings, "scoring", pool=4))
    app.include_router(router)
    # The packer counts differences: what it refused is said anew by its owner, never handed again.
    app.include_router(dead_letter_router(settings, "scoring", {}))
    return app
