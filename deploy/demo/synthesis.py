"""Bodies of vacancies and offers for ingest's HTTP contract: where and how many is real, everything else is simulated.

Deterministic: the same seed, day and stock give the same lines, and a commune's lines do not depend on which other communes
are asked for. The distributions are in `deploy.demo.distributions`, listed for people in docs/demo-data.md.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Final

from deploy.demo import distributions as d
from deploy.demo.stock import OFFERS_AS_OF, OfferRow, Stock, VacancyRow
from shared.clock import isoformat
from shared.events import Contract, Financing, LandlordKind, Tenure
from shared.geography import geography

Line = dict[str, Any]
"""A line of a bulk file: the body of a PUT and its `reference`. Unknowns are absent."""

SEED: Final = 20_211_221
OFFER_SOURCE: Final = {
    "name": f"Pôle emploi, stock par commune et métier au {date.fromisoformat(OFFERS_AS_OF):%d/%m/%Y} ; le reste est simulé",
    "licence": "Licence Ouverte 2.0",
    "updated_at": f"{OFFERS_AS_OF}T00:00:00+01:00",
}
ILE_DE_FRANCE: Final = "11"


def vacancies(stock: Stock, day: date, seed: int = SEED) -> Iterator[Line]:
    """One line for each vacant dwelling of the stock whose number is known, open on `day`, by commune."""
    for commune, rows in groupby(sorted(stock.vacancies, key=_commune), key=_commune):
        source = d.source_of(seed, "vacancy", commune)
        for number in range(sum(row.vacant or 0 for row in rows)):
            available_from = day - timedelta(days=source.randint(0, d.VACANT_SINCE_DAYS))
            yield {"reference": f"DEMO-{commune}-{number + 1}", **_vacancy(source, commune, available_from)}


def offers(stock: Stock, day: date, seed: int = SEED) -> Iterator[Line]:
    """One line for each offer of the stock, open on `day`, by commune and occupation.

    An offer outside the reference geography has no commune in its line, like one whose source names none.
    """
    for row in stock.offers:
        source = d.source_of(seed, "offer", row.commune, row.rome)
        commune = row.commune if row.commune and stock.places.commune(row.commune) else None
        for number in range(row.offers):
            reference = f"DEMO-{row.commune or 'SANS-COMMUNE'}-{row.rome}-{number + 1}"
            yield {"reference": reference, **_offer(source, commune, row.rome, day)}


class Arrivals:
    """The simulated flow: dwellings that fall vacant and offers that appear, where the stock has them."""

    def __init__(self, stock: Stock, seed: int = SEED) -> None:
        """Raises ValueError for a stock without vacant dwellings or without located offers."""
        homes = [row for row in stock.vacancies if row.vacant]
        posts = [row for row in stock.offers if row.commune and stock.places.commune(row.commune)]
        if not homes or not posts:
            raise ValueError("a flow needs a stock with vacant dwellings and located offers")
        self._seed = seed
        self._homes = d.Choice[VacancyRow]({row: float(row.vacant or 0) for row in homes})
        self._posts = d.Choice[OfferRow]({row: float(row.offers) for row in posts})

    def vacancy(self, number: int, day: date) -> Line:
        """The n-th dwelling to fall vacant; free from one of the next thirty days."""
        source = d.source_of(self._seed, "arrival of a vacancy", number)
        commune = self._homes.draw(source).commune
        available_from = day + timedelta(days=source.randint(0, 30))
        return {"reference": f"DEMO-FLUX-{number}", **_vacancy(source, commune, available_from)}

    def offer(self, number: int, day: date) -> Line:
        """The n-th offer to appear, published on `day`."""
        source = d.source_of(self._seed, "arrival of an offer", number)
        row = self._posts.draw(source)
        line = {"reference": f"DEMO-FLUX-{number}", **_offer(source, row.commune, row.rome, day)}
        return line | {"published_at": _start_of(day)}


def _commune(row: VacancyRow) -> str:
    return row.commune


def _vacancy(source: random.Random, commune: str, available_from: date) -> Line:
    typology = d.TYPOLOGY.draw(source)
    financing = d.FINANCING.draw(source)
    surface = max(12, round(source.gauss(d.SURFACE_MEAN_M2[typology], d.SURFACE_MEAN_M2[typology] * d.SURFACE_SPREAD)))
    floor = d.FLOOR.draw(source)
    lift = None
    if floor is not None:
        lift = source.random() < (d.LIFT_FROM_THIRD_FLOOR if floor >= 3 else d.LIFT_BELOW)
    accessible = d.ACCESSIBLE.draw(source)
    if floor and not lift:
        accessible = False
    charges = round(surface * source.uniform(*d.CHARGES_EUR_PER_M2))
    return _known(
        commune=commune,
        typology=typology.value,
        surface_m2=surface,
        rent_eur_per_month=_rent(source, commune, surface, financing),
        charges_eur_per_month=None if source.random() < d.CHARGES_UNKNOWN else charges,
        available_from=available_from.isoformat(),
        accessible=accessible,
        floor=floor,
        lift=lift,
        dpe=_value(d.DPE.draw(source)),
        financing=financing.value,
        tenure=Tenure.SOCIAL.value,
        landlord_kind=LandlordKind.SOCIAL.value,
    )


def _rent(source: random.Random, commune: str, surface_m2: int, financing: Financing) -> int:
    place = geography().commune(commune)
    dear = place is not None and place.region == ILE_DE_FRANCE
    rate = d.RENT_EUR_PER_M2_IN_ILE_DE_FRANCE if dear else d.RENT_EUR_PER_M2
    spread = max(0.5, source.gauss(1, d.RENT_SPREAD))
    return round(surface_m2 * rate * d.RENT_FACTOR[financing] * spread)


def _offer(source: random.Random, commune: str | None, rome: str, day: date) -> Line:
    contract = (d.CONTRACT_SEASONAL if rome[0] in d.SEASONAL_DOMAINS else d.CONTRACT).draw(source)
    part_time = _yes(source, d.PART_TIME_UNKNOWN, d.PART_TIME.get(rome[0], d.PART_TIME_ELSEWHERE))
    return _known(
        commune=commune,
        rome=rome,
        contract=contract.value,
        openings=d.OPENINGS.draw(source),
        duration_months=_duration(source, contract),
        wage_eur_per_month=_wage(source, part_time=bool(part_time)),
        part_time=part_time,
        licence_required=_yes(source, d.LICENCE_UNKNOWN, _licence_share(rome)),
        published_at=_start_of(day - timedelta(days=source.randint(0, d.PUBLISHED_DAYS_AGO))),
        expires_at=(day + timedelta(days=d.EXPIRES_IN_DAYS.draw(source))).isoformat(),
        source=OFFER_SOURCE,
    )


def _duration(source: random.Random, contract: Contract) -> float | None:
    choice = d.DURATION_MONTHS.get(contract)
    return choice.draw(source) if choice else None


def _wage(source: random.Random, *, part_time: bool) -> int | None:
    shape, scale = d.WAGE_OVER_MINIMUM
    wage = d.MINIMUM_WAGE_EUR_PER_MONTH * (1 + source.gammavariate(shape, scale))
    if part_time:
        wage *= source.uniform(*d.PART_TIME_SHARE)
    return None if source.random() < d.WAGE_UNKNOWN else round(wage)


def _licence_share(rome: str) -> float:
    return d.LICENCE_REQUIRED.get(rome[:3]) or d.LICENCE_REQUIRED.get(rome[0]) or d.LICENCE_REQUIRED_ELSEWHERE


def _yes(source: random.Random, unknown: float, share: float) -> bool | None:
    draw = source.random()
    return None if draw < unknown else draw < unknown + (1 - unknown) * share


def _start_of(day: date) -> str:
    return isoformat(datetime.combine(day, time(), UTC))


def _value(member: Any) -> Any:
    return None if member is None else member.value


def _known(**attributes: Any) -> Line:
    return {name: value for name, value in attributes.items() if value is not None}
