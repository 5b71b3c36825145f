"""One try of one delivery over HTTP: the name is resolved and vetted at each try, the connection goes to that address.

By aiohttp, which costs an eighth of httpx's time a request (docs/performance.md); httpx is for everything else.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from services.notify.core.addresses import Network, Target, UrlFault, parse_target, vetted
from services.notify.core.schedule import Answer, Outcome
from services.notify.core.signature import headers as signature_headers

EXCERPT_BYTES: Final = 2048
HEADERS: Final = {
    "user-agent": "Ancrage-Webhooks/1 (Standard Webhooks 1.0)",
    "content-type": "application/json",
    "accept": "*/*",
    "accept-encoding": "identity",
}
# Shorter than what common servers keep (gunicorn 2 s, Node and uvicorn 5 s): they do not hang up as a try begins.
KEEP_ALIVE_SECONDS: Final = 1.5
KEPT_TARGETS: Final = 4096

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


class _VettedResolver(AbstractResolver):
    """Answers the vetted addresses instead of asking anyone. TLS still checks the certificate against the name."""

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - aiohttp's interface
    ) -> list[ResolveResult]:
        addresses = _vetted.get()
        if not addresses:
            raise OSError(f"no address vetted for {host}")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Holds nothing."""


class Sender:
    """Sends tries. `resolve` is the system's resolver unless given; `context` trusts the system's authorities.

    Made inside a running event loop. Proxies of the environment, cookies and redirects are not used.
    """

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
        self._target = lru_cache(KEPT_TARGETS)(lambda url: parse_target(url, allowed))
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=_VettedResolver(),
                use_dns_cache=False,
                ssl=context or httpx.create_ssl_context(),
                limit=0,
                keepalive_timeout=KEEP_ALIVE_SECONDS,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=HEADERS,
            timeout=aiohttp.ClientTimeout(),  # `send` has its own
            auto_decompress=False,
            trust_env=False,
        )

    async def close(self) -> None:
        """Closes kept connections."""
        await self._session.close()
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
        target = self._target(message.url)
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
        except (aiohttp.ClientConnectorSSLError, aiohttp.ClientConnectorCertificateError, ssl.SSLError):
            return Answer(None, "tls"), None
        except aiohttp.ClientConnectorError as error:
            return Answer(None, "tls" if isinstance(error.os_error, ssl.SSLError) else "connection_refused"), None
        except (aiohttp.ClientError, OSError):
            return Answer(None, "connection_broken"), None
        finally:
            _vetted.reset(token)

    async def _addresses(self, target: Target) -> tuple[str, ...]:
        if _is_literal(target.host):
            return (target.host,)  # judged as a part of the URL
        return vetted(await self._resolve(target.host, target.port), target.scheme, self._allowed)

    async def _post(self, message: Message, target: Target, at: datetime) -> tuple[Answer, str]:
        headers = {**message.headers, **signature_headers(message.id, at, message.body, message.keys)}
        url = URL(target.url, encoded=True)
        async with self._session.post(url, data=message.body, headers=headers, allow_redirects=False) as response:
            received = b""
            async for chunk in response.content.iter_any():
                received += chunk
                if len(received) >= EXCERPT_BYTES:
                    break  # the connection is closed, whatever else would come
            excerpt = received[:EXCERPT_BYTES].decode(errors="replace").replace("\x00", "�")
            return Answer(response.status, None, response.headers.get("retry-after")), excerpt

    async def _resolve_by_system(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return [str(entry[4][0]) for entry in found]


@lru_cache(KEPT_TARGETS)
def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
