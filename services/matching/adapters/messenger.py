"""Asking notify to send a household something. Only references travel: notify asks for number and words when it sends."""

from enum import StrEnum

import httpx

from shared.identity.service_bearers import service_bearer
from shared.settings import Settings
from shared.telemetry import logger

log = logger(__name__)
SECONDS = 3.0


class Handed(StrEnum):
    """What became of the demand."""

    ACCEPTED = "accepted"
    NOT_CONFIGURED = "not_configured"
    UNAVAILABLE = "unavailable"


class Messenger:
    """Calls notify. The same reference asked for twice is sent once. Safe to use from many threads."""

    def __init__(self, settings: Settings, *, transport: httpx.BaseTransport | None = None) -> None:
        self._settings = settings
        self._client = httpx.Client(
            base_url=settings.url("notify"), timeout=SECONDS, transport=transport, trust_env=False
        )

    def close(self) -> None:
        """Frees the connections."""
        self._client.close()

    def send(self, reference: str, *, channel: str, organisation: str, placement: str) -> Handed:
        """Hands over the link `reference` of a placement; `organisation` is told where it cannot be delivered."""
        try:
            answer = self._client.post(
                "/v1/messages",
                json={
                    "reference": reference,
                    "channel": channel,
                    "organisation": organisation,
                    "placement": placement,
                },
                headers={"Authorization": f"Bearer {service_bearer(self._settings, 'matching')}"},
            )
        except httpx.HTTPError as error:
            log.warning("messenger.no_answer", error=type(error).__name__)
            return Handed.UNAVAILABLE
        if answer.status_code == httpx.codes.CONFLICT:
            return Handed.NOT_CONFIGURED
        if not answer.is_success:
            log.warning("messenger.refused", status=answer.status_code)
            return Handed.UNAVAILABLE
        return Handed.ACCEPTED
