"""A receiver in a process of its own, lean enough not to be what is measured.

    python -m benchmarks.delivery.receiver PORT

POST /… is answered 204 at once, POST /hang… never. GET /count, GET /arrivals (JSON: webhook-id -> [path, perf_counter], then
forgotten). `time.perf_counter` is one clock for all processes of a Linux machine.
"""

import asyncio
import json
import re
import sys
import time
from typing import Final

_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_ID: Final = re.compile(rb"webhook-id: *([^\r]+)", re.IGNORECASE)
_NO_CONTENT: Final = b"HTTP/1.1 204 No Content\r\n\r\n"


class Arrivals:
    """First arrival of each id, and how many came in all."""

    def __init__(self) -> None:
        self.first: dict[str, tuple[str, float]] = {}
        self.count = 0


class Connection(asyncio.Protocol):
    """One connection: requests in turn, as HTTP/1.1 clients without pipelining send them."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._buffer[:end]
            length = _LENGTH.search(head)
            total = end + 4 + (int(length.group(1)) if length else 0)
            if len(self._buffer) < total:
                return
            self._buffer = self._buffer[total:]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        path = head.split(b" ", 2)[1].decode()
        if head.startswith(b"GET"):
            body = json.dumps(self._arrivals.count if path == "/count" else self._arrivals.first).encode()
            if path == "/arrivals":
                self._arrivals.first, self._arrivals.count = {}, 0
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
            return
        if path.startswith("/hang"):
            return
        found = _ID.search(head)
        if found:
            self._arrivals.first.setdefault(found.group(1).decode(), (path, time.perf_counter()))
        self._arrivals.count += 1
        self._transport.write(_NO_CONTENT)


async def serve(port: int) -> None:
    """Until the process is ended."""
    arrivals = Arrivals()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(arrivals), "127.0.0.1", port, backlog=1024
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
