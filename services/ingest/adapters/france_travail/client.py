"""The two routes that a walk needs: a page of a search, and one offer. Every call is paced, tried again and counted."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

import httpx
import msgspec
import stamina

from services.ingest.adapters.france_travail.errors import (
    CredentialsRefused,
    FeedError,
    Outage,
    SearchRefused,
    Throttled,
    Unavailable,
)
from services.ingest.adapters.france_travail.pace import Pace
from services.ingest.adapters.france_travail.tokens import Tokens
from services.ingest.core.circuit import Circuit, State
from services.ingest.core.france_travail.pages import announced
from shared import telemetry
from shared.clock import utc_now

FEED: Final = "france-travail"
LONGEST_WAIT_SECONDS: Final = 900.0
_GONE: Final = (204, 404, 410)
T = TypeVar("T")
log = telemetry.logger(__name__)


@dataclass(frozen=True)
class Page:
    """Offers as received, the number that the whole search announces, and when this was read (technical time)."""

    offers: list[Any]
    total: int
    fetched_at: datetime


@dataclass(frozen=True)
class Patience:
    """How long to try. `attempts` of one call; `outage_seconds` without any good answer end the walk for now."""

    attempts: int = 5
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 20.0
    outage_seconds: float = 600.0


class Client:
    """One for a walk. Callers may be concurrent: pace, token and circuit are shared."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        tokens: Tokens,
        pace: Pace,
        *,
        patience: Patience,
        circuit: Circuit,
        answer_seconds: float,
        on_progress: Callable[[], None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = http
        self._tokens = tokens
        self._pace = pace
        self._patience = patience
        self._circuit = circuit
        self._answer_seconds = answer_seconds
        self._on_progress = on_progress
        self._monotonic = monotonic
        self._sleep = sleep
        self._answered_at = monotonic()
        self.requests = 0

    @property
    def circuit(self) -> State:
        """What the next call finds."""
        return self._circuit.state(self._monotonic())

    async def search(self, parameters: Mapping[str, str], first: int, last: int) -> Page:
        """Offers from position `first` to `last`, both included. Raises FeedError."""
        asked = {**parameters, "range": f"{first}-{last}"}
        return await self._call("/offres/search", asked, lambda answer: _page(answer, most=last - first + 1))

    async def offer(self, reference: str) -> dict[str, Any] | None:
        """One offer as received, None where its address has nothing any more. Raises FeedError."""
        return await self._call(
            f"/offres/{reference}", {}, lambda answer: None if answer.status_code in _GONE else _decoded(answer)
        )

    async def _call(self, path: str, parameters: Mapping[str, str], understand: Callable[[httpx.Response], T]) -> T:
        async for attempt in stamina.retry_context(
            on=_wait_before_another,
            attempts=self._patience.attempts,
            timeout=None,
            wait_initial=self._patience.first_wait_seconds,
            wait_max=self._patience.longest_wait_seconds,
            wait_jitter=self._patience.first_wait_seconds,
        ):
            with attempt:
                return await self._admitted(path, parameters, understand)
        raise AssertionError("stamina gives an answer or an error")

    async def _admitted(self, path: str, parameters: Mapping[str, str], understand: Callable[[httpx.Response], T]) -> T:
        """One try, if the circuit lets it; the circuit learns how it ended. An answer that cannot be read is a failure."""
        await self._gate()
        try:
            understood = understand(await self._authorised(path, parameters))
        except Throttled as error:
            self._alive()
            self._pace.pause(error.retry_after_seconds)
            raise
        except Unavailable:
            before = self._circuit.state(self._monotonic())
            self._circuit = self._circuit.failed(self._monotonic())
            if before is State.CLOSED and self.circuit is State.OPEN:
                log.warning("feed.circuit_opened", feed=FEED)
            raise
        except (FeedError, asyncio.CancelledError):
            self._alive()
            raise
        self._alive()
        return understood

    async def _gate(self) -> None:
        """Returns when the circuit lets a call through. Raises Outage when nothing has answered for too long."""
        while True:
            now = self._monotonic()
            admitted, self._circuit = self._circuit.admit(now)
            if admitted:
                return
            if now - self._answered_at > self._patience.outage_seconds:
                raise Outage(f"no answer for {now - self._answered_at:.0f} s")
            self._on_progress()
            await self._sleep(min(1.0, max(0.05, self._circuit.wait_seconds(now))))

    async def _authorised(self, path: str, parameters: Mapping[str, str]) -> httpx.Response:
        """A call with a good token: a token that is refused is renewed, once."""
        token = await self._tokens.current()
        answer = await self._send(path, parameters, token)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            await self._tokens.refused(token)
            answer = await self._send(path, parameters, await self._tokens.current())
        return _judged(answer)

    async def _send(self, path: str, parameters: Mapping[str, str], token: str) -> httpx.Response:
        await self._pace.turn()
        self._on_progress()
        self.requests += 1
        try:
            async with asyncio.timeout(self._answer_seconds):
                answer = await self._http.get(path, params=parameters, headers={"Authorization": f"Bearer {token}"})
        except (httpx.HTTPError, TimeoutError) as error:
            telemetry.FEED_REQUESTS.labels(FEED, type(error).__name__).inc()
            raise Unavailable(type(error).__name__) from None
        telemetry.FEED_REQUESTS.labels(FEED, str(answer.status_code)).inc()
        return answer

    def _alive(self) -> None:
        self._circuit = self._circuit.succeeded()
        self._answered_at = self._monotonic()


def _wait_before_another(error: Exception) -> bool | float:
    """Whether to try again, or after how many seconds."""
    if isinstance(error, Throttled):
        return error.retry_after_seconds
    return isinstance(error, Unavailable) and not isinstance(error, Outage)


def _judged(answer: httpx.Response) -> httpx.Response:
    status = answer.status_code
    if status in (200, 206, *_GONE):
        return answer
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise Throttled(_retry_after(answer.headers.get("Retry-After")))
    if status == httpx.codes.BAD_REQUEST:
        raise SearchRefused(_message(answer.content))
    if status in (401, 403):
        raise CredentialsRefused(f"the API answers {status}")
    raise Unavailable(f"the API answers {status}")


def _page(answer: httpx.Response, *, most: int) -> Page:
    total = announced(answer.headers.get("Content-Range"))
    if answer.status_code == httpx.codes.NO_CONTENT:
        return Page([], total or 0, utc_now())
    offers = _decoded(answer).get("resultats")
    if not isinstance(offers, list) or len(offers) > most:
        raise Unavailable("a page without its list of offers")
    if total is None:
        raise Unavailable("a page without Content-Range")
    return Page(offers, total, utc_now())


def _decoded(answer: httpx.Response) -> dict[str, Any]:
    try:
        return msgspec.json.decode(answer.content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable(f"an answer that cannot be read: {type(error).__name__}") from None


def _message(body: bytes) -> str:
    try:
        said = msgspec.json.decode(body, type=dict[str, Any]).get("message")
    except msgspec.DecodeError:
        said = None
    return said[:300] if isinstance(said, str) else "400"


def _retry_after(header: str | None) -> float:
    """Seconds of a Retry-After header, a number or a date; one second where it is missing or absurd."""
    if header is None:
        return 1.0
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - utc_now()).total_seconds()
        except (ValueError, TypeError):
            return 1.0
    return min(LONGEST_WAIT_SECONDS, max(0.0, seconds)) if seconds == seconds else 1.0
