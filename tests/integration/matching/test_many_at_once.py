"""Caseworkers, households, landlords, feeds, a territory and the engine, all at once: every rule holds whatever the order.

What each does is drawn from a seed; how they interleave is left to the machine: no order may break a rule.
"""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from fastapi.testclient import TestClient
from psycopg.errors import DeadlockDetected
from sqlalchemy import Engine, ExceptionContext, event, text
from sqlalchemy.exc import OperationalError

from services.matching import engine as running
from services.matching.adapters import choosing as choices
from services.matching.adapters.locking import lock_for
from services.matching.api import build
from services.matching.engine import MatchingEngine
from services.matching.settings import MatchingSettings
from shared.events import CommitmentStatus, OfferOrigin
from shared.identity import Role
from shared.streams.consumer import TRANSIENT
from tests.integration.interleaving import patient
from tests.integration.matching.conftest import Ingest, MakeKey, Stream, household, tables

CAP: Final = 3
HOSTED: Final = 7
OPENINGS: Final = 2
ORIGINS: Final = tuple(OfferOrigin(partner="jobs-for-all", reference=f"A-{number}") for number in range(4))
ANSWERS: Final = {200, 201, 202, 204, 404, 409, 503}  # 503: a machine that is held up; nothing was done

# Each gives the rows that break a rule.
RULES: Final = {
    "one live proposal a home": "SELECT vacancy FROM reservation WHERE released_at IS NULL GROUP BY 1 HAVING count(*) > 1",
    "one live proposal a household": "SELECT household FROM reservation WHERE released_at IS NULL GROUP BY 1"
    " HAVING count(*) > 1",
    "kept as long as it lives": "SELECT p.id FROM placement p JOIN reservation r ON r.placement = p.id"
    " WHERE (r.released_at IS NULL) = (p.step IN ('refused', 'released', 'completed'))",
    "of a home that is there": "SELECT r.placement FROM reservation r LEFT JOIN vacancy v ON v.id = r.vacancy"
    " WHERE r.released_at IS NULL AND v.status IS DISTINCT FROM 'open'",
    "of a household that is there": "SELECT r.placement FROM reservation r LEFT JOIN household h ON h.id = r.household"
    " WHERE r.released_at IS NULL AND h.status IS DISTINCT FROM 'live'",
    "of an offer that is there": "SELECT r.placement FROM reservation r LEFT JOIN offer o ON o.id = r.offer"
    " WHERE r.released_at IS NULL AND r.offer IS NOT NULL AND o.id IS NULL",
    "leads as counted": "SELECT o.id FROM offer o WHERE o.leads <>"
    " (SELECT count(*) FROM reservation r WHERE r.offer = o.id AND r.released_at IS NULL)",
    "no more than the openings": f"SELECT origin FROM offer GROUP BY origin HAVING sum(leads) > {OPENINGS}",  # noqa: S608 - a constant
    "no more than a caseworker can look at": "SELECT caseworker FROM placement WHERE step = 'proposed' GROUP BY 1"  # noqa: S608 - a constant
    f" HAVING count(*) > {CAP}",
    "no more than the territory takes": "SELECT p.commitment FROM placement p"  # noqa: S608 - a constant
    " JOIN reservation r ON r.placement = p.id"
    f" WHERE r.released_at IS NULL AND p.commitment IS NOT NULL GROUP BY 1 HAVING count(*) > {HOSTED}",
    "nothing refused is proposed again": "SELECT later.id FROM placement later JOIN placement earlier"
    " ON earlier.household = later.household AND earlier.id < later.id"
    " WHERE earlier.outcome = 'refused_home' AND earlier.vacancy = later.vacancy"
    " OR earlier.outcome = 'refused_job' AND earlier.offer = later.offer",
    "every version is told": "SELECT p.id FROM placement p LEFT JOIN placement_event e ON e.placement = p.id"
    " GROUP BY p.id, p.version HAVING array_agg(e.version ORDER BY e.version)"
    " <> ARRAY(SELECT generate_series(1, p.version))",
}


def broken(database: Engine) -> dict[str, list[Any]]:
    """The rules that do not hold, with what breaks them."""
    with database.connect() as connection:
        found = {rule: [row[0] for row in connection.execute(text(query))] for rule, query in RULES.items()}
    return {rule: rows for rule, rows in found.items() if rows}


