"""Notify on real servers: its three processes, a receiver of webhooks, events on the topics, keys."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from kafka import KafkaProducer
from sqlalchemy import Engine
from sqlmodel import Session

from services.notify.settings import NotifySettings
from shared.clock import utc_now
from shared.events import Event, encode, with_sequence
from shared.identity import Role
from shared.identity.bearers import create_bearer, organisation_named
from shared.ids import new_id
from shared.settings import Settings
from shared.sql.engine import service_engine
from tests.integration.interleaving import patient
from tests.integration.notify.mailbox import Certificate, Mailbox, MailServer
from tests.integration.notify.reading import Read, Reading
from tests.integration.notify.world import ROLES, Caller, Notify, Produce, Receiver
from tests.patience import PATIENCE_SECONDS
from tests.servers import free_port_base


class QuietServer(ThreadingHTTPServer):
    """Senders are killed in these tests: a connection that breaks is expected."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def mail_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("mail"))


@pytest.fixture(scope="session")
def mail_server(mail_certificate: Certificate) -> Iterator[MailServer]:
    """The SMTP server that notify sends by: STARTTLS only."""
    server = MailServer(mail_certificate)
    yield server
    server.stop()


@pytest.fixture
def mailbox(mail_server: MailServer) -> Iterator[Mailbox]:
    yield mail_server.mailbox
    mail_server.mailbox.pause = 0.0
    mail_server.mailbox.refusals.clear()


@pytest.fixture(scope="session")
def notify_settings(migrated: Settings, mail_server: MailServer, mail_certificate: Certificate) -> NotifySettings:
    """Settings of the notify processes of this session: loopback allowed, short heartbeats, mail by STARTTLS."""
    return NotifySettings(
        **{name: getattr(migrated, name) for name in Settings.model_fields if name != "port_base"},
        port_base=free_port_base(),
        webhook_allow="127.0.0.0/8",
        stream_heartbeat_seconds=1.0,
        smtp_host="127.0.0.1",
        smtp_port=mail_server.port,
        smtp_sender="ancrage@plateforme.exemple.fr",
        smtp_ca_file=mail_certificate.certificate,
    )


@pytest.fixture(scope="session")
def notify_engine(notify_settings: NotifySettings) -> Iterator[Engine]:
    engine = patient(service_engine(notify_settings, "notify", pool=4))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def notify(notify_settings: NotifySettings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notify]:
    processes = Notify(notify_settings, tmp_path_factory.mktemp("notify"))
    yield processes
    for role in (*ROLES, "matching.api"):
        processes.stop(role)


@pytest.fixture
def caller(notify: Notify) -> Iterator[Callable[..., Caller]]:
    """Makes callers: `caller(Role.CASEWORKER, organisation="…")`. The API runs."""
    notify.start("api")
    engine = service_engine(notify.settings, "console", database="identity")
    clients: list[httpx.Client] = []

    def make(role: Role, *, organisation: str | None = None, territories: frozenset[str] = frozenset()) -> Caller:
        with Session(engine) as session:
            owner = organisation_named(session, organisation or new_id("name"))
            bearer = create_bearer(
                session,
                notify.settings,
                organisation_id=owner.id,
                role=role,
                label="test",
                territories=territories,
            )
            session.commit()
            client = httpx.Client(
                base_url=notify.settings.url("notify"),
                headers={"authorization": f"Bearer {bearer.text}"},
                timeout=PATIENCE_SECONDS,
                trust_env=False,
            )
            clients.append(client)
            return Caller(owner.id, bearer.text, client)

    yield make
    for client in clients:
        client.close()
    engine.dispose()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    inbox = Receiver()
    # Ports are used again: a retry that another test left behind must not pass for this test's.
    path = f"/{new_id('hook')}"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path != path:
                self.send_error(404)
                return
            status, headers, answer = inbox.take({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = QuietServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    inbox.url = f"http://127.0.0.1:{server.server_port}{path}"
    yield inbox
    inbox.let_go()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def produce(notify_settings: NotifySettings) -> Iterator[Produce]:
    """Publishes events as a relay would, under growing sequences; a text is a tombstone for that key."""
    producer = KafkaProducer(bootstrap_servers=notify_settings.kafka_bootstrap, acks="all")
    # Beyond the sequences of any relay that another test ran on the same broker.
    sequence = int(utc_now().timestamp() * 1_000_000)

    def send(topic: str, event: Event[Any] | str) -> None:
        nonlocal sequence
        if isinstance(event, str):
            producer.send(topic, key=event.encode(), value=None).get(PATIENCE_SECONDS)
            return
        sequence += 1
        body = encode(event) if topic == "territory-scores" else with_sequence(encode(event), sequence)
        producer.send(topic, key=event.subject.encode(), value=body).get(PATIENCE_SECONDS)

    yield send
    producer.close()


@pytest.fixture
def read(notify: Notify) -> Iterator[Read]:
    made: list[Reading] = []

    def make(who: Caller) -> Reading:
        made.append(Reading(notify.settings.url("notify"), who.key))
        return made[-1]

    for role in ("api", "consumer"):
        notify.start(role)
    yield make
    for one in made:
        one.closing.set()
    for one in made:
        one.ended.wait(PATIENCE_SECONDS)
