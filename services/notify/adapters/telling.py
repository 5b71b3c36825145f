"""Telling: occurrences to deliveries and live events, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from services.notify.adapters import intake
from services.notify.adapters.areas import areas_of
from services.notify.core.live import coalesce
from services.notify.core.occurrences import Occurrence
from services.notify.core.score_changes import DEFAULT_MINIMUM
from services.notify.core.subscriptions import Subscription, deliveries
from shared import telemetry


def tell(
    connection: Connection,
    occurrences: Sequence[Occurrence],
    *,
    at: datetime,
    asked: Sequence[Subscription] | None = None,
) -> None:
    """Keeps what endpoints and live streams are to be told. `asked`: the subscriptions, where they are at hand."""
    if not occurrences:
        return
    subscriptions = intake.subscriptions(connection) if asked is None else asked
    kept = intake.add_deliveries(connection, deliveries(subscriptions, occurrences, areas_of), at=at)
    shown = [one for one in occurrences if one.minimums is None or DEFAULT_MINIMUM in one.minimums]
    live = intake.add_live_events(connection, coalesce(shown), at=at)
    telemetry.NOTIFY_DELIVERIES_CREATED.inc(kept)
    telemetry.NOTIFY_LIVE_EVENTS.inc(live)
