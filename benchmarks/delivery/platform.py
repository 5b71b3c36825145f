"""The platform under measurement: embedded Kafka, PostgreSQL and Redis, notify's consumer and its dispatcher."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
from kafka import KafkaProducer
from sqlalchemy import Engine, text
from sqlmodel import Session

from deploy.local.supervisor import Platform
from services.notify.adapters.models import Endpoint
from services.notify.adapters.secrets import SecretBox
from services.notify.settings import NotifySettings
from shared.clock import isoformat, utc_now
from shared.events import Change, Placement, Step, encode, new_event, with_sequence
from shared.identity import Role
from shared.identity.bearers import create_bearer, organisation_named
from shared.ids import new_id
from shared.processes import BY_NAME
from shared.settings import Settings
from shared.sql.engine import service_engine

ORGANISATION: Final = "org_benchmark"
TERRITORY: Final = "241500230"
CLOSED_PORT: Final = 9


@dataclass
class World:
    """What runs, and what scenarios do with it."""

    settings: NotifySettings
    engine: Engine
    receiver: httpx.Client
    receiver_url: str
    producer: KafkaProducer
    sequence: int

    def endpoints(self, paths: Sequence[str]) -> dict[str, str]:
        """Replaces all endpoints by one per path (a whole URL, or a path of the receiver): path -> id."""
        box, now = SecretBox(self.settings), utc_now()
        made: dict[str, str] = {}
        with Session(self.engine) as session:
            session.execute(text("DELETE FROM endpoint"))
            for path in paths:
                row = Endpoint(
                    id=new_id("we"),
                    organisation=ORGANISATION,
                    owner="usr_benchmark",
                    role=Role.CASEWORKER.value,
                    owner_territories=[],
                    url=path if path.startswith("http") else f"{self.receiver_url}{path}",
                    types=["placement.*"],
                    territories=[],
                    minimum_score_change=1.0,
                    secret=box.seal(box.new()),
                    created_at=now,
                    updated_at=now,
                )
                made[path] = row.id
                session.add(row)
            session.commit()
        return made

    def backlog(self, endpoints: Sequence[str], count: int) -> None:
        """`count` pending deliveries, spread over the endpoints, as the consumer writes them."""
        payload = (
            '{"type":"placement.approved","timestamp":"2026-11-23T08:54:59.120Z","data":{"placement":"plc_%s",'
            '"territory":"241500230","step":"approved","due_at":"2026-11-25T22:59:59.000Z"}}'
        )
        rows = [
            {
                "id": new_id("msg"),
                "endpoint": endpoints[number % len(endpoints)],
                "event": f"evt_{number}",
                "payload": payload % f"{number:026d}",
                "at": utc_now(),
            }
            for number in range(count)
        ]
        with self.engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO delivery (id, endpoint_id, organisation, event_id, type, subject, territory, payload,"
                    " state, tries, attempts, next_attempt_at, created_at) VALUES (:id, :endpoint, 'org_benchmark', :event,"
                    " 'placement.approved', :event, '241500230', :payload, 'pending', 0, 0, :at, :at)"
                ),
                rows,
            )
            connection.execute(text("NOTIFY delivery"))
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE delivery"))

    def publish(self) -> tuple[str, float]:
        """A placement event as a relay would publish it: (placement id, perf_counter)."""
        name = new_id("plc")
        placement = Placement(
            id=name,
            vacancy="vac_01",
            typology="T3",
            territory=TERRITORY,
            programme="generique",
            landlord="org_landlord",
            organisation=ORGANISATION,
            caseworker="usr_01",
            step=Step.PROPOSED,
            changed_at=isoformat(utc_now()),
        )
        event = new_event("placements", name, Change(1, None, placement), source="/matching", at=utc_now())
        self.sequence += 1
        at = time.perf_counter()
        self.producer.send("placements", key=name.encode(), value=with_sequence(encode(event), self.sequence))
        return name, at

    def count(self) -> int:
        return int(self.receiver.get("/count").json())

    def arrivals(self) -> dict[str, tuple[str, float]]:
        """webhook-id -> (path, perf_counter); the receiver forgets them."""
        found: dict[str, tuple[str, float]] = self.receiver.get("/arrivals").json()
        return found

    def placements(self, endpoint: str) -> dict[str, str]:
        """webhook-id -> placement, of one endpoint."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                text("SELECT id, subject FROM delivery WHERE endpoint_id = :id"), {"id": endpoint}
            )
            return {row.id: row.subject for row in rows}

    @contextmanager
    def dispatcher(self) -> Iterator[psutil.Process]:
        """The dispatcher, running meanwhile."""
        platform = Platform(
            self.settings, processes=[BY_NAME["notify.dispatcher"]], servers=(), one_shots=(), own_home=False
        )
        with platform:
            yield psutil.Process(platform.pids()["notify.dispatcher"])

    @contextmanager
    def api(self) -> Iterator[psutil.Process]:
        """The API, running meanwhile."""
        platform = Platform(self.settings, processes=[BY_NAME["notify.api"]], servers=(), one_shots=(), own_home=False)
        with platform:
            yield psutil.Process(platform.pids()["notify.api"])

    def key(self) -> str:
        """A new key of an operator, who may see everything."""
        engine = service_engine(self.settings, "console", database="identity")
        try:
            with Session(engine) as session:
                owner = organisation_named(session, new_id("name"))
                bearer = create_bearer(
                    session, self.settings, organisation_id=owner.id, role=Role.OPERATOR, label="benchmark"
                )
                session.commit()
                return str(bearer.text)
        finally:
            engine.dispose()

    @contextmanager
    def watchers(self, count: int) -> Iterator[Callable[[], list[tuple[str, float]]]]:
        """`count` clients of the live stream, all open; calling what is yielded ends them: (placement, perf_counter)."""
        command = [sys.executable, "-m", "benchmarks.delivery.watchers", f"{self.settings.url('notify')}/v1/stream"]
        process = subprocess.Popen([*command, str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{self.key()}\n")
        process.stdin.flush()
        if process.stdout.readline().strip() != "open":
            raise RuntimeError("the streams did not open")

        def end() -> list[tuple[str, float]]:
            seen: list[tuple[str, float]] = json.loads(process.communicate("")[0])
            return seen

        try:
            yield end
        finally:
            process.kill()
            process.wait()

    def bare(self, library: str, path: str, count: int, workers: int) -> dict[str, float]:
        """A bare loop in a process of its own."""
        done = subprocess.run(
            [
                *(sys.executable, "-m", "benchmarks.delivery.bare", library),
                *(f"{self.receiver_url}{path}", str(count), str(workers)),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
        figures: dict[str, float] = json.loads(done.stdout)
        return figures


@contextmanager
def world(home: Path, port_base: int) -> Iterator[World]:
    """Starts everything but the dispatcher."""
    base = Settings(home=home, cache=Settings().cache_folder, port_base=port_base)
    settings = NotifySettings(
        **{name: getattr(base, name) for name in Settings.model_fields},
        webhook_allow="127.0.0.0/8",
    )
    port = port_base + 95
    with ExitStack() as stack:
        stack.enter_context(Platform(settings, processes=[BY_NAME["notify.consumer"]]))
        receiver = subprocess.Popen([sys.executable, "-m", "benchmarks.delivery.receiver", str(port)])
        stack.callback(receiver.wait)
        stack.callback(receiver.terminate)
        engine = service_engine(settings, "notify", pool=4)
        stack.callback(engine.dispose)
        client = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30))
        _until_up(client)
        producer: Any = KafkaProducer(bootstrap_servers=settings.kafka_bootstrap, acks="all", linger_ms=0)
        stack.callback(producer.close)
        yield World(settings, engine, client, f"http://127.0.0.1:{port}", producer, int(utc_now().timestamp() * 1e6))


def _until_up(client: httpx.Client) -> None:
    give_up = time.monotonic() + 20
    while True:
        try:
            client.get("/count")
        except httpx.TransportError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)
        else:
            return
