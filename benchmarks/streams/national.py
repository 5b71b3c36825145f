"""Events of the national replay in the product's own schema: whole states of vacancies and offers, before and after.

Where, how many and what occupation is real (the harness' source data); what its smaller events leave out is drawn here by
the entity's number, so that an entity keeps it from version to version and a replay is the same each time.
"""

import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from confluent_kafka import Producer

from services.scoring.adapters.counting_places import counting_places
from services.scoring.core.counters import Counters, add_into, shares
from shared.events import (
    Change,
    Contract,
    Dpe,
    Financing,
    LandlordKind,
    Lineage,
    Offer,
    OfferSource,
    OfferStatus,
    Tenure,
    Typology,
    Vacancy,
    VacancyStatus,
    encode,
    new_event,
    with_sequence,
)
from shared.topics import OFFERS, VACANCIES

Event = tuple[int, str, int, dict[str, Any] | None, dict[str, Any] | None]  # as the harness generates them
TOPICS: Final = (OFFERS, VACANCIES)

_AT: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)
_OBSERVED: Final = "2026-01-05T08:00:00.000Z"
_FEEDS: Final = tuple(f"org_01KE6A9T0M3V5Q7W2X4Y6Z8B{number:02}" for number in range(40))
_SOURCE: Final = OfferSource(
    "Pôle emploi, stock par commune et métier au 21/12/2021", "Licence Ouverte 2.0", "2021-12-21T00:00:00+01:00"
)
_CONTRACTS: Final = {"CDI": Contract.CDI, "CDD": Contract.CDD, "interim": Contract.MIS}
_DURATIONS: Final = (None, 2.0, 3.0, 6.0, 6.0, 12.0)
_WAGES: Final = (None, 1_850.0, 1_900.0, 2_100.0, 2_400.0)
_DPE: Final = (None, Dpe.B, Dpe.C, Dpe.C, Dpe.D, Dpe.D, Dpe.E, Dpe.F, Dpe.G)
_FINANCING: Final = (Financing.PLAI, Financing.PLUS, Financing.PLUS, Financing.PLS)
_MAYBE: Final = (None, None, True, False, False)


def _draw(choices: tuple[Any, ...], number: int, salt: int) -> Any:
    return choices[(number >> salt) % len(choices)]


def state(kind: int, identity: str, image: dict[str, Any] | None) -> Offer | Vacancy | None:
    """The whole state of which the harness has the image."""
    if image is None:
        return None
    number = zlib.crc32(identity.encode())
    feed = _draw(_FEEDS, number, 0)
    if kind == 0:
        contract = _CONTRACTS[image["contract"]]
        return Offer(
            id=identity,
            feed=feed,
            reference=identity.removeprefix("offer-"),
            status=OfferStatus.OPEN,
            rome=image["rome"],
            contract=contract,
            source=_SOURCE,
            observed_at=_OBSERVED,
            commune=image["commune"],
            openings=image["openings"],
            duration_months=_draw(_DURATIONS, number, 3) if contract is Contract.CDD else None,
            wage_eur_per_month=_draw(_WAGES, number, 5),
            part_time=_draw(_MAYBE, number, 7),
            licence_required=_draw(_MAYBE, number, 9),
            published_at="2025-12-21T00:00:00.000Z",
            expires_at="2026-02-21",
        )
    return Vacancy(
        id=identity,
        landlord=feed,
        reference=identity.removeprefix("vacancy-"),
        status=VacancyStatus.OPEN,
        commune=image["commune"],
        typology=Typology(image["typology"]),
        surface_m2=image["surface_m2"],
        rent_eur_per_month=float(image["rent_eur_per_month"]),
        available_from="2026-01-01",
        observed_at=_OBSERVED,
        charges_eur_per_month=float(round(image["surface_m2"])),
        accessible=_draw(_MAYBE, number, 3),
        floor=number % 6,
        lift=number % 3 == 0,
        dpe=_draw(_DPE, number, 5),
        financing=_draw(_FINANCING, number, 7),
        tenure=Tenure.SOCIAL,
        landlord_kind=LandlordKind.SOCIAL,
        rpls_id=f"{number:010}",
    )


def encoded(event: Event, number: int) -> tuple[int, bytes, bytes]:
    """(kind, key, value) of the record, as ingest and its relay write it."""
    kind, identity, version, before, after = event
    change = Change(
        version,
        state(kind, identity, before),
        state(kind, identity, after),
        Lineage("bulk", _draw(_FEEDS, zlib.crc32(identity.encode()), 0)),
    )
    made = new_event(TOPICS[kind], identity, change, source="/ingest", at=_AT)
    return kind, identity.encode(), with_sequence(encode(made), number)


def produce(kafka: str, topics: Sequence[str], events: Iterable[Event]) -> int:
    """Loads the events into the two topics, in order within a partition whatever is retried; bytes of all values."""
    producer = Producer(
        {
            "bootstrap.servers": kafka,
            "enable.idempotence": True,
            "compression.type": "lz4",
            "linger.ms": 20,
            "batch.size": 262_144,
            "queue.buffering.max.messages": 500_000,
        }
    )
    size = 0
    for number, event in enumerate(events, 1):
        kind, key, value = encoded(event, number)
        size += len(value)
        while True:
            try:
                producer.produce(topics[kind], value, key)
                break
            except BufferError:
                producer.poll(0.1)
        if number % 10_000 == 0:
            producer.poll(0)
    if producer.flush(120):
        raise RuntimeError("the broker did not take every event")
    return size


def zones(communes: Iterable[str]) -> dict[str, str]:
    """Commune to the territory in which the product counts it."""
    places = counting_places()
    return {commune: places.of_commune(commune) for commune in communes}


def expected(events: Iterable[Event]) -> dict[str, Counters]:
    """Every counter of the product, from the last state of each entity: one batch, no delta, no stream."""
    places = counting_places()
    last = {identity: (kind, after) for kind, identity, _, _, after in events}
    found: dict[str, Counters] = {}
    for identity, (kind, after) in last.items():
        whole = state(kind, identity, after)
        if whole is not None:
            for where, counters in shares(whole, places):
                for place in where:
                    add_into(found.setdefault(place, {}), counters)
    return {territory: counters for territory, counters in found.items() if counters}


def as_peers_count(counters: Counters) -> Counters:
    """What a territory's counters and the peers' have in common, under the peers' names."""
    names = {"open_openings": "offers", "open_vacancies": "vacancies", "rent_sum_eur": "rent_sum"}
    shared = {names.get(name, name): amount for name, amount in counters.items()}
    return {name: amount for name, amount in shared.items() if _is_shared(name)}


def _is_shared(name: str) -> bool:
    return name in {"offers", "vacancies", "rent_sum"} or name.startswith(("offers_rome_", "vacancies_T"))
