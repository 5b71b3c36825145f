"""What came of tries, written in bulk: the tries, their deliveries, and how their endpoints do."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy import Connection, text

from services.notify.adapters import messages, undeliverable
from services.notify.adapters.telling import tell
from services.notify.adapters.tried import Tried
from services.notify.core import circuit
from services.notify.core.channels import Channel
from services.notify.core.event_types import ENDPOINT_DISABLED
from services.notify.core.occurrences import of_disabled_endpoint
from services.notify.core.schedule import State
from shared.clock import isoformat
from shared.ids import new_id

Reason = Literal["gone", "failing"]


def record(connection: Connection, ended: Sequence[Tried], *, holder: str, now: datetime) -> list[str]:
    """Writes tries and what becomes of their deliveries. Returns the endpoints that this disabled.

    A delivery that was removed meanwhile is passed over; one whose lease went to another keeps what the other writes, and
    the try is still shown; nobody is told that it was lost.
    """
    if not ended:
        return []
    by_endpoint: dict[str, list[Tried]] = defaultdict(list)
    for one in ended:
        by_endpoint[one.delivery.endpoint].append(one)
    # Endpoints before deliveries, both in order, as the removal of an endpoint locks them.
    connection.execute(
        text("SELECT 1 FROM endpoint WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE"), {"ids": sorted(by_endpoint)}
    )
    holders: dict[str, str | None] = {
        row.id: row.lease
        for row in connection.execute(
            text("SELECT id, lease FROM delivery WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE"),
            {"ids": sorted(one.delivery.id for one in ended)},
        )
    }
    _add_attempts(connection, [one for one in ended if one.delivery.id in holders])
    own = [one for one in ended if holders.get(one.delivery.id) == holder]
    _update_deliveries(connection, own)
    disabled = []
    undeliverable.tell_of(connection, own, at=now)
    for endpoint in sorted(by_endpoint):
        reason = _update_endpoint(connection, endpoint, by_endpoint[endpoint], now)
        if reason is not None:
            disable(connection, endpoint, reason, at=now)
            disabled.append(endpoint)
    return disabled


def _add_attempts(connection: Connection, ended: Sequence[Tried]) -> None:
    if not ended:
        return
    connection.execute(
        text(
            "INSERT INTO attempt (delivery_id, number, at, status, error, latency_ms, excerpt) SELECT * FROM unnest("
            "CAST(:ids AS text[]), CAST(:numbers AS int[]), CAST(:ats AS timestamptz[]), CAST(:statuses AS int[]),"
            " CAST(:errors AS text[]), CAST(:latencies AS int[]), CAST(:excerpts AS text[]))"
        ),
        {
            "ids": [one.delivery.id for one in ended],
            "numbers": [one.delivery.attempts + 1 for one in ended],
            "ats": [one.at for one in ended],
            "statuses": [one.outcome.answer.status for one in ended],
            "errors": [one.outcome.answer.error for one in ended],
            "latencies": [one.outcome.latency_ms for one in ended],
            "excerpts": [one.outcome.excerpt for one in ended],
        },
    )


def _update_deliveries(connection: Connection, ended: Sequence[Tried]) -> None:
    if not ended:
        return
    connection.execute(
        text(
            "UPDATE delivery SET state = new.state, tries = tries + 1, attempts = attempts + 1, lease = NULL,"
            " leased_until = NULL, next_attempt_at = new.next_at, last_status = new.status, last_error = new.error,"
            " last_latency_ms = new.latency, ended_at = new.ended_at FROM unnest(CAST(:ids AS text[]),"
            " CAST(:states AS text[]), CAST(:nexts AS timestamptz[]), CAST(:statuses AS int[]), CAST(:errors AS text[]),"
            " CAST(:latencies AS int[]), CAST(:ends AS timestamptz[]))"
            " AS new(id, state, next_at, status, error, latency, ended_at) WHERE delivery.id = new.id"
        ),
        {
            "ids": [one.delivery.id for one in ended],
            "states": [one.verdict.state.value for one in ended],
            "nexts": [one.verdict.next_at for one in ended],
            "statuses": [one.outcome.answer.status for one in ended],
            "errors": [one.outcome.answer.error for one in ended],
            "latencies": [one.outcome.latency_ms for one in ended],
            "ends": [None if one.verdict.state is State.PENDING else one.at for one in ended],
        },
    )


def _update_endpoint(connection: Connection, endpoint: str, ended: Sequence[Tried], now: datetime) -> Reason | None:
    """Counts tries, opens or closes the circuit. Returns why the endpoint is to be disabled, if it is."""
    delivered = [one.at for one in ended if one.verdict.delivered]
    failed = [one.at for one in ended if not one.verdict.delivered and not one.outcome.answer.of_recipient]
    # A batch of tries that overlap: one success says that the endpoint answers.
    row = connection.execute(
        text(
            "UPDATE endpoint SET delivered_count = delivered_count + :delivered,"
            " failed_tries_count = failed_tries_count + :failed,"
            " consecutive_failures = CASE WHEN :delivered > 0 THEN 0 ELSE consecutive_failures + :failed END,"
            " failing_since = CASE WHEN :delivered > 0 THEN NULL ELSE coalesce(failing_since, :failure_at) END,"
            " last_success_at = coalesce(:success_at, last_success_at),"
            " last_failure_at = coalesce(:failure_at, last_failure_at) WHERE id = :id"
            " RETURNING enabled, channel, consecutive_failures, failing_since, paused_until"
        ),
        {
            "id": endpoint,
            "delivered": len(delivered),
            "failed": len(failed),
            "success_at": max(delivered, default=None),
            "failure_at": max(failed, default=None),
        },
    ).one_or_none()
    if row is None:
        return None
    pauses = [asked for one in ended if (asked := circuit.asked_pause(one.outcome.answer, now))]
    own = row.failing_since and circuit.pause(row.consecutive_failures, row.failing_since, now)
    if own:
        pauses.append(own)
    until = now + max(pauses) if pauses else None
    if until is not None or row.paused_until is not None:
        connection.execute(
            text("UPDATE endpoint SET paused_until = :until WHERE id = :id"), {"id": endpoint, "until": until}
        )
    if not row.enabled or row.channel != Channel.WEBHOOK:
        return None  # the platform's own channels go on: people wait at their other end
    if any(one.verdict.gone for one in ended):
        return "gone"
    if row.failing_since is not None and circuit.is_given_up(row.consecutive_failures, row.failing_since, now):
        return "failing"
    return None


def disable(connection: Connection, endpoint: str, reason: Reason, *, at: datetime) -> None:
    """Disables an endpoint, and with it what it has not received; its organisation is told, and its owner by
    e-mail.
    """
    row = connection.execute(
        text(
            "UPDATE endpoint SET enabled = false, disabled_reason = :reason, updated_at = :at, paused_until = NULL"
            " WHERE id = :id RETURNING organisation, owner, url, failing_since"
        ),
        {"id": endpoint, "reason": reason, "at": at},
    ).one()
    connection.execute(
        text(
            "UPDATE delivery SET state = 'disabled', next_attempt_at = NULL, lease = NULL, leased_until = NULL,"
            " ended_at = :at WHERE endpoint_id = :id AND state = 'pending'"
        ),
        {"id": endpoint, "at": at},
    )
    occurrence = of_disabled_endpoint(
        endpoint,
        row.organisation,
        reason,
        since=None if row.failing_since is None else isoformat(row.failing_since),
        event_id=new_id("evt"),
        time=isoformat(at),
    )
    tell(connection, [occurrence], at=at)
    language = connection.execute(
        text("SELECT document->>'language' FROM preference WHERE actor = :owner"), {"owner": row.owner}
    ).scalar_one_or_none()
    messages.add_message(
        connection,
        Channel.EMAIL,
        recipient=row.owner,
        event_id=occurrence.event_id,
        kind=ENDPOINT_DISABLED,
        subject=endpoint,
        organisation=row.organisation,
        payload={
            "form": "endpoint_disabled",
            "language": language or "fr",
            "endpoint": endpoint,
            "host": urlsplit(row.url).hostname or "",
            "reason": reason,
            "since": None if row.failing_since is None else isoformat(row.failing_since),
        },
        at=at,
    )


def purge(connection: Connection, before: datetime) -> int:
    """Removes deliveries, with their attempts, that ended before. Returns how many."""
    return connection.execute(text("DELETE FROM delivery WHERE ended_at < :before"), {"before": before}).rowcount
