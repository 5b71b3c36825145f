"""No loss and no reordering, as a function of a seed: what was answered 2xx while everything is killed, beside the topic.

Each writer has references of its own and gives each input a rent that no other has, so that any event tells which input
made it. A file has at most one chunk: what was not answered is then wholly there or wholly absent.
"""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from sqlmodel import Session

from deploy.local.errors import LocalError
from deploy.local.supervisor import Platform
from shared.identity import Role
from shared.identity.bearers import create_bearer, organisation_named
from shared.processes import BY_NAME
from shared.settings import Settings
from shared.sql.engine import service_engine
from tests.ledger_comparison import Ledger, compare, drain, stored, topic
from tests.patience import PATIENCE_SECONDS, until
from tests.servers import free_port_base

API, RELAY, DATABASE, BROKER = "ingest.api", "ingest.relay", "postgres", "kafka"
VICTIMS: Final = (API, RELAY, DATABASE, BROKER)
REFERENCES: Final = 30  # of one writer
FILE_LINES: Final = 200
BODY: Final = {"commune": "15014", "typology": "T3", "surface_m2": 62, "available_from": "2026-12-01"}


@dataclass
class Outcome:
    """What a run came to; `faults` is empty where the topic holds what was answered, in order."""

    faults: list[str]
    answered: int
    unanswered: int
    repeated: int
    kills: Counter[str]


@contextmanager
def ingest_platform(home: Path) -> Iterator[tuple[Settings, Platform]]:
    """The API, its relay and their servers, all their own."""
    settings = Settings(home=home, cache=Settings().cache_folder, port_base=free_port_base())
    processes = [BY_NAME[API], BY_NAME[RELAY]]
    with Platform(settings, processes=processes, servers=(BROKER, DATABASE)) as platform:
        yield settings, platform


def landlord(settings: Settings) -> str:
    """A key of a new landlord."""
    engine = service_engine(settings, "console", database="identity", pool=1)
    try:
        with Session(engine) as session:
            owner = organisation_named(session, "Bailleur du grand livre")
            made = create_bearer(session, settings, organisation_id=owner.id, role=Role.LANDLORD, label="test")
            session.commit()
            return made.text
    finally:
        engine.dispose()


class Writer:
    """Publishes, changes and withdraws its own references, one call after the other, until told to stop."""

    def __init__(self, number: int, seed: int, url: str, key: str, stop: threading.Event) -> None:
        self.ledger = Ledger()
        self.calls = 0
        self._name = f"W{number}"
        self._pick = random.Random(seed * 1000 + number)
        self._rents = iter(range(number * 100_000 + 1, (number + 1) * 100_000))
        self._url, self._key, self._stop = url, key, stop

    def run(self) -> None:
        """Until told to stop."""
        headers = {"Authorization": f"Bearer {self._key}"}
        with httpx.Client(base_url=self._url, headers=headers, timeout=60, trust_env=False) as client:
            while not self._stop.is_set():
                self.calls += 1
                act = self._pick.choices((self._put, self._file, self._withdraw), (10, 1, 2))[0]
                if not act(client):
                    self._stop.wait(0.1)

    def _reference(self) -> str:
        return f"{self._name}-{self._pick.randrange(REFERENCES)}"

    def _put(self, client: httpx.Client) -> bool:
        rent = next(self._rents)
        answer = self._call(client, "PUT", f"/v1/vacancies/{self._reference()}", json=_body(rent), rents=[rent])
        if answer is not None:
            self.ledger.puts.append((answer["id"], answer["version"], rent))
        return answer is not None

    def _file(self, client: httpx.Client) -> bool:
        rents = [next(self._rents) for _ in range(self._pick.randint(2, FILE_LINES))]
        lines = [json.dumps({"reference": self._reference(), **_body(rent)}) for rent in rents]
        answer = self._call(client, "POST", "/v1/vacancies:bulk", content="\n".join(lines), rents=rents)
        if answer is not None:
            self.ledger.files.append(rents)
            if answer["created"] + answer["updated"] != len(rents):
                self.ledger.problems.append(f"a file of {len(rents)}: {answer}")
        return answer is not None

    def _withdraw(self, client: httpx.Client) -> bool:
        answer = self._call(client, "DELETE", f"/v1/vacancies/{self._reference()}?reason=let", rents=[])
        if answer is not None and answer.get("result") == "withdrawn":
            self.ledger.withdrawals.append((answer["id"], answer["version"]))
        return answer is not None

    def _call(self, client: httpx.Client, method: str, path: str, *, rents: list[int], **body: Any) -> Any | None:
        headers = {"Content-Type": "application/x-ndjson"} if "content" in body else {}
        try:
            answer = client.request(method, path, headers=headers, **body)
        except httpx.HTTPError:
            self.ledger.unanswered.append(rents)
            return None
        if answer.status_code >= 500:
            self.ledger.unanswered.append(rents)
            return None
        if answer.is_success:
            return answer.json()
        if not (method == "DELETE" and answer.status_code == 404):
            self.ledger.problems.append(f"{method} {answer.status_code} {answer.text[:200]}")
        return {}


def _body(rent: int) -> dict[str, Any]:
    return {**BODY, "rent_eur_per_month": rent / 100}


def write_through_kills(
    settings: Settings,
    platform: Platform,
    *,
    seed: int,
    kills: int,
    writers: int = 3,
    pause: tuple[float, float] = (0.3, 1.5),
    tell: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Writes while killing `kills` times, each kind in turn, then compares what was answered with the topic."""
    pick, stop, key = random.Random(seed), threading.Event(), landlord(settings)
    pens = [Writer(number, seed, settings.url("ingest"), key, stop) for number in range(writers)]
    threads = [threading.Thread(target=pen.run) for pen in pens]
    for thread in threads:
        thread.start()
    victims = [VICTIMS[number % len(VICTIMS)] for number in range(kills)]
    pick.shuffle(victims)
    done: Counter[str] = Counter()
    try:
        for victim in victims:
            time.sleep(pick.uniform(*pause))
            tell(f"kill {victim}")
            try:
                platform.wait_ready(victim, PATIENCE_SECONDS)
                platform.kill(victim)
            except LocalError:  # it is starting again: the next moment will do
                continue
            done[victim] += 1
        for name in VICTIMS:
            platform.wait_ready(name, PATIENCE_SECONDS)
        time.sleep(1.0)
        until(lambda: sum(len(pen.ledger.puts) for pen in pens) > 50)
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
    ledger = Ledger()
    for pen in pens:
        ledger.merge(pen.ledger)
    drain(settings)
    records = topic(settings)
    tell(f"{len(records)} records, {len(ledger.puts)} PUTs, {len(ledger.files)} files answered")
    faults, repeated = compare(ledger, records, stored(settings))
    answered = len(ledger.puts) + len(ledger.files) + len(ledger.withdrawals)
    return Outcome(faults, answered, len(ledger.unanswered), repeated, done)
