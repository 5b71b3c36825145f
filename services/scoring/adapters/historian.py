"""The historian: every published score into SQL, in the transaction that records the consumed position."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine

from services.scoring.adapters import history_store
from services.scoring.core.history import by_day, entry_of, newly_said
from services.scoring.settings import ScoringSettings
from shared import telemetry
from shared.clock import paris_date, utc_now
from shared.streams.consumer import Record, SqlConsumer
from shared.topics import TERRITORY_SCORES

NAME: Final = "scoring.historian"
PURGE_SECONDS: Final = 600.0

log = telemetry.logger(__name__)


def handle(connection: Connection, records: list[Record]) -> None:
    """One batch, in order. Also what `ancrage dlq replay` calls with a record that was refused."""
    entries = []
    for event in (record.event for record in records if record.event is not None):
        published_at = datetime.fromisoformat(event.time)
        entries.append(entry_of(event.data, published_at, paris_date(published_at)))
    new = newly_said(entries, history_store.marks(connection, (entry.code for entry in entries)))
    history_store.keep(connection, new, by_day(new))


def build(settings: ScoringSettings, engine: Engine) -> SqlConsumer:
    """The consumer, wired."""
    return SqlConsumer(
        NAME,
        (TERRITORY_SCORES,),
        kafka=settings.kafka_bootstrap,
        engine=engine,
        handle=handle,
        idle=_purging(engine, settings),
    )


def _purging(engine: Engine, settings: ScoringSettings) -> Callable[[], bool]:
    due = time.monotonic()

    def idle() -> bool:
        nonlocal due
        if time.monotonic() < due:
            return False
        due = time.monotonic() + PURGE_SECONDS
        removed = purge(engine, settings, utc_now())
        if removed:
            log.info("history.purged", rows=removed)
        return False

    return idle


def purge(engine: Engine, settings: ScoringSettings, now: datetime) -> int:
    """Removes what is kept no longer. Returns how many rows."""
    with engine.begin() as connection:
        return history_store.forget(
            connection,
            changes_before=now - timedelta(days=settings.scoring_changes_days),
            days_before=paris_date(now - timedelta(days=settings.scoring_days_days)),
        )
