"""A client that costs little: requests prepared beforehand, kept-alive sockets, one thread each."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Final

CHUNK_BYTES: Final = 256 * 1024


def put_all(port: int, key: str, prefix: str, bodies: list[bytes], clients: int) -> float:
    """PUTs every body under a reference of its own. Returns the seconds it took; raises on an answer that is not 2xx."""
    requests = [_put(key, f"{prefix}-{number}", body) for number, body in enumerate(bodies)]
    failures: list[BaseException] = []
    ready = threading.Barrier(clients + 1)

    def run(own: list[bytes]) -> None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                ready.wait()
                for request in own:
                    connection.sendall(request)
                    _answer(connection)
        except BaseException as error:  # noqa: BLE001 - told by the caller
            failures.append(error)
            ready.abort()

    threads = [threading.Thread(target=run, args=(requests[first::clients],)) for first in range(clients)]
    for thread in threads:
        thread.start()
    ready.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    if failures:
        raise failures[0]
    return seconds


def post_file(port: int, key: str, path: str, lines: list[bytes]) -> bytes:
    """Sends lines as one streamed NDJSON request. Returns the body of the answer."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=300) as connection:
        connection.sendall(head.encode())
        for block in _blocks(lines):
            connection.sendall(b"%x\r\n%s\r\n" % (len(block), block))
        connection.sendall(b"0\r\n\r\n")
        return _answer(connection)


def _blocks(lines: list[bytes]) -> Iterator[bytes]:
    text = b"\n".join(lines) + b"\n"
    for first in range(0, len(text), CHUNK_BYTES):
        yield text[first : first + CHUNK_BYTES]


def _put(key: str, reference: str, body: bytes) -> bytes:
    head = (
        f"PUT /v1/vacancies/{reference} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _answer(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    length = next(
        int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += _more(connection)
    if not 200 <= status < 300:
        raise RuntimeError(f"{status}: {body[:500].decode(errors='replace')}")
    return body


def _more(connection: socket.socket) -> bytes:
    block = connection.recv(65_536)
    if not block:
        raise ConnectionError("the server closed the connection")
    return block
