"""The puller and its parts, made from settings."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

import httpx
from pydantic import SecretStr
from sqlalchemy import Engine

from services.ingest.adapters.france_travail.client import Client, Patience
from services.ingest.adapters.france_travail.pace import Pace
from services.ingest.adapters.france_travail.tokens import Credentials, Tokens
from services.ingest.adapters.organisation import feed_actor
from services.ingest.core.circuit import Circuit
from services.ingest.core.disappearance import Guard
from services.ingest.core.france_travail.offers import SOURCE_NAME, Referential
from services.ingest.core.france_travail.places import Gazetteer
from services.ingest.core.france_travail.shards import Axes
from services.ingest.core.states import Horizon
from services.ingest.feeds.france_travail.desk import Desk
from services.ingest.feeds.france_travail.leaves import LeafReader, Reach
from services.ingest.feeds.france_travail.puller import Puller, Schedule
from services.ingest.feeds.france_travail.walk import Rules
from services.ingest.settings import IngestSettings
from shared.clock import BusinessClock
from shared.geography import geography
from shared.occupations import occupations
from shared.sql.engine import service_engine

USER_AGENT = "Ancrage (offres d'emploi v2)"


@dataclass(frozen=True)
class FeedParts:
    """What a walk needs. Databases are opened when first used, so that an idle process needs none."""

    settings: IngestSettings
    reach: Reach = field(default_factory=Reach)
    patience: Patience | None = None

    @property
    def configured(self) -> bool:
        return bool(self.settings.france_travail_client_id and self.settings.france_travail_client_secret)

    @cached_property
    def engine(self) -> Engine:
        return service_engine(self.settings, "ingest", pool=3)

    @cached_property
    def desk(self) -> Desk:
        """Raises what SQLAlchemy raises while no database answers."""
        identity = service_engine(self.settings, "ingest", database="identity", pool=1)
        try:
            actor = feed_actor(identity, self.settings, SOURCE_NAME)
        finally:
            identity.dispose()
        clock = BusinessClock(self.engine, movable=self.settings.test_clock)
        horizon = Horizon(self.settings.publication_horizon_days, self.settings.stale_after_days)
        return Desk(self.engine, actor, clock.now, horizon)

    @cached_property
    def rules(self) -> Rules:
        given = self.settings
        wanted = tuple(code.strip().upper() for code in given.france_travail_departements.split(",") if code.strip())
        return Rules(
            axes=Axes(tuple(sorted(occupations().all)), tuple(sorted(geography().departements))),
            departements=wanted,
            concurrency=given.france_travail_concurrency,
            guard=Guard(given.france_travail_guard_percent, given.france_travail_guard_minimum),
            confirmations=given.france_travail_confirmations,
            absent_walks=given.france_travail_absent_walks,
            reach=self.reach,
        )

    @asynccontextmanager
    async def client(self, on_progress: Callable[[], None]) -> AsyncIterator[Client]:
        """A client of its own for one walk."""
        given = self.settings
        patience = self.patience or Patience(outage_seconds=given.france_travail_outage_minutes * 60)
        timeout = httpx.Timeout(given.france_travail_timeout_seconds, connect=10)
        limits = httpx.Limits(max_connections=given.france_travail_concurrency + 1)
        async with httpx.AsyncClient(
            base_url=given.france_travail_url,
            timeout=timeout,
            limits=limits,
            headers={"Accept": "application/json", "User-Agent": USER_AGENT},
            trust_env=True,
        ) as http:
            credentials = Credentials(
                given.france_travail_token_url,
                given.france_travail_client_id or "",
                given.france_travail_client_secret or SecretStr(""),
                given.france_travail_scope,
            )
            yield Client(
                http,
                Tokens(http, credentials),
                Pace(given.france_travail_requests_per_second),
                patience=patience,
                circuit=Circuit(),
                answer_seconds=3 * given.france_travail_timeout_seconds,
                on_progress=on_progress,
            )

    def reader(self, client: Client) -> LeafReader:
        return LeafReader(client, referential(), concurrency=self.rules.concurrency, reach=self.reach)


def referential() -> Referential:
    """The platform's reference data, as reading an offer needs it."""
    atlas, known = geography(), occupations()
    return Referential(
        Gazetteer(atlas.current_code, atlas.communes_of_postal_code),
        lambda code: code if known.known(code) else None,
    )


def puller(settings: IngestSettings, parts: FeedParts | None = None) -> Puller:
    """The process: walks in time, alerts, idle without credentials."""
    schedule = Schedule(
        refresh=timedelta(hours=settings.france_travail_refresh_hours),
        stale_after=timedelta(hours=settings.france_travail_stale_hours),
    )
    return Puller(parts or FeedParts(settings), schedule)
