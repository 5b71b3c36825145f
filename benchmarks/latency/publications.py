"""What is published: the publications that count, and the events that flow beside them.

Each publication that counts moves a counter that nothing beside moves, of a territory of its own: the value that it must
come to is known beforehand, so that nobody has to ask which event a score contains.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from benchmarks.latency.platform import World
from benchmarks.streams import national
from services.scoring.core.occupation_counters import OFFERS_OF_LETTER
from shared.clock import utc_now
from shared.events import Change, Event, Lineage, new_event
from shared.geography import geography
from shared.sql import outbox
from shared.topics import OFFERS, VACANCIES

OWN_TYPOLOGY: Final = "T6"
OWN_ROME: Final = "F1703"
COUNTER_OF: Final = {VACANCIES: f"vacancies_{OWN_TYPOLOGY}", OFFERS: OFFERS_OF_LETTER + OWN_ROME[0]}
CLIENTS: Final = 8  # a slow answer holds no later publication up
BATCHES_PER_SECOND: Final = 20
OFFERS_OF_TEN: Final = 9  # of ten events beside, as in the national replay
_TYPOLOGIES_BESIDE: Final = ("T1", "T2", "T3", "T4", "T5")
_ROMES_BESIDE: Final = ("K1304", "N4101", "G1602", "D1507", "J1506", "H2202", "M1805")


@dataclass(frozen=True)
class Sent:
    """A publication that counts. Its effect is there once `counter` of `territory` is `value` at least. Epoch seconds."""

    topic: str
    entity: str
    territory: str
    counter: str
    value: int
    asked_at: float
    accepted_at: float


@dataclass
class Publications:
    """Publishes at a steady rate, vacancies and offers in turn, over all territories in turn."""

    world: World
    made: int = 0
    _values: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        atlas = geography()
        self._territories = sorted(atlas.territories)
        random.Random(5).shuffle(self._territories)
        self._commune = {code: atlas.communes_of(code)[0] for code in self._territories}
        base = f"http://127.0.0.1:{self.world.settings.port('ingest.api')}"
        self._client = httpx.Client(base_url=base, trust_env=False, timeout=30)

    def at_rate(self, per_second: float, count: int) -> list[Sent]:
        """Publishes that many, each at its time whether or not the ones before are answered."""
        with ThreadPoolExecutor(CLIENTS) as clients:
            started = time.perf_counter()
            sent: list[Future[Sent]] = []
            for number in range(count):
                time.sleep(max(0.0, started + number / per_second - time.perf_counter()))
                sent.append(clients.submit(self._put, *self._next()))
            return [one.result() for one in sent]

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()

    def _next(self) -> tuple[str, int, str, str, int]:
        number = self.made
        self.made += 1
        topic = (VACANCIES, OFFERS)[number % 2]
        territory = self._territories[number % len(self._territories)]
        counter = COUNTER_OF[topic]
        self._values[territory, counter] += 1
        return topic, number, territory, counter, self._values[territory, counter]

    def _put(self, topic: str, number: int, territory: str, counter: str, value: int) -> Sent:
        asked_at = utc_now().timestamp()
        answer = self._client.put(
            f"/v1/{topic}/L-{number}",
            json=_body(topic, self._commune[territory]),
            headers={"Authorization": f"Bearer {self.world.keys[topic]}"},
        )
        accepted_at = utc_now().timestamp()
        answer.raise_for_status()
        return Sent(topic, answer.json()["id"], territory, counter, value, asked_at, accepted_at)


def _body(topic: str, commune: str) -> dict[str, Any]:
    if topic == OFFERS:
        return {"rome": OWN_ROME, "contract": "CDI", "commune": commune, "openings": 1}
    return {
        "commune": commune,
        "typology": OWN_TYPOLOGY,
        "surface_m2": 120,
        "rent_eur_per_month": 640,
        "charges_eur_per_month": 80,
        "available_from": f"{utc_now():%Y-%m-%d}",
        "dpe": "D",
    }


class Beside:
    """A replay through ingest's outbox, throttled: rows as ingest's bulk writes them, for its relay to publish.

    The relay numbers them together with the publications that count, so the guards of the counters take both.
    """

    def __init__(self, world: World, per_second: int) -> None:
        self._world = world
        self._per_second = per_second
        self._stopping = threading.Event()
        self._failed: BaseException | None = None
        self._events = _events(random.Random(7))
        self._thread = threading.Thread(target=self._run, name="beside")
        self.published = 0
        self.seconds = 0.0

    def __enter__(self) -> "Beside":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        if self._failed is not None:
            raise self._failed

    def _run(self) -> None:
        size = self._per_second // BATCHES_PER_SECOND
        started = time.perf_counter()
        turn = 0
        try:
            while not self._stopping.wait(max(0.0, started + turn / BATCHES_PER_SECOND - time.perf_counter())):
                turn += 1
                made = [next(self._events) for _ in range(size)]
                with self._world.outbox.begin() as connection:
                    for topic in (OFFERS, VACANCIES):
                        events = [event for kind, event in made if kind == topic]
                        self.published += outbox.add(connection, topic, events)
        except BaseException as error:  # noqa: BLE001 - raised where the replay is ended
            self._failed = error
        self.seconds = time.perf_counter() - started


def _events(source: random.Random) -> Iterator[tuple[str, Event[Any]]]:
    """New offers and vacancies all over the country, where people live; none that moves a counter of `COUNTER_OF`."""
    communes = [commune for commune in geography().communes.values() if commune.population]
    weights: Sequence[int] = [commune.population for commune in communes]
    number = 0
    while True:
        for commune in source.choices(communes, weights, k=1_000):
            number += 1
            kind = 0 if number % 10 < OFFERS_OF_TEN else 1
            identity = f"{'offer' if kind == 0 else 'vacancy'}-beside-{number}"
            image: dict[str, Any] = {"commune": commune.code}
            if kind == 0:
                image |= {"rome": source.choice(_ROMES_BESIDE), "contract": "CDI", "openings": 1}
            else:
                image |= {"typology": source.choice(_TYPOLOGIES_BESIDE), "surface_m2": 60, "rent_eur_per_month": 480}
            change = Change(1, None, national.state(kind, identity, image), Lineage("bulk", "org_beside"))
            topic = national.TOPICS[kind]
            yield topic, new_event(topic, identity, change, source="/ingest", at=utc_now())
