"""The SMS channel: a leased delivery to one call of the provider's HTTP API, whichever provider that is.

What the provider answers is kept as its message id only: its words repeat numbers and texts.
"""

import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

import httpx

from services.notify.adapters.leases import Leased
from services.notify.adapters.recipients import Recipients, RecipientsUnavailable
from services.notify.core.schedule import Answer, Outcome
from services.notify.core.sms import at_path, filled, plain
from services.notify.settings import NotifySettings
from shared.telemetry import logger

log = logger(__name__)
_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,80}")
_TOO_MANY: Final = 429
# The platform's own account or settings: no recipient's fault, and worth another try once mended.
_OURS: Final = frozenset({401, 402, 403, 404, 405, 407, 408, 415, 425})


class SmsChannel:
    """Asks for number and words, hands them to the provider."""

    def __init__(
        self,
        settings: NotifySettings,
        recipients: Recipients,
        *,
        transport: Callable[[], httpx.AsyncBaseTransport] | None = None,
    ) -> None:
        self._settings = settings
        self._recipients = recipients
        self._client = httpx.AsyncClient(
            timeout=settings.sms_timeout_seconds,
            headers=settings.sms_header_values,
            follow_redirects=False,
            transport=transport() if transport else None,
        )

    async def send(self, delivery: Leased, at: datetime) -> Outcome:  # noqa: ARG002 - the same for every channel
        """One try. 2xx: the provider has it. 429 and 5xx are tried again, other refusals are for good."""
        try:
            recipient = await self._recipients.of(delivery.recipient)
        except RecipientsUnavailable:
            return Outcome(Answer(None, "address_unavailable"), 0)
        if recipient is None:
            return Outcome(Answer(None, "no_longer_needed", permanent=True, of_recipient=True), 0)
        number = recipient["phone"]
        if not number or not recipient.get("sms"):
            return Outcome(Answer(None, "no_address", permanent=True, of_recipient=True), 0)
        # The reference is the same at every try: a provider that knows it sends once.
        body = filled(
            self._settings.sms_body, {"to": number, "text": plain(recipient["sms"]), "reference": delivery.id}
        )
        started = time.monotonic()
        try:
            answer = await self._client.post(self._settings.sms_url, json=body)
        except httpx.TimeoutException:
            return Outcome(Answer(None, "timeout"), _milliseconds(started))
        except httpx.HTTPError as error:
            log.warning("sms.no_answer", error=type(error).__name__)
            return Outcome(Answer(None, "connection_broken"), _milliseconds(started))
        status = answer.status_code
        if answer.is_success:
            return Outcome(Answer(status), _milliseconds(started), self._provider_id(answer, number))
        of_recipient = 400 <= status < 500 and status != _TOO_MANY and status not in _OURS
        return Outcome(
            Answer(
                status,
                "refused",
                retry_after=answer.headers.get("retry-after"),
                permanent=of_recipient,
                of_recipient=of_recipient,
            ),
            _milliseconds(started),
        )

    async def close(self) -> None:
        await self._client.aclose()
        await self._recipients.close()

    def _provider_id(self, answer: httpx.Response, number: str) -> str | None:
        """The provider's own message id, unless it is no id or holds the number."""
        try:
            found = at_path(answer.json(), self._settings.sms_id_field)
        except ValueError:
            return None
        if found is None or not _ID.fullmatch(found) or number.lstrip("+") in found:
            return None
        return found


def _milliseconds(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
