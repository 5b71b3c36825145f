"""Walks in time: one begins `refresh` after the last, an open one is taken up, and what needs a person is told."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from services.ingest.adapters import feed_absences, feed_walks
from services.ingest.adapters.feed_walks import WalkRow
from services.ingest.adapters.france_travail.client import FEED, Client
from services.ingest.adapters.france_travail.errors import CredentialsRefused, Unavailable
from services.ingest.core.france_travail.freshness import Alert, Ending, Health, health, next_walk_at
from services.ingest.feeds.france_travail.desk import Desk
from services.ingest.feeds.france_travail.leaves import LeafReader
from services.ingest.feeds.france_travail.walk import Progress, Rules, Stopped, Walk, begin_walk
from shared import telemetry
from shared.clock import isoformat, utc_now

log = telemetry.logger(__name__)
LOOK_SECONDS: Final = 5.0
AFTER_OUTAGE_SECONDS: Final = 60.0
AFTER_REFUSAL_SECONDS: Final = 900.0


class Parts(Protocol):
    """What the puller is made of; `wiring.FeedParts` makes it from settings."""

    @property
    def configured(self) -> bool: ...

    @property
    def engine(self) -> Engine: ...

    @property
    def desk(self) -> Desk: ...

    @property
    def rules(self) -> Rules: ...

    def client(self, on_progress: Callable[[], None]) -> AbstractAsyncContextManager[Client]: ...

    def reader(self, client: Client) -> LeafReader: ...


@dataclass(frozen=True)
class Schedule:
    """`refresh`: from the start of a walk to the next; an open walk older than that is not taken up any more."""

    refresh: timedelta
    stale_after: timedelta


class Busy(Exception):
    """Another process is walking the feed."""


class Puller:
    """The process `ingest.puller`, and the work of `ancrage feed france-travail`."""

    def __init__(self, parts: Parts, schedule: Schedule) -> None:
        self._parts = parts
        self._schedule = schedule
        self._stopping = threading.Event()
        self._told: frozenset[Alert] = frozenset()
        self._unreachable = self._refused = False
        self.active = False
        self.progressed_at = time.monotonic()
        self.details: dict[str, Any] = {"configured": parts.configured}

    def stop(self) -> None:
        """Ends `run` at the next page; the walk in hand goes on at the next start."""
        self._stopping.set()

    def run(self) -> None:
        """Until stopped. Without credentials it only says so; a lost database ends the process, which is started again."""
        self.active = True
        if not self._parts.configured:
            log.info("feed.not_configured", feed=FEED, remedy="ANCRAGE_FRANCE_TRAVAIL_CLIENT_ID, …_CLIENT_SECRET")
            while not self._wait(LOOK_SECONDS):
                pass
        while not self._stopping.is_set():
            self._wait(self._step())
        self.active = False

    def _step(self) -> float:
        """Walks if a walk is due. Returns how long to wait before the next look."""
        due, wait = self._due(utc_now()), LOOK_SECONDS
        if due:
            try:
                self.walk_once()
            except Busy:
                log.info("feed.walked_elsewhere", feed=FEED)
            except Stopped:
                return 0.0
            except CredentialsRefused as error:
                self._refused = True
                log.error("feed.refused", feed=FEED, answer=str(error))
                wait = AFTER_REFUSAL_SECONDS
            except Unavailable as error:
                self._unreachable = True
                log.warning("feed.unreachable", feed=FEED, error=str(error))
                wait = AFTER_OUTAGE_SECONDS
        self.tell()
        return wait

    def _due(self, now: datetime) -> bool:
        with Session(self._parts.engine) as session:
            walks = feed_walks.newest(session, FEED)
        if not walks:
            return True
        last = walks[0]
        return last.ending in feed_walks.OPEN or now >= next_walk_at(
            last.started_at, now=now, refresh=self._schedule.refresh
        )

    def walk_once(self, *, on_progress: Callable[[Progress], None] = lambda _: None) -> WalkRow:
        """Takes up the open walk, or begins one, and works until it ends or is held.

        Raises Busy, Stopped, CredentialsRefused, Outage and what SQLAlchemy raises; the walk then stays open.
        """
        with self._alone():
            walk = self._open_or_new()
            log.info("feed.walk", feed=FEED, walk=walk.id, ending=walk.ending.value)
            walk = asyncio.run(self._work(walk, on_progress))
        self._unreachable = self._refused = False
        log.info("feed.walk_ended", feed=FEED, walk=walk.id, **ended(walk))
        return walk

    async def _work(self, walk: WalkRow, on_progress: Callable[[Progress], None]) -> WalkRow:
        async with self._parts.client(self._progressed) as client:
            reader = self._parts.reader(client)
            course = Walk(
                self._parts.desk,
                client,
                reader,
                self._parts.rules,
                on_progress=on_progress,
                stopping=self._stopping.is_set,
            )
            return await course.run(walk)

    def _open_or_new(self) -> WalkRow:
        now = utc_now()
        with Session(self._parts.engine) as session:
            walks = feed_walks.newest(session, FEED)
        if walks and walks[0].ending in feed_walks.OPEN and now - walks[0].started_at < self._schedule.refresh:
            return walks[0]
        return begin_walk(self._parts.engine, self._parts.desk.actor.organisation, self._parts.rules.departements)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Holds the feed's lock. Raises Busy while another process has it."""
        with self._parts.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            name = {"name": f"feed {FEED}"}
            if not connection.execute(
                text("SELECT pg_try_advisory_lock(hashtextextended(:name, 2))"), name
            ).scalar_one():
                raise Busy
            try:
                yield
            finally:
                _unlock(lambda: connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:name, 2))"), name))

    def health(self) -> Health:
        """What to tell about the feed now."""
        with Session(self._parts.engine) as session:
            walks = feed_walks.newest(session, FEED, limit=feed_walks.KEPT_WALKS)
            holds = bool(walks) and feed_absences.holds_offers(session, walks[0].owner)
        return health(
            [walk.summary for walk in walks],
            now=utc_now(),
            stale_after=self._schedule.stale_after,
            holds_offers=holds,
            refused=self._refused,
            unreachable=self._unreachable,
        )

    def tell(self) -> Health:
        """Sets the metrics; logs an alert when it begins and when it ends."""
        found = self.health()
        alerts = frozenset(found.alerts)
        for alert in Alert:
            telemetry.FEED_ALERT.labels(FEED, alert).set(alert in alerts)
        if found.last_success is not None:
            telemetry.FEED_SUCCESS_AT.labels(FEED).set(found.last_success.timestamp())
            telemetry.CONSUMED_AT.labels(FEED).set(found.last_success.timestamp())
        for alert in alerts - self._told:
            log.error("feed.alert", feed=FEED, alert=alert.value, says=alert.label_fr)
        for alert in self._told - alerts:
            log.info("feed.alert_over", feed=FEED, alert=alert.value)
        self._told = alerts
        self.details = {
            "configured": True,
            "alerts": sorted(alerts),
            "last_success": isoformat(found.last_success) if found.last_success else None,
        }
        return found

    def _progressed(self) -> None:
        self.progressed_at = time.monotonic()

    def _wait(self, seconds: float) -> bool:
        """Waits, alive, until the time is over or the process is asked to stop. Returns whether it is."""
        until = time.monotonic() + seconds
        while not self._stopping.is_set() and (left := until - time.monotonic()) > 0:
            self._progressed()
            self._stopping.wait(min(left, LOOK_SECONDS))
        self._progressed()
        return self._stopping.is_set()


def ended(walk: WalkRow) -> dict[str, Any]:
    """The figures of a walk for a log line or a report."""
    names = ("announced", "seen", "known", "absent", "unreached", *feed_walks.COUNTS)
    return {"ending": walk.ending.value, "complete": walk.complete, **{name: getattr(walk, name) for name in names}}


def confirm(engine: Engine, *, at: datetime) -> WalkRow | None:
    """Lets the newest walk go on when it is held. Returns it, None where there is nothing to confirm."""
    with Session(engine) as session:
        walks = feed_walks.newest(session, FEED)
        if not walks or walks[0].ending is not Ending.HELD:
            return None
        feed_walks.set_fields(session, walks[0].id, ending=Ending.ABSENCES, confirmed_at=at, finished_at=None)
        session.commit()
        return feed_walks.walk_by_id(session, walks[0].id)


def _unlock(release: Callable[[], object]) -> None:
    try:
        release()
    except SQLAlchemyError as error:  # the connection is lost, and the lock with it
        log.warning("feed.lock_lost", feed=FEED, error=type(error).__name__)
