"""The webhook channel: a leased delivery to a signed HTTP try."""

from datetime import datetime
from functools import lru_cache
from typing import Protocol

from cryptography.fernet import InvalidToken

from services.notify.adapters.leases import Leased
from services.notify.adapters.secrets import SecretBox
from services.notify.adapters.sender import Message, Sender
from services.notify.core.schedule import Answer, Outcome
from services.notify.core.signature import signing_key
from shared import telemetry

KEPT_OPEN = 4096

log = telemetry.logger(__name__)


class ChannelSender(Protocol):
    """Sends by one channel. `send` is one try and never raises for what a recipient or its network does."""

    async def send(self, delivery: Leased, at: datetime) -> Outcome: ...

    async def close(self) -> None: ...


class WebhookChannel:
    """Opens secrets and headers, which stay in memory only, and sends."""

    def __init__(self, sender: Sender, secrets: SecretBox) -> None:
        self._sender = sender
        self._key = lru_cache(KEPT_OPEN)(lambda sealed: signing_key(secrets.open(sealed)))
        self._headers = lru_cache(KEPT_OPEN)(secrets.open_headers)

    async def send(self, delivery: Leased, at: datetime) -> Outcome:
        """One try. A secret whose platform key is gone fails the try as `secret_unreadable`."""
        to = delivery.destination
        try:
            keys = [self._key(sealed) for sealed in (to.secret, to.previous_secret) if sealed is not None]
            headers = {} if to.headers is None else self._headers(to.headers)
        except InvalidToken:
            # The key that encrypted it is no longer among ANCRAGE_SECRET_KEYS.
            log.error("dispatcher.secret_unreadable", endpoint=to.id)
            return Outcome(Answer(None, "secret_unreadable"), 0)
        return await self._sender.send(Message(delivery.id, to.url, delivery.payload.encode(), keys, headers), at)

    async def close(self) -> None:
        await self._sender.close()
