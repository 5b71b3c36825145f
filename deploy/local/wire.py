"""One request and one answer over TCP, for readiness questions asked many times a second without client libraries."""

import asyncio
import json
from collections.abc import Awaitable, Callable

NOT_UP = (OSError, asyncio.IncompleteReadError, TimeoutError)
TIMEOUT_SECONDS = 2.0


async def ask(
    port: int,
    request: bytes,
    read: Callable[[asyncio.StreamReader], Awaitable[bytes]],
    host: str = "127.0.0.1",
) -> bytes | None:
    """Sends `request` and returns what `read` takes of the answer; None where the server is not up."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(request)
                await writer.drain()
                return await read(reader)
            finally:
                writer.close()
    except NOT_UP:
        return None


async def http_status(port: int, path: str, host: str = "127.0.0.1") -> int | None:
    """Status code of GET `path`; None where nothing answers HTTP."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode()
    line = await ask(port, request, lambda reader: reader.readline(), host)
    parts = line.split(b" ", 2) if line else []
    return int(parts[1]) if len(parts) > 1 and parts[0].startswith(b"HTTP/") and parts[1].isdigit() else None


async def refusal(port: int, host: str = "127.0.0.1") -> str | None:
    """Why the process on this port does not work until somebody acts, as it says at /status; None where it does not."""
    request = f"GET /status HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n".encode()
    answer = await ask(port, request, lambda reader: reader.read(64_000), host)
    return refusal_in((answer or b"").partition(b"\r\n\r\n")[2])


def refusal_in(status: bytes | str | None) -> str | None:
    """The refusal in the body of a /status answer."""
    try:
        said = json.loads(status or "{}").get("refused")
    except (ValueError, AttributeError):
        return None
    return said if isinstance(said, str) else None
