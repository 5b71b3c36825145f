"""The consumer: events to deliveries and live events, in the transaction that records the consumed position.

Every effect is a row; sending is the dispatcher's business. Live events go on to Redis between polls, from SQL.
"""

import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, Engine

from services.notify.adapters import alerts, intake
from services.notify.adapters.areas import territory_of
from services.notify.adapters.live_redis import LivePublisher
from services.notify.adapters.telling import tell
from services.notify.core import occurrences, score_changes
from services.notify.core.occurrences import Occurrence
from services.notify.core.score_changes import DEFAULT_MINIMUM
from services.notify.core.subscriptions import Subscription
from services.notify.settings import NotifySettings
from shared import telemetry
from shared.clock import utc_now
from shared.streams.consumer import Record, SqlConsumer
from shared.topics import PLACEMENTS, TERRITORY_SCORES, VACANCIES

NAME: Final = "notify.consumer"
TOPICS: Final = (PLACEMENTS, TERRITORY_SCORES, VACANCIES)
PURGE_SECONDS: Final = 600.0

log = telemetry.logger(__name__)


def handle(connection: Connection, records: list[Record]) -> None:
    """One batch, in order. Also what `ancrage dlq replay` calls with a record that was refused."""
    asked = intake.subscriptions(connection)
    found = [
        *_placements(connection, [record for record in records if record.source.topic == PLACEMENTS]),
        *_scores(connection, [record for record in records if record.source.topic == TERRITORY_SCORES], asked),
        *_vacancies([record for record in records if record.source.topic == VACANCIES]),
    ]
    tell(connection, found, at=utc_now(), asked=asked)


def _placements(connection: Connection, records: list[Record]) -> list[Occurrence]:
    if not records:
        return []
    shared = intake.shared_placements(
        connection, (record.event.subject for record in records if record.event is not None)
    )
    newly: set[str] = set()
    found: list[Occurrence] = []
    for record in records:
        if record.event is None:
            continue
        if occurrences.is_shared(record.event.data):
            newly.add(record.event.subject)
        occurrence = occurrences.of_placement(
            record.event, shared=record.event.subject in shared or record.event.subject in newly
        )
        if occurrence is not None:
            found.append(occurrence)
    alerts.note(connection, [record.event for record in records if record.event is not None], at=utc_now())
    intake.mark_shared(connection, newly - shared)
    erased = {record.key.decode() for record in records if record.event is None and record.key is not None}
    intake.forget_placements(connection, sorted(erased))
    alerts.forget_placements(connection, erased)
    return [occurrence for occurrence in found if occurrence.subject not in erased]


def _vacancies(records: Iterable[Record]) -> list[Occurrence]:
    events = (record.event for record in records if record.event is not None)
    return [
        occurrence
        for event in events
        for tell in (occurrences.of_vacancy, occurrences.of_stale_vacancy)
        if (occurrence := tell(event, territory_of)) is not None
    ]


def _scores(connection: Connection, records: list[Record], asked: list[Subscription]) -> list[Occurrence]:
    events = [record.event for record in records if record.event is not None]
    if not events:
        return []
    minimums = {DEFAULT_MINIMUM, *(subscription.minimum_score_change for subscription in asked)}
    seen = intake.scores_seen(connection, (event.subject for event in events))
    changed = {}
    found: list[Occurrence] = []
    for event in events:
        score = event.data
        known = seen.get(score.code)
        if not score_changes.is_new(known, score):
            continue
        seen[score.code], counting = score_changes.apply(known, score, minimums)
        changed[score.code] = seen[score.code]
        if counting:
            found.append(occurrences.of_score(event, counting))
    intake.store_scores(connection, changed)
    return found


def build(settings: NotifySettings, engine: Engine) -> SqlConsumer:
    """The consumer, wired."""
    publisher = LivePublisher(engine, settings.redis)
    return SqlConsumer(
        NAME,
        TOPICS,
        kafka=settings.kafka_bootstrap,
        engine=engine,
        handle=handle,
        idle=_with_purge(engine, settings, publisher.publish),
    )


def _with_purge(engine: Engine, settings: NotifySettings, publish: Callable[[], bool]) -> Callable[[], bool]:
    due = time.monotonic()

    def idle() -> bool:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + PURGE_SECONDS
            with engine.begin() as connection:
                removed = intake.purge_live_events(connection, utc_now() - timedelta(days=settings.live_retention_days))
            if removed:
                log.info("live_events.purged", count=removed)
        return publish()

    return idle
