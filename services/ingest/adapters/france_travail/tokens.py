"""The access token: OAuth 2 client credentials, renewed before it ends, by one caller at a time."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import httpx
import msgspec
from pydantic import SecretStr

from services.ingest.adapters.france_travail.errors import CredentialsRefused, Unavailable

RENEWAL_MARGIN_SECONDS: Final = 60.0
_REFUSALS: Final = (400, 401, 403)


@dataclass(frozen=True)
class Credentials:
    """What francetravail.io gives an application, and where it is exchanged."""

    url: str
    client_id: str
    client_secret: SecretStr
    scope: str


class _Granted(msgspec.Struct):
    access_token: str
    expires_in: float = 1499.0


class Tokens:
    """Gives the current token. A token is renewed a minute before its end, a quarter of its life for a short one."""

    def __init__(
        self, http: httpx.AsyncClient, credentials: Credentials, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._http = http
        self._credentials = credentials
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._renew_at = 0.0
        self.granted = 0

    async def current(self) -> str:
        """A token that is good for a while. Raises CredentialsRefused, Unavailable."""
        async with self._lock:
            if self._token is None or self._monotonic() >= self._renew_at:
                self._token = await self._ask()
            return self._token

    async def refused(self, token: str) -> None:
        """Forgets a token that the API refused; a newer one that another caller has got meanwhile stays."""
        async with self._lock:
            if self._token == token:
                self._token = None

    async def _ask(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.client_id,
            "client_secret": self._credentials.client_secret.get_secret_value(),
            "scope": self._credentials.scope,
        }
        asked_at = self._monotonic()
        try:
            answer = await self._http.post(self._credentials.url, data=form)
        except httpx.HTTPError as error:
            raise Unavailable(f"token service: {type(error).__name__}") from None
        if answer.status_code in _REFUSALS:
            raise CredentialsRefused(f"token service: {answer.status_code} {_oauth_error(answer.content)}")
        if answer.status_code != httpx.codes.OK:
            raise Unavailable(f"token service: {answer.status_code}")
        try:
            granted = msgspec.json.decode(answer.content, type=_Granted)
        except msgspec.DecodeError:
            raise Unavailable("token service: an answer that is no token") from None
        margin = min(RENEWAL_MARGIN_SECONDS, granted.expires_in / 4)
        self._renew_at = asked_at + granted.expires_in - margin
        self.granted += 1
        return granted.access_token


def _oauth_error(body: bytes) -> str:
    """The registered error code of an OAuth answer (RFC 6749, 5.2); nothing else of the body is repeated."""
    try:
        found = msgspec.json.decode(body, type=dict[str, object]).get("error")
    except msgspec.DecodeError:
        return ""
    return found if isinstance(found, str) and found.replace("_", "").isalpha() and len(found) < 60 else ""
