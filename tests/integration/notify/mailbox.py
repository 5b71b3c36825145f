"""A real SMTP server on loopback, with a certificate of its own authority, whose answers a test sets."""

import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.clock import utc_now
from tests.patience import PATIENCE_SECONDS


@dataclass
class Certificate:
    """A self-signed certificate for 127.0.0.1, its key, and the context of a server that has it."""

    folder: Path
    certificate: Path = field(init=False)
    key: Path = field(init=False)

    def __post_init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(utc_now() - timedelta(days=1))
            .not_valid_after(utc_now() + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.certificate, self.key = self.folder / "mail.pem", self.folder / "mail.key"
        self.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        self.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass
class Arrived:
    """One mail as the server took it."""

    to: list[str]
    encrypted: bool
    message: EmailMessage

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"])

    def text(self, kind: str = "plain") -> str:
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content())


@dataclass
class Mailbox:
    """What arrived. `refusals`: answers to the next recipients, by address, each used once; `pause`: seconds before a
    mail is taken; `begun`: mails whose text has come in, taken or not; `tls`: the
    connection is encrypted from its first byte.
    """

    arrived: list[Arrived] = field(default_factory=list)
    refusals: dict[str, list[str]] = field(default_factory=dict)
    pause: float = 0.0
    begun: int = 0
    tls: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def to(self, address: str) -> list[Arrived]:
        with self.lock:
            return [one for one in self.arrived if address in one.to]

    async def handle_RCPT(  # noqa: N802 - the names that aiosmtpd calls
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[Any]
    ) -> str:
        with self.lock:
            waiting = self.refusals.get(address)
            if waiting:
                return waiting.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        with self.lock:
            self.begun += 1
        if self.pause:
            time.sleep(self.pause)  # noqa: ASYNC251 - this server serves one test
        message = message_from_bytes(envelope.content, policy=default)
        with self.lock:
            self.arrived.append(Arrived(list(envelope.rcpt_tos), self.tls or session.ssl is not None, message))
        return "250 2.0.0 taken"


class MailServer:
    """A server around a mailbox. With a certificate it offers and demands STARTTLS, or with `tls` speaks TLS at once."""

    def __init__(self, certificate: Certificate | None, *, tls: bool = False) -> None:
        self.mailbox = Mailbox(tls=tls)
        self.port = _free_port()
        context = certificate.context() if certificate else None
        more: dict[str, Any] = {} if tls or context is None else {"tls_context": context, "require_starttls": True}
        self._controller = Controller(
            self.mailbox,
            hostname="127.0.0.1",
            port=self.port,
            ready_timeout=PATIENCE_SECONDS,
            ssl_context=context if tls else None,
            **more,
        )
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
