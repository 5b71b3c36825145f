"""A seeded history of synthetic entities, published as the relays publish: in order per key, with growing sequences, and
now and then a run of records again with the same sequences, as after a relay that died before it could delete them.
"""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer

from shared.events import (
    Change,
    Commitment,
    CommitmentStatus,
    Contract,
    Dpe,
    Offer,
    OfferSource,
    OfferStatus,
    Period,
    Placement,
    Step,
    Typology,
    Vacancy,
    VacancyStatus,
    encode,
    new_event,
    with_sequence,
)
from shared.geography import geography
from shared.topics import OFFERS, PLACEMENTS, TERRITORIES, VACANCIES

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
OBSERVED = "2026-11-23T08:00:00.000Z"


@dataclass(frozen=True)
class Published:
    """A record of an entity topic; `value` None is a tombstone."""

    topic: str
    key: str
    value: bytes | None


@dataclass
class History:
    """Endless changes of entities, all synthetic; the same seed gives the same changes."""

    seed: int
    _versions: dict[str, int] = field(default_factory=dict)
    _states: dict[str, dict[str, Any]] = field(default_factory=dict)
    _sequence: dict[str, int] = field(default_factory=dict)
    _made: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._communes = sorted(geography().communes)[:: max(1, len(geography().communes) // 400)]
        self._territories = sorted(geography().territories)[::40]

    def records(self, changes: int) -> Iterator[Published]:
        """The records of that many changes (a withdrawal is two records: the event and a tombstone)."""
        for _ in range(changes):
            topic = self._random.choices((VACANCIES, OFFERS, TERRITORIES, PLACEMENTS), (45, 45, 3, 7))[0]
            yield from self._change(topic)

    def _change(self, topic: str) -> Iterator[Published]:
        states = self._states.setdefault(topic, {})
        create = not states or self._random.random() < 0.6
        if create:
            self._made += 1
            key = f"{topic[:3]}_{self.seed}_{self._made}"
        else:
            key = self._random.choice(list(states)[-500:])
        before = states.get(key)
        after = None if not create and self._random.random() < 0.25 else self._state(topic, key)
        if after is None:
            del states[key]
        else:
            states[key] = after
        yield Published(topic, key, self.event(topic, key, before, after))
        if after is None:
            yield Published(topic, key, None)

    def event(self, topic: str, key: str, before: Any, after: Any) -> bytes:
        """The next version of an entity, with the next sequence of its service."""
        version = self._versions[key] = self._versions.get(key, 0) + 1
        service = "matching" if topic == PLACEMENTS else "ingest"
        sequence = self._sequence[service] = self._sequence.get(service, 0) + 1
        change = Change(version=version, before=before, after=after)
        return with_sequence(encode(new_event(topic, key, change, source="/test", at=AT)), sequence)

    def _state(self, topic: str, key: str) -> Any:
        pick = self._random
        if topic == VACANCIES:
            return vacancy(
                key,
                commune=pick.choice(self._communes),
                status=pick.choices((VacancyStatus.OPEN, VacancyStatus.STALE), (9, 1))[0],
                typology=pick.choice(list(Typology)),
                surface_m2=pick.randint(18, 120),
                rent_eur_per_month=round(pick.uniform(200, 900), 2),
                dpe=pick.choice((None, *Dpe)),
            )
        if topic == OFFERS:
            return offer(
                key,
                commune=pick.choice((None, *self._communes)),
                status=pick.choices((OfferStatus.OPEN, OfferStatus.EXPIRED), (9, 1))[0],
                rome=pick.choice(("F1703", "K1304", "N4101", "G1602")),
                contract=pick.choice(list(Contract)),
                openings=pick.choice((None, 1, 1, 2, 5)),
                duration_months=pick.choice((None, 3.0, 6.0, 12.0)),
                licence_required=pick.choice((None, True, False)),
                duplicate_of=pick.choices((None, "off_other"), (9, 1))[0],
            )
        if topic == TERRITORIES:
            return Commitment(
                programme="emile",
                code=pick.choice((*self._territories, "15", "48")),
                status=pick.choice(list(CommitmentStatus)),
                organisation="org_synthetic",
                observed_at=OBSERVED,
                capacity_households=pick.choice((None, 2, 5, 12)),
                capacity_persons=pick.choice((None, 6, 30)),
                period=pick.choice(list(Period)),
                area=tuple(sorted(pick.sample(self._territories, pick.choice((0, 0, 1, 3))))),
            )
        return Placement(
            id=key,
            vacancy="vac_synthetic",
            typology=pick.choice(list(Typology)).value,
            territory=pick.choice(self._territories),
            programme="emile",
            landlord="org_synthetic",
            organisation="org_synthetic",
            caseworker="usr_synthetic",
            step=pick.choice(list(Step)),
            changed_at=OBSERVED,
        )


def vacancy(key: str, **given: Any) -> Vacancy:
    """A synthetic vacancy in Aurillac, open, unless given otherwise."""
    defaults: dict[str, Any] = {
        "landlord": "org_synthetic",
        "reference": key,
        "status": VacancyStatus.OPEN,
        "commune": "15014",
        "typology": Typology.T3,
        "surface_m2": 62,
        "rent_eur_per_month": 410,
        "available_from": "2026-12-01",
        "observed_at": OBSERVED,
    }
    return Vacancy(id=key, **{**defaults, **given})


def offer(key: str, **given: Any) -> Offer:
    """A synthetic offer in Aurillac, open, unless given otherwise."""
    defaults: dict[str, Any] = {
        "feed": "org_synthetic",
        "reference": key,
        "status": OfferStatus.OPEN,
        "rome": "F1703",
        "contract": Contract.CDI,
        "source": OfferSource("synthetic"),
        "observed_at": OBSERVED,
        "commune": "15014",
        "openings": 2,
    }
    return Offer(id=key, **{**defaults, **given})


class Relay:
    """Publishes records in order and waits for the acknowledgements; remembers the last ones to publish them again.

    For the thread that made it. Its producer's tasks run only while it publishes.
    """

    def __init__(self, kafka: str) -> None:
        self._loop = asyncio.Runner()
        self._producer = self._loop.run(_started(kafka))
        self._last: list[Published] = []
        self.published = 0
        self.repeated = 0

    def publish(self, records: list[Published]) -> None:
        """Publishes a run of records."""
        self._loop.run(self._send(records))
        self.published += len(records)
        self._last = records

    def publish_again(self) -> int:
        """Publishes the last run again: same bytes, same sequences, new offsets. Returns how many events it held."""
        self._loop.run(self._send(self._last))
        events = sum(record.value is not None for record in self._last)
        self.repeated += events
        return events

    async def _send(self, records: list[Published]) -> None:
        sent = [await self._producer.send(one.topic, key=one.key.encode(), value=one.value) for one in records]
        await asyncio.gather(*sent)

    def close(self) -> None:
        self._loop.run(self._producer.stop())
        self._loop.close()


async def _started(kafka: str) -> Any:
    """An idempotent producer; kafka-python's would leak the sockets of refused connections."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka,
        acks="all",
        enable_idempotence=True,
        linger_ms=2,
        compression_type="lz4",
        request_timeout_ms=60_000,
    )
    await producer.start()
    return producer
