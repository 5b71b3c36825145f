"""Invented households, and the commitments of the territories that would take them in. No person stands behind a line.

Shapes are those of matching's `POST /v1/households` and ingest's `PUT /v1/territories/{code}`.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Any, Final

from deploy.demo import distributions as d
from deploy.demo.fictional import pseudonym
from deploy.demo.stock import Stock
from deploy.demo.synthesis import ILE_DE_FRANCE, SEED
from shared.occupations import occupations
from shared.programmes import Programme

Body = dict[str, Any]

# Trades that can be begun without a regulated diploma, as programmes place people in them.
OCCUPATIONS: Final = (
    "A1203", "A1416", "D1106", "D1505", "D1507", "F1606", "F1610", "F1702", "F1703", "F1704", "G1501", "G1602", "G1603",
    "G1605", "G1803", "H2102", "H3302", "I1203", "K1302", "K1304", "K2204", "N1103", "N1105", "N4101", "N4105",
)  # fmt: skip
_NEEDS_SHOWN: Final = 3
_NEAREST: Final = 5


class Hosts:
    """Territories that open to programmes, drawn from those of a stock with vacant dwellings."""

    def __init__(self, stock: Stock, seed: int = SEED) -> None:
        self._stock = stock
        self._seed = seed

    @cached_property
    def vacant(self) -> Mapping[str, int]:
        """Vacant dwellings by territory, known ones."""
        found: Counter[str] = Counter()
        for row in self._stock.vacancies:
            found[self._stock.places.territory_of(row.commune)] += row.vacant or 0
        return found

    @cached_property
    def offers(self) -> Mapping[str, Counter[str]]:
        """Offers by territory and occupation, of `OCCUPATIONS`."""
        found: dict[str, Counter[str]] = {}
        for row in self._stock.offers:
            if row.rome in OCCUPATIONS and row.commune and self._stock.places.commune(row.commune):
                found.setdefault(self._stock.places.territory_of(row.commune), Counter())[row.rome] += row.offers
        return found

    @cached_property
    def programmes(self) -> Mapping[str, tuple[Programme, ...]]:
        """Programmes by territory code, for the territories that host; in order of code."""
        found = {}
        for code in sorted(self.vacant):
            source = d.source_of(self._seed, "host", code)
            territory = self._stock.places.territories[code]
            hosts = source.random() < d.HOST_SHARE
            if hosts and self.vacant[code] >= d.LEAST_VACANT and territory.region != ILE_DE_FRANCE:
                found[code] = tuple(p for p, share in d.PROGRAMME_OPEN.items() if source.random() < share)
        return found

    def commitments(self) -> Iterator[tuple[str, Body]]:
        """(territory code, body of its PUT)."""
        for code, programmes in self.programmes.items():
            source = d.source_of(self._seed, "commitment", code)
            needs = [rome for rome, _ in self.offers.get(code, Counter()).most_common(_NEEDS_SHOWN)]
            yield (
                code,
                {
                    "commitments": [
                        {
                            "programme": programme.value,
                            "status": "open",
                            "capacity_households": source.randint(*d.CAPACITY_HOUSEHOLDS),
                            "needs_rome": needs,
                        }
                        for programme in programmes
                    ]
                },
            )


def households(hosts: Hosts, count: int, seed: int = SEED) -> Iterator[Body]:
    """`count` households that look for a home and work in the host territories; the first ones of a longer list.

    Raises ValueError where no territory of the stock hosts a programme.
    """
    open_somewhere = {programme for opened in hosts.programmes.values() for programme in opened}
    if not open_somewhere:
        raise ValueError("no territory of this stock hosts a programme")
    weights = zip(d.PROGRAMME.values, d.PROGRAMME.weights, strict=True)
    programmes = d.Choice({programme: weight for programme, weight in weights if programme in open_somewhere})
    for number in range(count):
        source = d.source_of(seed, "household", number)
        programme = programmes.draw(source)
        territories = _territories(hosts, programme, source)
        size = d.HOUSEHOLD_SIZE.draw(source)
        income = (
            d.INCOME_BASE_EUR + d.INCOME_PER_FURTHER_PERSON_EUR * (size - 1) + source.gammavariate(*d.INCOME_SPREAD)
        )
        body: Body = {
            "label": pseudonym(number).removeprefix("Ménage "),
            "size": size,
            "adults": 2 if size > 1 and source.random() < d.SECOND_ADULT else 1,
            "rome": _occupations(hosts, territories, source),
            "territories": territories,
            "programme": programme.value,
            "income_eur_per_month": None if source.random() < d.INCOME_UNKNOWN else round(income),
            "driving_licence": d.LICENCE_HELD.draw(source),
            "accessible_needed": source.random() < d.ACCESSIBLE_NEEDED,
        }
        yield {name: value for name, value in body.items() if value is not None}


def _territories(hosts: Hosts, programme: Programme, source: random.Random) -> list[str]:
    """Codes in order of preference, without repetition."""
    left = {code: hosts.vacant[code] ** 0.5 for code, opened in hosts.programmes.items() if programme in opened}
    wanted: list[str] = []
    for _ in range(min(d.TERRITORIES_WANTED.draw(source), len(left))):
        wanted.append(d.Choice(left).draw(source))
        del left[wanted[-1]]
    return wanted


def _occupations(hosts: Hosts, territories: list[str], source: random.Random) -> list[str]:
    """An occupation with offers in the first territory that has any, then near ones."""
    offered = next((hosts.offers[code] for code in territories if hosts.offers.get(code)), None)
    weights = dict(sorted(offered.items())) if offered else dict.fromkeys(OCCUPATIONS, 1)
    first = d.Choice(weights).draw(source)
    near = [code for code, _ in islice(occupations().near_sheets(first), _NEAREST)]
    return [first, *source.sample(near, min(len(near), d.OCCUPATIONS_WANTED.draw(source) - 1))]