@dataclass
class World:
    """What everyone acts on."""

    api: TestClient
    stream: Stream
    keys: list[dict[str, str]]
    homes: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    households: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    deadlocks: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Fewer homes, openings, places and slots than households."""
        self.stream.commit(capacity_households=HOSTED)
        for _ in range(10):
            self.homes.append(self.stream.home())
        for number in range(8):
            self.posts.append(self.stream.post(origin=ORIGINS[number % 4], openings=OPENINGS))
        for number in range(16):
            self.add_household(self.keys[number % 2])

    def add_household(self, key: dict[str, str]) -> None:
        self.households.append((household(self.api, key)["id"], key))

    def work(self, chance: random.Random, acts: int) -> None:
        for _ in range(acts):
            self.act(chance)

    def act(self, chance: random.Random) -> None:
        """One act of a caseworker."""
        name, key = chance.choice(self.households)
        draw = chance.random()
        if draw < 0.35:
            body = {"household": name, "vacancy": chance.choice(self.homes)}
            if chance.random() < 0.6:
                body["offer"] = chance.choice(self.posts)
            self.said(self.api.post("/v1/placements", json=body, headers=key))
        elif draw < 0.80:
            self.decide(chance, key)
        elif draw < 0.90:
            status = chance.choice(["parked", "live", "live"])
            self.said(self.api.patch(f"/v1/households/{name}", json={"status": status}, headers=key))
        elif draw < 0.95:
            self.add_household(key)
        else:
            answer = self.api.delete(f"/v1/households/{name}", headers=key)
            self.said(answer)
            if answer.status_code == httpx.codes.NO_CONTENT:
                self.erased.append(name)

    def decide(self, chance: random.Random, key: dict[str, str]) -> None:
        steps = {"proposed": ["approve", "approve", "refuse"], "approved": ["accept", "refuse"], "accepted": ["refuse"]}
        live = self.api.get("/v1/placements", params={"limit": 100}, headers=key).json()["items"]
        open_ = [one for one in live if one["step"] in steps]
        if not open_:
            return
        one = chance.choice(open_)
        decision = chance.choice(steps[one["step"]])
        body = {
            "decision": decision,
            **({"reason": chance.choice(["home_state", "employer_refused"])} if decision == "refuse" else {}),
        }
        self.said(self.api.post(f"/v1/placements/{one['id']}/decisions", json=body, headers=key))

    def said(self, answer: Any) -> None:
        self.answers[answer.status_code] += 1

    def turn(self, chance: random.Random) -> None:
        """One turn of the engine's process: something is published, withdrawn, closed or past its date; then it decides."""
        with suppress(*TRANSIENT):  # tried again by the consumer
            self.publish(chance)
        self.stream.engine.idle()

    def publish(self, chance: random.Random) -> None:
        draw, stream = chance.random(), self.stream
        if draw < 0.2:
            stream.withdraw("vacancies", chance.choice(self.homes))
        elif draw < 0.45:
            stream.home(chance.choice(self.homes))
        elif draw < 0.55:
            stream.withdraw("offers", chance.choice(self.posts))
        elif draw < 0.75:
            number = chance.randrange(len(self.posts))
            stream.post(self.posts[number], origin=ORIGINS[number % 4], openings=OPENINGS)
        elif draw < 0.85:
            status = chance.choice([CommitmentStatus.OPEN, CommitmentStatus.OPEN, CommitmentStatus.CLOSED])
            stream.commit(capacity_households=HOSTED, status=status)
        elif draw < 0.88:
            stream.clock.advance(timedelta(days=4))

    def failed(self, context: ExceptionContext) -> None:
        """Keeps what PostgreSQL says of a deadlock; whoever met it tries again unseen."""
        if isinstance(context.original_exception, DeadlockDetected):
            self.deadlocks.append(f"{context.original_exception} in {context.statement}")


def all_at_once(world: World, *, seed: int, caseworkers: int, acts: int) -> None:
    """Everyone acts in a thread of their own; the engine, alone in its own, as long as anyone does."""
    world.begin()
    with ThreadPoolExecutor(caseworkers) as threads:
        chances = [random.Random(f"{seed} {number}") for number in range(caseworkers)]
        working = [threads.submit(world.work, own, acts) for own in chances]
        chance = random.Random(seed)
        for _ in range(acts * 2):
            world.turn(chance)
        while not all(one.done() for one in working):
            world.turn(chance)
        for one in working:
            one.result()
    world.stream.work()


@pytest.fixture
def world(
    matching_settings: MatchingSettings,
    stream: Stream,
    database: Engine,
    ingest: Ingest,
    make_key: MakeKey,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    settings = matching_settings.model_copy(update={"open_proposals_per_caseworker": CAP})
    stream.engine = MatchingEngine(replace(stream.engine._wiring, settings=settings))
    app = build(settings, ingest=httpx.MockTransport(ingest.answer))
    patient(app.state.context.engine)
    with TestClient(app) as api:
        made = World(api, stream, [make_key(Role.CASEWORKER) for _ in range(2)])

        def locked(*given: Any) -> None:  # by the driver itself: SQLAlchemy hears nothing of it
            try:
                lock_for(*given)
            except OperationalError as error:
                if isinstance(error.orig, DeadlockDetected):
                    made.deadlocks.append(str(error.orig))
                raise

        for module in (running, choices):
            monkeypatch.setattr(module, "lock_for", locked)
        engines = (app.state.context.engine, database)
        for engine in engines:
            event.listen(engine, "handle_error", made.failed)
        yield made
        for engine in engines:
            event.remove(engine, "handle_error", made.failed)


def check(world: World, database: Engine) -> None:
    """Every rule, and that something happened."""
    assert world.deadlocks == []
    assert broken(database) == {}
    assert set(world.answers) <= ANSWERS, world.answers
    assert world.answers[200] > 0
    everything = tables(database)
    assert [name for name in world.erased if any(name in content for content in everything.values())] == []


def test_every_rule_holds_whatever_many_do_at_once(world: World, database: Engine) -> None:
    all_at_once(world, seed=1, caseworkers=4, acts=40)
    check(world, database)
