"""Tries over real sockets: the connection goes to the vetted address, and TLS is checked against the name."""

import asyncio
import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.notify.adapters.sender import Message, Sender
from services.notify.core.schedule import Outcome
from shared.clock import utc_now
from tests.integration.notify.transports import until_closed
from tests.patience import PATIENCE_SECONDS

NAME = "partner.example"
LOOPBACK = (ip_network("127.0.0.0/8"),)
KEY = bytes(range(32))


@dataclass
class Served:
    """What the local server saw: (host header, path) of each request, SNI of each handshake."""

    port: int = 0
    requests: list[tuple[str, str]] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)
    pause: float = 0.0
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    endless: bool = False


def _certificate(folder: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = utc_now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts a server on loopback: `serve()` in plain http, `serve("name")` with a certificate of that name."""
    servers: list[ThreadingHTTPServer] = []
    threads: list[threading.Thread] = []

    def start(name: str | None = None, *, address: str = "127.0.0.1") -> Served:
        seen = Served()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                seen.requests.append((self.headers["host"], self.path))
                time.sleep(seen.pause)
                self.send_response(seen.status)
                for header, value in seen.headers.items():
                    self.send_header(header, value)
                self.end_headers()
                while seen.endless:
                    self.wfile.write(b"x" * 65_536)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            address_family = socket.AF_INET6 if ":" in address else socket.AF_INET

            def handle_error(self, *_: Any) -> None:
                """A client that refuses the certificate hangs up."""

        server = Server((address, 0), Handler)
        seen.port = server.server_port
        if name is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(_certificate(tmp_path, name))
            context.sni_callback = lambda _, asked, __: seen.server_names.append(asked)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        servers.append(server)
        threads.append(threading.Thread(target=server.serve_forever))
        threads[-1].start()
        return seen

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
    for thread in threads:
        thread.join()


def send(
    url: str,
    *,
    resolved: list[list[str]] | None = None,
    allowed: Any = LOOPBACK,
    trusted: Path | None = None,
    seconds: float = PATIENCE_SECONDS,
    times: int = 1,
) -> list[Outcome]:
    """Tries in turn through one sender; `resolved` is what the name resolves to at each of them."""
    answers = iter(resolved or [])

    async def resolve(_: str, __: int) -> list[str]:
        return next(answers)

    async def run() -> list[Outcome]:
        sender = Sender(
            allowed=allowed,
            timeout_seconds=seconds,
            resolve=resolve if resolved is not None else None,
            context=ssl.create_default_context(cafile=trusted) if trusted else None,
        )
        try:
            message = Message("msg_1", url, b"{}", [KEY])
            return [await sender.send(message, utc_now()) for _ in range(times)]
        finally:
            await sender.close()
            await until_closed()

    return asyncio.run(run())


def test_the_connection_goes_to_the_vetted_address_under_the_name(serve: Callable[..., Served]) -> None:
    server = serve()
    (outcome,) = send(f"http://{NAME}:{server.port}/hook?a=1", resolved=[["127.0.0.1"]])
    assert outcome.answer.status == 204
    assert server.requests == [(f"{NAME}:{server.port}", "/hook?a=1")]


def test_a_name_that_resolves_to_a_private_address_is_not_connected_to(serve: Callable[..., Served]) -> None:
    server = serve(NAME)
    for addresses in (["127.0.0.1"], ["::ffff:127.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["0.0.0.0"], []):  # noqa: S104
        (outcome,) = send(f"https://{NAME}:{server.port}/", resolved=[addresses], allowed=())
        assert (outcome.answer.status, outcome.answer.error) == (None, "refused_address")
    assert server.server_names == []
    assert server.requests == []


def test_a_name_that_moves_between_tries_is_judged_at_each(serve: Callable[..., Served]) -> None:
    server = serve()
    url = f"http://{NAME}:{server.port}/"
    outcomes = send(url, resolved=[["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1"]], times=3)
    assert [(one.answer.status, one.answer.error) for one in outcomes] == [
        (204, None),
        (None, "refused_address"),
        (204, None),
    ]
    assert len(server.requests) == 2


def test_the_next_vetted_address_is_tried_where_one_does_not_answer(serve: Callable[..., Served]) -> None:
    server = serve()
    (outcome,) = send(f"http://{NAME}:{server.port}/", resolved=[["127.0.0.9", "127.0.0.1"]])
    assert outcome.answer.status == 204


def test_a_name_is_resolved_once_a_try_and_by_nobody_else(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second resolution, by the HTTP client, would be where a name that changes its mind gets through."""
    server = serve()
    asked: list[Any] = []
    real = socket.getaddrinfo

    def changing(host: Any, *given: Any, **more: Any) -> Any:
        if host == NAME:
            asked.append(host)
            return real("127.0.0.1" if len(asked) == 1 else "127.0.0.9", *given, **more)
        return real(host, *given, **more)

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    (outcome,) = send(f"http://{NAME}:{server.port}/")
    assert outcome.answer.status == 204
    assert asked == [NAME]


def test_an_answer_without_end_is_cut_and_its_connection_closed(serve: Callable[..., Served]) -> None:
    server = serve()
    server.status, server.endless = 200, True
    outcomes = send(f"http://127.0.0.1:{server.port}/", times=2)
    assert [(one.answer.status, len(one.excerpt or "")) for one in outcomes] == [(200, 2048)] * 2


def has_ipv6() -> bool:
    """Whether this machine has the loopback address of IPv6; containers often do not."""
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_ipv6_is_connected_to_like_ipv4(serve: Callable[..., Served]) -> None:
    server = serve(address="::1")
    for url in (f"http://[::1]:{server.port}/", f"http://{NAME}:{server.port}/"):
        (outcome,) = send(url, resolved=[["::1"]], allowed=(ip_network("::1/128"),))
        assert outcome.answer.status == 204
    (refused,) = send(f"http://[::1]:{server.port}/", allowed=LOOPBACK)
    assert refused.answer.error == "refused_private"


def test_the_systems_resolver_is_judged_too(serve: Callable[..., Served]) -> None:
    server = serve()
    (allowed,) = send(f"http://localhost:{server.port}/")
    (refused,) = send(f"https://localhost:{server.port}/", allowed=())
    assert (allowed.answer.status, refused.answer.error) == (204, "refused_address")
    assert len(server.requests) == 1


def test_tls_asks_for_the_name_and_checks_the_certificate_against_it(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    server = serve(NAME)
    url = f"https://{NAME}:{server.port}/"
    (trusted,) = send(url, resolved=[["127.0.0.1"]], trusted=tmp_path / f"{NAME}.pem")
    assert trusted.answer.status == 204
    assert server.server_names == [NAME]
    (unknown,) = send(url, resolved=[["127.0.0.1"]])
    assert (unknown.answer.status, unknown.answer.error) == (None, "tls")
    assert len(server.requests) == 1


def test_a_certificate_of_another_name_is_refused(serve: Callable[..., Served], tmp_path: Path) -> None:
    server = serve("elsewhere.example")
    (outcome,) = send(
        f"https://{NAME}:{server.port}/", resolved=[["127.0.0.1"]], trusted=tmp_path / "elsewhere.example.pem"
    )
    assert outcome.answer.error == "tls"
    assert server.requests == []


def test_a_redirect_is_not_followed(serve: Callable[..., Served]) -> None:
    server, target = serve(), serve()
    server.status, server.headers = 302, {"location": f"http://127.0.0.1:{target.port}/"}
    (outcome,) = send(f"http://127.0.0.1:{server.port}/")
    assert outcome.answer.status == 302
    assert target.requests == []


def test_a_receiver_that_is_too_slow_has_not_received(serve: Callable[..., Served]) -> None:
    server = serve()
    server.pause = 2.0
    (outcome,) = send(f"http://127.0.0.1:{server.port}/", seconds=0.3)
    assert (outcome.answer.status, outcome.answer.error) == (None, "timeout")
    assert outcome.latency_ms >= 250


def test_a_proxy_of_the_environment_is_not_used(serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch) -> None:
    server, proxy = serve(), serve()
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    (outcome,) = send(f"http://127.0.0.1:{server.port}/")
    assert outcome.answer.status == 204
    assert proxy.requests == []


def test_nobody_listening_is_said_as_such() -> None:
    (outcome,) = send("http://127.0.0.1:9/")
    assert (outcome.answer.status, outcome.answer.error) == (None, "connection_refused")


def test_a_url_that_is_no_longer_acceptable_is_refused_at_the_try() -> None:
    (outcome,) = send("http://127.0.0.1:9/", allowed=())
    assert outcome.answer.error == "refused_private"
