"""The platform's APIs over HTTP, with the visitor's own bearer: the console has no right of its own to their data."""

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from services.console.core.languages import Language
from services.console.settings import ConsoleSettings
from shared import telemetry
from shared.ids import is_id

T = TypeVar("T")
log = telemetry.logger(__name__)
APIS = ("ingest", "scoring", "matching", "notify")
# What people are alerted to while they work; notify leaves out what the visitor may not know.
ALERTING = ("placement.*", "vacancy.confirmation_requested")


class ApiError(Exception):
    """Base of what an API call can end in."""


@dataclass
class ApiProblem(ApiError):
    """The API answered with a problem (RFC 9457). `errors` name field, value, message and remedy."""

    status: int
    type: str
    title: str
    detail: str | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    retry_after: str | None = None

    @property
    def placement(self) -> str | None:
        """The proposal that is in the way, where the answer names one."""
        named = (str(error.get("value")) for error in self.errors if error.get("field") == "placement")
        return next((value for value in named if is_id(value, "plc")), None)


class ApiUnreachable(ApiError):
    """The API did not answer, in time or at all."""

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.service = service


async def unless_away(call: Awaitable[T]) -> T | None:
    """What a call answers; None where that cannot be had now. Raises the ApiProblem of a call that is refused."""
    try:
        return await call
    except ApiError as error:
        if isinstance(error, ApiProblem) and error.status < 500:
            raise
        return None


@dataclass(frozen=True)
class Caller:
    """On whose behalf: the bearer of the session (None: the public) and the language of the answers."""

    bearer: str | None
    language: Language = Language.FR
    request_id: str | None = None

    def headers(self) -> dict[str, str]:
        headers = {"accept": "application/json", "accept-language": self.language.value}
        if self.bearer:
            headers["authorization"] = f"Bearer {self.bearer}"
        if self.request_id:
            headers["x-request-id"] = self.request_id
        return headers


class Apis:
    """Pooled clients of the four APIs. `transports` replaces the network, by service."""

    def __init__(
        self, settings: ConsoleSettings, transports: Mapping[str, httpx.AsyncBaseTransport] | None = None
    ) -> None:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=15)
        self._clients = {
            service: httpx.AsyncClient(
                base_url=settings.url(service),
                timeout=httpx.Timeout(settings.api_timeout_seconds, connect=2.0),
                limits=limits,
                transport=(transports or {}).get(service),
                trust_env=False,
            )
            for service in APIS
        }
        self._streams = httpx.AsyncClient(
            base_url=settings.url("notify"),
            # A live stream is silent between heartbeats; twice that silence means it is lost.
            timeout=httpx.Timeout(45.0, connect=2.0),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            transport=(transports or {}).get("notify"),
            trust_env=False,
        )

    async def close(self) -> None:
        for client in (*self._clients.values(), self._streams):
            await client.aclose()

    async def get(
        self,
        service: str,
        path: str,
        caller: Caller,
        params: Mapping[str, Any] | None = None,
    ) -> Any:
        """The JSON of a GET. Raises ApiProblem or ApiUnreachable. Parameters that are None or "" are left out."""
        return await self.send("GET", service, path, caller, params=params)

    async def send(
        self,
        method: str,
        service: str,
        path: str,
        caller: Caller,
        *,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        if_match: str | None = None,
        patience_seconds: float | None = None,
    ) -> Any:
        """The JSON of an answer (None for an empty one). Raises ApiProblem or ApiUnreachable.

        `patience_seconds`: for what is reckoned on request, a longer wait than pages have otherwise.
        """
        headers = caller.headers()
        if idempotency_key:
            headers["idempotency-key"] = idempotency_key
        if if_match:
            headers["if-match"] = if_match
        given = {name: value for name, value in (params or {}).items() if value not in (None, "", [])}
        try:
            answer = await self._clients[service].request(
                method,
                path,
                json=body,
                params=given,
                headers=headers,
                timeout=httpx.Timeout(patience_seconds, connect=2.0) if patience_seconds else httpx.USE_CLIENT_DEFAULT,
            )
        except httpx.TransportError as error:
            log.warning("api.unreachable", api=service, error=type(error).__name__)
            raise ApiUnreachable(service) from error
        if answer.status_code >= 400:
            raise problem_of(answer)
        return answer.json() if answer.content else None

    async def pages(
        self, service: str, path: str, caller: Caller, params: Mapping[str, Any] | None = None, *, most: int = 10
    ) -> list[Any]:
        """The items of a paged list, following `next` for at most `most` pages."""
        items: list[Any] = []
        cursor: str | None = None
        for _ in range(most):
            page = await self.get(service, path, caller, {**(params or {}), "cursor": cursor})
            items += page["items"]
            cursor = page.get("next")
            if cursor is None:
                break
        return items

    @asynccontextmanager
    async def stream(self, caller: Caller, last_event_id: str | None) -> AsyncIterator[httpx.Response]:
        """notify's live stream of what people are alerted to, from the event after `last_event_id`."""
        headers = {**caller.headers(), "accept": "text/event-stream"}
        if last_event_id:
            headers["last-event-id"] = last_event_id
        try:
            async with self._streams.stream("GET", "/v1/stream", params={"types": ALERTING}, headers=headers) as answer:
                if answer.status_code >= 400:
                    await answer.aread()
                    raise problem_of(answer)
                yield answer
        except httpx.TransportError as error:
            raise ApiUnreachable("notify") from error


def problem_of(answer: httpx.Response) -> ApiProblem:
    """The problem that an answer tells; an answer that is no problem document is told by its status alone."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        body = {}
    errors = body.get("errors")
    return ApiProblem(
        status=answer.status_code,
        type=str(body.get("type", "about:blank")),
        title=str(body.get("title", answer.reason_phrase)),
        detail=body.get("detail"),
        errors=[item for item in errors if isinstance(item, dict)] if isinstance(errors, list) else [],
        retry_after=answer.headers.get("retry-after"),
    )
