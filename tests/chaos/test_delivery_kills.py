"""The long kill test of notify: `ancrage test chaos`. ANCRAGE_CHAOS_SEED and ANCRAGE_CHAOS_KILLS choose another run.

Consumer and dispatcher are killed again and again while events are published, some of them twice as a relay does that died
before it knew; receivers answer late, with errors, or hang up. A ledger of what arrived is then compared with what was
published: nothing lost, one webhook-id per event and endpoint whatever was repeated, live numbers without gap or double.
"""

import os
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer
from sqlalchemy import Engine, text
from sqlmodel import Session
from standardwebhooks import Webhook

from deploy.local.supervisor import Platform
from services.notify.adapters.models import Endpoint
from services.notify.adapters.secrets import SecretBox
from services.notify.settings import NotifySettings
from shared.clock import utc_now
from shared.events import encode, with_sequence
from shared.identity import Role
from shared.ids import new_id
from shared.processes import BY_NAME
from shared.settings import Settings
from shared.sql.engine import service_engine
from tests.integration.notify.made_events import placement_event
from tests.servers import free_port_base

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.timeout(1200)]
SEED = int(os.environ.get("ANCRAGE_CHAOS_SEED", "1"))
KILLS = int(os.environ.get("ANCRAGE_CHAOS_KILLS", "20"))
ROLES = ("notify.consumer", "notify.dispatcher")
ORGANISATION = "org_chaos"


@dataclass
class Ledger:
    """What arrived: path -> webhook-id -> bodies; only what its secret verifies."""

    secrets: dict[str, str] = field(default_factory=dict)
    arrived: dict[str, dict[str, list[bytes]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    pick: random.Random = field(default_factory=lambda: random.Random(SEED))

    def take(self, path: str, headers: dict[str, str], body: bytes) -> str:
        """How to answer: "well", "error", "hang up" (after it was written down) or "refuse" (before)."""
        Webhook(self.secrets[path]).verify(body, headers)
        with self.lock:
            way = self.pick.choices(("well", "error", "hang up", "refuse"), (94, 2, 2, 2))[0]
            if way == "refuse":
                self.refused += 1
            else:
                self.arrived[path][headers["webhook-id"]].append(body)
            return way


@contextmanager
def receiver(ledger: Ledger) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            way = ledger.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            time.sleep(0.01)
            if way == "hang up":
                self.close_connection = True
                return
            self.send_response(204 if way == "well" else 500)
            if way != "well":
                self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Senders are killed: a connection that breaks is expected."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def make_endpoint(engine: Engine, settings: NotifySettings, url: str) -> tuple[str, str]:
    """(Id, secret)."""
    box, now = SecretBox(settings), utc_now()
    secret = box.new()
    row = Endpoint(
        id=new_id("we"),
        organisation=ORGANISATION,
        owner="usr_chaos",
        role=Role.CASEWORKER.value,
        owner_territories=[],
        url=url,
        types=["placement.*"],
        territories=[],
        minimum_score_change=1.0,
        secret=box.seal(secret),
        created_at=now,
        updated_at=now,
    )
    with Session(engine, expire_on_commit=False) as session:
        session.add(row)
        session.commit()
    return row.id, secret


class Relay:
    """Publishes, and publishes a run of events again under the same sequences now and then."""

    def __init__(self, settings: NotifySettings) -> None:
        self.events = [placement_event(ORGANISATION) for _ in range(KILLS * 120)]
        self.repeated = 0
        self.done = threading.Event()
        self._producer = KafkaProducer(bootstrap_servers=settings.kafka_bootstrap, acks="all")
        self._pick = random.Random(SEED + 1)

    def run(self) -> None:
        first = int(utc_now().timestamp() * 1_000_000)
        for number in range(len(self.events)):
            self._send(first, number)
            if number % 200 == 199:
                for again in range(number - self._pick.randint(10, 100), number + 1):
                    self._send(first, again)
                    self.repeated += 1
            time.sleep(self._pick.uniform(0, 0.02))
        self._producer.close()
        self.done.set()

    def _send(self, first: int, number: int) -> None:
        event = self.events[number]
        body = with_sequence(encode(event), first + number)
        self._producer.send("placements", key=event.subject.encode(), value=body)


def test_kills_of_consumer_and_dispatcher_lose_nothing_and_keep_every_id(tmp_path: Path) -> None:
    base = Settings(home=tmp_path / "home", cache=Settings().cache_folder, port_base=free_port_base())
    settings = NotifySettings(
        **{name: getattr(base, name) for name in Settings.model_fields}, webhook_allow="127.0.0.0/8"
    )
    ledger, pick = Ledger(), random.Random(SEED + 2)
    with ExitStack() as stack:
        running = stack.enter_context(Platform(settings, processes=[BY_NAME[name] for name in ROLES]))
        url = stack.enter_context(receiver(ledger))
        engine = service_engine(settings, "notify", pool=2)
        stack.callback(engine.dispose)
        made: dict[str, str] = {}
        for path in ("/a", "/b", "/c"):
            made[path], ledger.secrets[path] = make_endpoint(engine, settings, f"{url}{path}")
        relay = Relay(settings)
        publishing = threading.Thread(target=relay.run)
        publishing.start()
        kills = dict.fromkeys(ROLES, 0)
        while not relay.done.is_set() or sum(kills.values()) < KILLS // 2:
            time.sleep(pick.uniform(0.2, 1.5))
            role = pick.choice(ROLES)
            running.kill(role)
            kills[role] += 1
            running.wait_ready(role)
        publishing.join()
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            give_up = time.monotonic() + 300
            expected = len(relay.events) * len(made)
            while True:
                rows = connection.execute(text("SELECT state, count(*) AS number FROM delivery GROUP BY state"))
                states = {row.state: row.number for row in rows}
                if states == {"delivered": expected}:
                    break
                assert time.monotonic() < give_up, (states, expected)
                time.sleep(1)
            told = connection.execute(text("SELECT endpoint_id, id, event_id FROM delivery")).all()
            live = connection.execute(text("SELECT seq, subject FROM live_event ORDER BY seq")).all()
    repeated = sum(len(bodies) - 1 for by_id in ledger.arrived.values() for bodies in by_id.values())
    print(f"{kills}, {relay.repeated} events published again, {repeated} webhooks repeated, {ledger.refused} refused")
    published = sorted(event.id for event in relay.events)
    for path, endpoint in made.items():
        assert sorted(row.event_id for row in told if row.endpoint_id == endpoint) == published
        by_id = ledger.arrived[path]
        assert by_id.keys() == {row.id for row in told if row.endpoint_id == endpoint}
        assert all(len(set(bodies)) == 1 for bodies in by_id.values())
    assert [row.seq for row in live] == list(range(1, len(relay.events) + 1))
    assert sorted(row.subject for row in live) == sorted(event.subject for event in relay.events)
    assert min(kills.values()) >= 2, "inconclusive: too few kills"
    assert relay.repeated > 0, "inconclusive: nothing was published again"
    assert repeated > 0, "inconclusive: nothing was in flight at a kill"
