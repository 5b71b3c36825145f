"""One try of one delivery over HTTP: the name is resolved and vetted at each try, the connection goes to that address."""

import asyncio
import socket
import ssl
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import httpcore
import httpx

from services.notify.core.addresses import Network, Target, UrlFault, parse_target, vetted
from services.notify.core.schedule import Answer, Outcome
from services.notify.core.signature import headers as signature_headers

EXCERPT_BYTES: Final = 2048
USER_AGENT: Final = "Ancrage-Webhooks/1 (Standard Webhooks 1.0)"
KEEP_ALIVE_SECONDS: Final = 5.0
MOST_ORIGINS: Final = 500

Resolve = Callable[[str, int], Awaitable[list[str]]]

# The addresses that the try in hand may connect to. A connection that is kept open was vetted when it was made.
_vetted: ContextVar[tuple[str, ...]] = ContextVar("vetted", default=())


@dataclass(frozen=True)
class Message:
    """What to send. `keys` sign, newest first; `headers` are the owner's own."""

    id: str
    url: str
    body: bytes
    keys: Sequence[bytes]
    headers: Mapping[str, str] = field(default_factory=dict)


class _VettedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to a vetted address instead of resolving the host. TLS still checks the certificate against the host."""

    def __init__(self) -> None:
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: httpcore.ConnectError | httpcore.ConnectTimeout = httpcore.ConnectError(
            f"no address vetted for {host}"
        )
        for address in _vetted.get():
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("webhooks go over TCP")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _VettedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over the network above; proxies of the environment are not used."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=None,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
            network_backend=_VettedNetwork(),
        )


class _Clients:
    """A client per origin: a pool looks through all its connections at every request, so that one for all would slow down
    with their number. Idle clients are closed, longest unused first, beyond `MOST_ORIGINS`.
    """

    def __init__(self, context: ssl.SSLContext, timeout_seconds: float) -> None:
        self._context = context
        self._timeout = httpx.Timeout(timeout_seconds)
        self._clients: OrderedDict[tuple[str, str, int], httpx.AsyncClient] = OrderedDict()
        self._in_use: Counter[tuple[str, str, int]] = Counter()

    @asynccontextmanager
    async def client(self, target: Target) -> AsyncIterator[httpx.AsyncClient]:
        """The client of the target's origin, kept open meanwhile."""
        origin = (target.scheme, target.host, target.port)
        self._in_use[origin] += 1
        try:
            if origin not in self._clients:
                self._clients[origin] = self._new()
            self._clients.move_to_end(origin)
            yield self._clients[origin]
        finally:
            self._in_use[origin] -= 1
            await self._close_idle()

    def _new(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=_VettedTransport(self._context),
            timeout=self._timeout,
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": USER_AGENT, "content-type": "application/json", "accept-encoding": "identity"},
        )

    async def _close_idle(self) -> None:
        surplus = len(self._clients) - MOST_ORIGINS
        if surplus <= 0:
            return
        idle = [origin for origin in self._clients if not self._in_use[origin]][:surplus]
        closing = [self._clients.pop(origin) for origin in idle]
        for origin in idle:
            del self._in_use[origin]
        for client in closing:
            await client.aclose()

    async def close(self) -> None:
        """Closes all."""
        while self._clients:
            _, client = self._clients.popitem()
            await client.aclose()


class Sender:
    """Sends tries. `resolve` is the system's resolver unless given; `context` trusts the system's authorities."""

    def __init__(
        self,
        *,
        allowed: Sequence[Network],
        timeout_seconds: float,
        resolve: Resolve | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = allowed
        self._seconds = timeout_seconds
        self._threads = ThreadPoolExecutor(16, thread_name_prefix="resolve")
        self._resolve = resolve or self._resolve_by_system
        self._clients = _Clients(context or httpx.create_ssl_context(), timeout_seconds)

    async def close(self) -> None:
        """Closes kept connections."""
        await self._clients.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def send(self, message: Message, at: datetime) -> Outcome:
        """One try, signed for `at`. Never raises for what a receiver, its name or its network does."""
        started = time.perf_counter()
        excerpt: str | None = None
        try:
            async with asyncio.timeout(self._seconds):
                answer, excerpt = await self._try(message, at)
        except TimeoutError:
            answer = Answer(None, "timeout")
        return Outcome(answer, round((time.perf_counter() - started) * 1000), excerpt)

    async def _try(self, message: Message, at: datetime) -> tuple[Answer, str | None]:
        target = parse_target(message.url, self._allowed)
        if isinstance(target, UrlFault):
            return Answer(None, f"refused_{target.value}"), None
        try:
            addresses = await self._addresses(target)
        except OSError:
            return Answer(None, "name_not_resolved"), None
        if not addresses:
            return Answer(None, "refused_address"), None
        token = _vetted.set(addresses)
        try:
            return await self._post(message, target, at)
        except httpx.TimeoutException:
            return Answer(None, "timeout"), None
        except httpx.ConnectError as error:
            return Answer(None, "tls" if _is_tls(error) else "connection_refused"), None
        except (httpx.TransportError, httpx.InvalidURL):
            return Answer(None, "connection_broken"), None
        finally:
            _vetted.reset(token)

    async def _addresses(self, target: Target) -> tuple[str, ...]:
        return vetted(await self._resolve(target.host, target.port), target.scheme, self._allowed)

    async def _post(self, message: Message, target: Target, at: datetime) -> tuple[Answer, str]:
        signed = {**message.headers, **signature_headers(message.id, at, message.body, message.keys)}
        async with (
            self._clients.client(target) as client,
            client.stream("POST", target.url, content=message.body, headers=signed) as response,
        ):
            received = b""
            async for chunk in response.aiter_raw():
                received += chunk
                if len(received) >= EXCERPT_BYTES:
                    break
            excerpt = received[:EXCERPT_BYTES].decode(errors="replace").replace("\x00", "�")
            return Answer(response.status_code, None, response.headers.get("retry-after")), excerpt

    async def _resolve_by_system(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return [str(entry[4][0]) for entry in found]


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
