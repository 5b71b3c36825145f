"""The puller over real HTTP against the simulator, on a real PostgreSQL. Each test has an organisation of its own."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import pytest
from sqlalchemy import Engine, text

from deploy.demo.stock import OfferRow, load
from deploy.simulators.france_travail.app import CLIENT_SECRET, Simulator
from deploy.simulators.france_travail.faults import Faults
from deploy.simulators.france_travail.process import running, settings
from deploy.simulators.france_travail.searching import Limits
from deploy.simulators.france_travail.truth import truth
from deploy.simulators.france_travail.universe import Universe, some_time_ago
from services.ingest.adapters.feed_walks import WalkRow
from services.ingest.adapters.france_travail.client import Patience
from services.ingest.core.states import Horizon
from services.ingest.feeds.france_travail.desk import Desk
from services.ingest.feeds.france_travail.leaves import Reach
from services.ingest.feeds.france_travail.puller import Puller, Schedule
from services.ingest.feeds.france_travail.wiring import FeedParts
from services.ingest.settings import IngestSettings
from shared.clock import utc_now
from shared.identity import Actor, Role
from shared.ids import new_id
from shared.settings import Settings
from tests.patience import PATIENCE_SECONDS

SMALL = Limits(page=10, last_start=30)
SCHEDULE = Schedule(refresh=timedelta(hours=12), stale_after=timedelta(hours=24))
QUICK = Patience(attempts=12, first_wait_seconds=0.01, longest_wait_seconds=0.05, outage_seconds=PATIENCE_SECONDS)
CANTAL = tuple(row for row in load().in_departement("15").offers if row.commune)[:60]


class _Parts(FeedParts):
    """The parts of the real puller, writing as an organisation of this test."""

    @cached_property
    def desk(self) -> Desk:
        actor = Actor("feed", new_id("org"), "France Travail", Role.FEED)
        return Desk(self.engine, actor, utc_now, Horizon(92, 45))


@dataclass
class World:
    """A simulator that runs, and pullers that read it. Calls of `walk` share the organisation."""

    simulator: Simulator
    parts: FeedParts
    engine: Engine

    def walk(self, **rules: Any) -> WalkRow:
        """A new walk to its end; `rules` of the settings differ for this one."""
        return Puller(self.with_rules(**rules), SCHEDULE).walk_once()

    def with_rules(self, **rules: Any) -> FeedParts:
        parts = self.parts
        if rules:
            given = {f"france_travail_{name}": value for name, value in rules.items()}
            parts = _Parts(self.parts.settings.model_copy(update=given), self.parts.reach, self.parts.patience)
            parts.__dict__["desk"], parts.__dict__["engine"] = self.parts.desk, self.parts.engine
        return parts

    def environment(self) -> dict[str, str]:
        """What a command needs to walk this world."""
        given = self.parts.settings
        own = {
            "ANCRAGE_HOME": str(given.home),
            "ANCRAGE_KAFKA": given.kafka,
            "ANCRAGE_DATABASE_URL": given.database_url,
            "ANCRAGE_SECRET_KEYS": given.secret_keys.get_secret_value() if given.secret_keys else None,
            "ANCRAGE_FRANCE_TRAVAIL_URL": given.france_travail_url,
            "ANCRAGE_FRANCE_TRAVAIL_TOKEN_URL": given.france_travail_token_url,
            "ANCRAGE_FRANCE_TRAVAIL_CLIENT_ID": given.france_travail_client_id,
            "ANCRAGE_FRANCE_TRAVAIL_CLIENT_SECRET": CLIENT_SECRET,
            "ANCRAGE_FRANCE_TRAVAIL_DEPARTEMENTS": given.france_travail_departements,
            "ANCRAGE_FRANCE_TRAVAIL_REQUESTS_PER_SECOND": str(given.france_travail_requests_per_second),
        }
        return {**os.environ, **{name: value for name, value in own.items() if value is not None}}

    def as_the_feed(self) -> None:
        """Acts for the feed's own organisation, as the command and the process do, without what other tests left there."""
        self.parts.__dict__["desk"] = FeedParts(self.parts.settings).desk
        with self.engine.begin() as connection:
            owner = {"o": self.parts.desk.actor.organisation}
            connection.execute(
                text("DELETE FROM offer_origin WHERE offer IN (SELECT id FROM offer WHERE owner = :o)"), owner
            )
            connection.execute(text("DELETE FROM offer WHERE owner = :o"), owner)

    def published(self) -> dict[str, dict[str, Any]]:
        """Live offers by reference, as content."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                text("SELECT reference, state FROM offer WHERE owner = :o AND current AND withdrawn_at IS NULL"),
                {"o": self.parts.desk.actor.organisation},
            )
            return {row.reference: _content(row.state) for row in rows}

    def truth(self) -> dict[str, dict[str, Any]]:
        return dict(truth(self.simulator.universe))

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query), values).mappings())


def _content(state: dict[str, Any]) -> dict[str, Any]:
    own = ("id", "feed", "reference", "observed_at", "status", "duplicate_of")
    return {name: value for name, value in state.items() if name not in own}


MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(migrated: Settings, ingest_engine: Engine) -> Iterator[MakeWorld]:
    """`make_world(rows=…, faults=…, limits=…)`."""
    with ExitStack() as stack:

        def make(
            rows: tuple[OfferRow, ...] = CANTAL,
            *,
            seed: int = 1,
            limits: Limits = SMALL,
            faults: Faults | None = None,
            same_second: int = 0,
            serves_partners_unasked: bool = False,
            patience: Patience = QUICK,
            **given: Any,
        ) -> World:
            with ingest_engine.begin() as connection:  # walks belong to the feed, not to an organisation
                connection.execute(text("DELETE FROM feed_walk"))
                connection.execute(text("DELETE FROM feed_quarantine"))
            universe = Universe(rows, seed=seed, as_of=some_time_ago(utc_now()), same_second=same_second)
            simulator = Simulator(
                universe,
                limits=limits,
                faults=faults or Faults(requests_per_second=None),
                seed=seed,
                serves_partners_unasked=serves_partners_unasked,
            )
            port = stack.enter_context(running(simulator))
            own = settings(port) | {"france_travail_requests_per_second": 5000.0, "france_travail_guard_minimum": 20}
            own |= {f"france_travail_{name}": value for name, value in given.items()}
            made = IngestSettings.model_validate({**migrated.model_dump(), **own})
            parts = _Parts(made, Reach(limits.page, limits.last_start), patience)
            stack.callback(parts.engine.dispose)
            return World(simulator, parts, ingest_engine)

        yield make
