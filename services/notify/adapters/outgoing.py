"""What a dispatcher reads and writes: leases on due deliveries, and the outcome of tries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, insert, select, text, update

from services.notify.adapters.models import Attempt, Delivery, Endpoint
from services.notify.core.fairness import Due
from services.notify.core.schedule import State, Verdict

_endpoint: Final[Table] = Endpoint.__table__  # type: ignore[attr-defined]
_delivery: Final[Table] = Delivery.__table__  # type: ignore[attr-defined]
_attempt: Final[Table] = Attempt.__table__  # type: ignore[attr-defined]

GONE: Final = "gone"


@dataclass(frozen=True)
class Leased:
    """A delivery held by this dispatcher until its lease ends."""

    id: str
    endpoint: str
    url: str
    payload: str
    tries: int
    attempts: int
    failing: bool
    secret: bytes
    previous_secret: bytes | None


@dataclass(frozen=True)
class Tried:
    """A try that ended, and what becomes of its delivery."""

    delivery: Leased
    at: datetime
    status: int | None
    error: str | None
    latency_ms: int
    excerpt: str | None
    verdict: Verdict


def due(connection: Connection, now: datetime) -> list[Due]:
    """Enabled endpoints with something to send now, the longest waiting first."""
    rows = connection.execute(
        text(
            "SELECT e.id, e.consecutive_failures > 0 AS failing FROM endpoint e CROSS JOIN LATERAL ("
            "  SELECT d.next_attempt_at FROM delivery d WHERE d.endpoint_id = e.id AND d.state = 'pending'"
            "  AND d.next_attempt_at <= :now AND (d.leased_until IS NULL OR d.leased_until <= :now)"
            "  ORDER BY d.next_attempt_at LIMIT 1) AS first WHERE e.enabled ORDER BY first.next_attempt_at"
        ),
        {"now": now},
    )
    return [Due(row.id, row.failing) for row in rows]


def lease(
    connection: Connection, wanted: Mapping[str, int], *, holder: str, now: datetime, life: timedelta
) -> list[Leased]:
    """Takes at most `wanted[endpoint]` due deliveries of each endpoint, oldest first; what others hold is skipped."""
    taken: list[Leased] = []
    by_limit: dict[int, list[str]] = {}
    for endpoint, limit in wanted.items():
        by_limit.setdefault(limit, []).append(endpoint)
    for limit, endpoints in by_limit.items():
        rows = connection.execute(
            text(
                "WITH chosen AS (SELECT d.id FROM unnest(CAST(:endpoints AS text[])) AS w(id) CROSS JOIN LATERAL ("
                "  SELECT id, next_attempt_at FROM delivery WHERE endpoint_id = w.id AND state = 'pending'"
                "  AND next_attempt_at <= :now AND (leased_until IS NULL OR leased_until <= :now)"
                "  ORDER BY next_attempt_at LIMIT :limit FOR UPDATE SKIP LOCKED) AS d)"
                " UPDATE delivery SET lease = :holder, leased_until = :until FROM chosen, endpoint e"
                " WHERE delivery.id = chosen.id AND e.id = delivery.endpoint_id"
                " RETURNING delivery.id, delivery.endpoint_id, e.url, delivery.payload, delivery.tries,"
                " delivery.attempts, e.consecutive_failures > 0 AS failing, e.secret,"
                " CASE WHEN e.previous_until > :now THEN e.previous_secret END AS previous_secret"
            ),
            {"endpoints": endpoints, "now": now, "until": now + life, "holder": holder, "limit": limit},
        )
        taken += [
            Leased(
                row.id,
                row.endpoint_id,
                row.url,
                row.payload,
                row.tries,
                row.attempts,
                row.failing,
                bytes(row.secret),
                None if row.previous_secret is None else bytes(row.previous_secret),
            )
            for row in rows
        ]
    return taken


def release(connection: Connection, holder: str) -> int:
    """Gives back all that `holder` has: it starts, or stops. Returns how many."""
    return connection.execute(
        update(_delivery).where(_delivery.c.lease == holder).values(lease=None, leased_until=None)
    ).rowcount


def record(connection: Connection, ended: Sequence[Tried], *, holder: str) -> None:
    """Writes tries and what becomes of their deliveries.

    A delivery that was removed meanwhile is passed over; one whose lease went to another keeps what the other writes, and
    the try is still shown.
    """
    # Endpoints before deliveries, both in order, as the removal of an endpoint locks them.
    endpoints = set(
        connection.execute(
            select(_endpoint.c.id)
            .where(_endpoint.c.id.in_({one.delivery.endpoint for one in ended}))
            .order_by(_endpoint.c.id)
            .with_for_update(key_share=True)
        ).scalars()
    )
    holders: dict[str, str | None] = {
        row.id: row.lease
        for row in connection.execute(
            select(_delivery.c.id, _delivery.c.lease)
            .where(_delivery.c.id.in_([one.delivery.id for one in ended]))
            .order_by(_delivery.c.id)
            .with_for_update(key_share=True)
        )
    }
    known = [one for one in ended if one.delivery.id in holders]
    if known:
        connection.execute(insert(_attempt), [_attempt_row(one) for one in known])
    own = [one for one in known if holders[one.delivery.id] == holder]
    if own:
        connection.execute(
            update(_delivery)
            .where(_delivery.c.id == bindparam("delivery"))
            .values({name: bindparam(f"new_{name}") for name in _OUTCOME}),
            [_outcome_row(one) for one in own],
        )
    for endpoint in sorted(endpoints):
        _update_endpoint(connection, endpoint, [one for one in ended if one.delivery.endpoint == endpoint])


_OUTCOME: Final = (
    "state",
    "tries",
    "attempts",
    "next_attempt_at",
    "lease",
    "leased_until",
    "last_status",
    "last_error",
    "last_latency_ms",
    "ended_at",
)


def _attempt_row(one: Tried) -> dict[str, Any]:
    return {
        "delivery_id": one.delivery.id,
        "number": one.delivery.attempts + 1,
        "at": one.at,
        "status": one.status,
        "error": one.error,
        "latency_ms": one.latency_ms,
        "excerpt": one.excerpt,
    }


def _outcome_row(one: Tried) -> dict[str, Any]:
    values = {
        "state": one.verdict.state.value,
        "tries": one.delivery.tries + 1,
        "attempts": one.delivery.attempts + 1,
        "next_attempt_at": one.verdict.next_at,
        "lease": None,
        "leased_until": None,
        "last_status": one.status,
        "last_error": one.error,
        "last_latency_ms": one.latency_ms,
        "ended_at": None if one.verdict.state is State.PENDING else one.at,
    }
    return {"delivery": one.delivery.id, **{f"new_{name}": value for name, value in values.items()}}


def _update_endpoint(connection: Connection, endpoint: str, ended: Sequence[Tried]) -> None:
    delivered = [one for one in ended if one.verdict.state is State.DELIVERED]
    failed = [one for one in ended if one.verdict.state is not State.DELIVERED]
    newest_success = max((one.at for one in delivered), default=None)
    newest_failure = max((one.at for one in failed), default=None)
    # A batch of tries that overlap: one success says that the endpoint answers.
    connection.execute(
        text(
            "UPDATE endpoint SET delivered_count = delivered_count + :delivered,"
            " failed_tries_count = failed_tries_count + :failed,"
            " consecutive_failures = CASE WHEN :delivered > 0 THEN 0 ELSE consecutive_failures + :failed END,"
            " failing_since = CASE WHEN :delivered > 0 THEN NULL ELSE coalesce(failing_since, :failure_at) END,"
            " last_success_at = coalesce(:success_at, last_success_at),"
            " last_failure_at = coalesce(:failure_at, last_failure_at) WHERE id = :id"
        ),
        {
            "id": endpoint,
            "delivered": len(delivered),
            "failed": len(failed),
            "success_at": newest_success,
            "failure_at": newest_failure,
        },
    )
    if any(one.verdict.gone for one in ended):
        disable(connection, endpoint, GONE, at=max(one.at for one in ended))


def disable(connection: Connection, endpoint: str, reason: str, *, at: datetime) -> None:
    """Disables an endpoint, and with it what it has not received."""
    connection.execute(
        update(_endpoint).where(_endpoint.c.id == endpoint).values(enabled=False, disabled_reason=reason, updated_at=at)
    )
    connection.execute(
        update(_delivery)
        .where(_delivery.c.endpoint_id == endpoint, _delivery.c.state == State.PENDING.value)
        .values(state=State.DISABLED.value, next_attempt_at=None, lease=None, leased_until=None, ended_at=at)
    )


def purge(connection: Connection, before: datetime) -> int:
    """Removes deliveries, with their attempts, that ended before. Returns how many."""
    return connection.execute(_delivery.delete().where(_delivery.c.ended_at < before)).rowcount
