"""Mail and text messages as deliveries of the platform's own two endpoints. A channel without settings is disabled there."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text

from services.notify.adapters.intake import DELIVERY_CHANNEL
from services.notify.core.channels import Channel
from services.notify.core.schedule import State
from shared.ids import new_id

PLATFORM_ENDPOINTS: Final = {Channel.EMAIL: "platform_email", Channel.SMS: "platform_sms"}
NOT_CONFIGURED: Final = "not_configured"


def announce(
    connection: Connection, channels: Iterable[Channel], *, at: datetime, sms_per_minute: int | None = None
) -> None:
    """Says which channels this platform has, and their pace; a dispatcher does so when it starts."""
    connection.execute(
        text("UPDATE endpoint SET rate_per_minute = :rate WHERE id = :id AND rate_per_minute IS DISTINCT FROM :rate"),
        {"id": PLATFORM_ENDPOINTS[Channel.SMS], "rate": sms_per_minute},
    )
    wired = set(channels)
    for channel, endpoint in PLATFORM_ENDPOINTS.items():
        connection.execute(
            text(
                "UPDATE endpoint SET enabled = :on, disabled_reason = CASE WHEN :on THEN NULL ELSE :reason END,"
                " consecutive_failures = 0, failing_since = NULL, paused_until = NULL, updated_at = :at"
                " WHERE id = :id AND enabled <> :on"
            ),
            {"id": endpoint, "on": channel in wired, "reason": NOT_CONFIGURED, "at": at},
        )


def configured(connection: Connection) -> frozenset[Channel]:
    """The channels that this platform has."""
    enabled = set(
        connection.execute(
            text("SELECT id FROM endpoint WHERE enabled AND id = ANY(:ids)"), {"ids": list(PLATFORM_ENDPOINTS.values())}
        ).scalars()
    )
    return frozenset(channel for channel, endpoint in PLATFORM_ENDPOINTS.items() if endpoint in enabled)


def add_message(
    connection: Connection,
    channel: Channel,
    *,
    recipient: str,
    event_id: str,
    kind: str,
    subject: str,
    organisation: str,
    payload: Mapping[str, Any],
    at: datetime,
    territory: str | None = None,
) -> str | None:
    """Keeps a message to be sent and wakes the dispatchers at commit. Returns its id: the known one where it is kept
    already, None where the channel is not configured. `payload` holds references, never an address.
    """
    identifier = new_id("msg")
    added = connection.execute(
        text(
            "INSERT INTO delivery (id, endpoint_id, organisation, channel, recipient, event_id, type, subject,"
            " territory, payload, state, tries, attempts, next_attempt_at, created_at)"
            " SELECT :id, e.id, :organisation, e.channel, :recipient, :event_id, :type, :subject, :territory, :payload,"
            " :state, 0, 0, :at, :at FROM endpoint e WHERE e.id = :endpoint AND e.enabled FOR KEY SHARE"
            " ON CONFLICT (endpoint_id, event_id, recipient) DO NOTHING RETURNING id"
        ),
        {
            "id": identifier,
            "endpoint": PLATFORM_ENDPOINTS[channel],
            "organisation": organisation,
            "recipient": recipient,
            "event_id": event_id,
            "type": kind,
            "subject": subject,
            "territory": territory,
            "payload": json.dumps(dict(payload), ensure_ascii=False),
            "state": State.PENDING.value,
            "at": at,
        },
    ).scalar_one_or_none()
    if added is not None:
        connection.execute(text(f"NOTIFY {DELIVERY_CHANNEL}"))
        return identifier
    known: str | None = connection.execute(
        text("SELECT id FROM delivery WHERE endpoint_id = :endpoint AND event_id = :event AND recipient = :recipient"),
        {"endpoint": PLATFORM_ENDPOINTS[channel], "event": event_id, "recipient": recipient},
    ).scalar_one_or_none()
    return known
