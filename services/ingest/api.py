"""The ingest API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import Depends, FastAPI
from sqlalchemy import text

from services.ingest.adapters.gathering import Gathering
from services.ingest.adapters.matching import MatchingCommitments
from services.ingest.core.states import Horizon
from services.ingest.routes import bulk, commitments, offers, runs, snapshots, vacancies
from services.ingest.routes.context import Context, admitted
from services.ingest.settings import IngestSettings
from shared.clock import BusinessClock
from shared.geography import geography
from shared.identity.bearers import BearerReader
from shared.occupations import occupations
from shared.sql.backlog import Backlog
from shared.sql.engine import service_engine
from shared.sql.outbox import Waker
from shared.web.application import create_app


def build(settings: IngestSettings, *, matching: httpx.BaseTransport | None = None) -> FastAPI:
    """The application, wired to its database, to the identity database and to matching (by HTTP, or by `matching`)."""
    engine = service_engine(settings, "ingest", pool=20)
    identity = service_engine(settings, "ingest", database="identity", pool=4)

    commitments_known = MatchingCommitments(settings, seconds=settings.commitment_seconds, transport=matching)

    backlog = Backlog(engine, "ingest", max_events=settings.outbox_max_events, max_seconds=settings.outbox_max_seconds)

    def postgresql() -> None:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1 FROM outbox_counter"))

    def reference_data() -> None:
        geography().commune("15014")
        occupations().known("F1703")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        waker = Waker(engine)
        backlog.start()
        yield
        backlog.close()
        waker.close()
        commitments_known.close()
        engine.dispose()
        identity.dispose()

    app = create_app(
        "ingest",
        title="Ancrage — ingestion",
        settings=settings,
        checks={"postgresql": postgresql, "reference_data": reference_data},
        lifespan=lifespan,
        unlimited_paths=("/v1/vacancies:bulk", "/v1/offers:bulk", "/v1/offers:snapshot"),
    )
    app.state.bearers = BearerReader(identity, settings)
    clock = BusinessClock(engine, movable=settings.test_clock)
    horizon = Horizon(settings.publication_horizon_days, settings.stale_after_days)
    app.state.context = Context(
        engine=engine,
        clock=clock,
        horizon=horizon,
        gathering=Gathering(engine, horizon, clock.now),
        bulk_chunk=settings.bulk_chunk,
        bulk_max_line_bytes=settings.bulk_max_line_bytes,
        matching=commitments_known,
        backlog=backlog,
        bulk_max_bytes=settings.bulk_max_bytes,
        guard=settings.withdrawal_guard,
    )
    for module in (bulk, vacancies, offers, commitments, runs, snapshots):
        app.include_router(module.router, dependencies=[Depends(admitted)])
    return app
