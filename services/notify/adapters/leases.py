"""Leases on due deliveries: what a dispatcher takes, and gives back."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from services.notify.core import rate
from services.notify.core.channels import Channel


@dataclass(frozen=True)
class Destination:
    """An endpoint as it stood when something was leased for it. `failing`: its last try failed."""

    id: str
    channel: Channel
    recipient: str
    url: str
    failing: bool
    secret: bytes
    previous_secret: bytes | None
    headers: bytes | None
    rate_per_minute: int | None


@dataclass(frozen=True)
class Leased:
    """A delivery held by this dispatcher until `until`. `recipient`: of this delivery, empty where the endpoint says."""

    id: str
    destination: Destination
    recipient: str
    type: str
    subject: str
    payload: str
    tries: int
    attempts: int
    until: datetime

    @property
    def endpoint(self) -> str:
        return self.destination.id


def due(connection: Connection, now: datetime, channels: Iterable[Channel]) -> list[Destination]:
    """Endpoints that may be sent to and have something to send now, the longest waiting first."""
    rows = connection.execute(
        text(
            "SELECT e.id, e.channel, e.recipient, e.url, e.consecutive_failures > 0 AS failing, e.secret,"
            " CASE WHEN e.previous_until > :now THEN e.previous_secret END AS previous_secret, e.headers,"
            " e.rate_per_minute FROM endpoint e CROSS JOIN LATERAL ("
            "  SELECT d.next_attempt_at FROM delivery d WHERE d.endpoint_id = e.id AND d.state = 'pending'"
            "  AND d.next_attempt_at <= :now AND (d.leased_until IS NULL OR d.leased_until <= :now)"
            "  ORDER BY d.next_attempt_at LIMIT 1) AS first"
            " WHERE e.enabled AND e.channel = ANY(:channels)"
            " AND (e.paused_until IS NULL OR e.paused_until <= :now)"
            " AND (e.rate_per_minute IS NULL OR e.rate_next_at IS NULL OR e.rate_next_at <= :now)"
            " ORDER BY first.next_attempt_at"
        ),
        {"now": now, "channels": [channel.value for channel in channels]},
    )
    return [
        Destination(
            row.id,
            Channel(row.channel),
            row.recipient,
            row.url,
            row.failing,
            bytes(row.secret),
            None if row.previous_secret is None else bytes(row.previous_secret),
            None if row.headers is None else bytes(row.headers),
            row.rate_per_minute,
        )
        for row in rows
    ]


def lease(
    connection: Connection,
    wanted: Mapping[str, int],
    destinations: Mapping[str, Destination],
    *,
    holder: str,
    now: datetime,
    life: timedelta,
) -> list[Leased]:
    """Takes at most `wanted[endpoint]` due deliveries of each endpoint, oldest first; what others hold is skipped."""
    limits = _rates(connection, [one for one in wanted if destinations[one].rate_per_minute is not None])
    within = {
        endpoint: most
        for endpoint, asked in wanted.items()
        if (most := _within(asked, destinations[endpoint], limits.get(endpoint), now)) > 0
    }
    if not within:
        return []
    until = now + life
    rows = connection.execute(
        text(
            "WITH chosen AS (SELECT d.id FROM unnest(CAST(:endpoints AS text[]), CAST(:limits AS int[]))"
            "  AS w(id, most) CROSS JOIN LATERAL ("
            "  SELECT id FROM delivery WHERE endpoint_id = w.id AND state = 'pending'"
            "  AND next_attempt_at <= :now AND (leased_until IS NULL OR leased_until <= :now)"
            "  ORDER BY next_attempt_at, id LIMIT w.most FOR UPDATE SKIP LOCKED) AS d)"
            " UPDATE delivery SET lease = :holder, leased_until = :until FROM chosen WHERE delivery.id = chosen.id"
            " RETURNING delivery.id, endpoint_id, delivery.recipient, type, subject, payload, tries, attempts"
        ),
        {
            "endpoints": list(within),
            "limits": list(within.values()),
            "now": now,
            "until": until,
            "holder": holder,
        },
    ).all()
    for endpoint, number in Counter(row.endpoint_id for row in rows if row.endpoint_id in limits).items():
        limit = limits[endpoint]
        connection.execute(
            text("UPDATE endpoint SET rate_next_at = :next WHERE id = :id"),
            {"id": endpoint, "next": rate.after(number, limit.per_minute, limit.next_at, now)},
        )
    return [
        Leased(
            row.id,
            destinations[row.endpoint_id],
            row.recipient,
            row.type,
            row.subject,
            row.payload,
            row.tries,
            row.attempts,
            until,
        )
        for row in sorted(rows, key=lambda row: str(row.id))
    ]


@dataclass(frozen=True)
class _Rate:
    per_minute: int
    next_at: datetime | None


def _rates(connection: Connection, endpoints: Iterable[str]) -> dict[str, _Rate]:
    """Rate limits as they stand, held until the transaction ends: dispatchers take places in turn."""
    ids = sorted(endpoints)
    if not ids:
        return {}
    rows = connection.execute(
        text(
            "SELECT id, rate_per_minute, rate_next_at FROM endpoint WHERE id = ANY(:ids)"
            " AND rate_per_minute IS NOT NULL ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
        ),
        {"ids": ids},
    )
    return {row.id: _Rate(row.rate_per_minute, row.rate_next_at) for row in rows}


def _within(asked: int, destination: Destination, limit: _Rate | None, now: datetime) -> int:
    if destination.rate_per_minute is None:
        return asked
    # None: another dispatcher has it in hand, or the limit has just gone.
    return 0 if limit is None else min(asked, rate.allowed(limit.per_minute, limit.next_at, now))


def give_back(connection: Connection, ids: Sequence[str], holder: str) -> None:
    """Gives back deliveries that were taken and not begun."""
    connection.execute(
        text("UPDATE delivery SET lease = NULL, leased_until = NULL WHERE id = ANY(:ids) AND lease = :holder"),
        {"ids": sorted(ids), "holder": holder},
    )


def release(connection: Connection, holder: str) -> int:
    """Gives back all that `holder` has: it starts, or stops. Returns how many."""
    return connection.execute(
        text("UPDATE delivery SET lease = NULL, leased_until = NULL WHERE state = 'pending' AND lease = :holder"),
        {"holder": holder},
    ).rowcount
