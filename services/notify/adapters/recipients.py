"""Where a message goes: asked of matching at the moment of sending, forgotten after it."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import httpx

from shared.identity.service_bearers import service_bearer
from shared.settings import Settings
from shared.telemetry import logger

log = logger(__name__)
SECONDS: Final = 4.0


class RecipientsUnavailable(Exception):
    """Matching did not answer, or not clearly: to be asked again later."""


class Recipients:
    """Asks matching with notify's own bearer, which alone has that right."""

    def __init__(self, settings: Settings, *, transport: Callable[[], httpx.AsyncBaseTransport] | None = None) -> None:
        self._settings = settings
        self._client = httpx.AsyncClient(
            base_url=settings.url("matching"),
            timeout=SECONDS,
            transport=transport() if transport else None,
            trust_env=False,
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def of(self, reference: str) -> dict[str, Any] | None:
        """What matching says of the recipient now; None where nobody is to be written to any more. Raises
        RecipientsUnavailable.
        """
        try:
            answer = await self._client.get(
                f"/v1/recipients/{quote(reference, safe='')}",
                headers={"Authorization": f"Bearer {service_bearer(self._settings, 'notify')}"},
            )
        except httpx.HTTPError as error:
            log.warning("recipients.no_answer", error=type(error).__name__)
            raise RecipientsUnavailable from error
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if not answer.is_success:
            log.warning("recipients.unclear", status=answer.status_code)
            raise RecipientsUnavailable
        found: dict[str, Any] = answer.json()
        return found
