"""A made-up country on the real map: households, homes, posts and commitments, the same for the same seed.

Demand and supply are drawn apart: territories by Zipf weights of their own, as in a country where people wait where little
is empty. 300 occupations carry all posts and wishes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from services.matching.core.model import Commitment, Home, Household, Post, Priority
from shared.geography import geography
from shared.occupations import occupations

TODAY = date(2026, 11, 23)
PROGRAMMES = ("emile", "emile", "generique", "plateforme-refugies")
HOSTS, OCCUPATIONS, CASEWORKERS = 400, 300, 2000
STAY_DAYS = {"household": 90.0, "home": 30.0, "post": 30.0}
"""How long each stays on average; as many come as leave."""
_SIZES = ((1, 2, 3, 4, 5, 6, 7), (28, 22, 20, 16, 9, 4, 1))
_ROOMS = ((1, 2, 3, 4, 5, 6), (12, 24, 32, 22, 8, 2))
_RENTS = {1: 290, 2: 375, 3: 455, 4: 535, 5: 620, 6: 710}
_SURFACES = {1: 26, 2: 45, 3: 64, 4: 80, 5: 95, 6: 115}


def _zipf(count: int, power: float) -> list[float]:
    return list(accumulate(1.0 / (rank + 1) ** power for rank in range(count)))


@dataclass
class Nation:
    """Draws entities one after another; ids count up."""

    seed: int
    _chance: Random = field(init=False)
    _times: Random = field(init=False)  # apart: with a past or without, the same parties are drawn

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)
        self._times = Random(self.seed)
        places = geography()
        codes = sorted(code for code, one in places.territories.items() if one.communes and one.zone_emploi)
        self.hosts = self._chance.sample(codes, HOSTS)
        self._supply = _zipf(HOSTS, 0.8)
        wished = list(range(HOSTS))
        self._chance.shuffle(wished)
        self._wished = wished
        self._romes = self._chance.sample(sorted(code for code, one in occupations().all.items()), OCCUPATIONS)
        self._demand = _zipf(OCCUPATIONS, 0.9)
        self._numbers = {"hh": 0, "vac": 0, "off": 0}

    def commitments(self) -> Iterator[Commitment]:
        for code in self.hosts:
            for programme in sorted(set(PROGRAMMES)):
                yield Commitment(f"{programme}:{code}", programme, code, "open")

    def household(self) -> Household:
        chance = self._chance
        size = chance.choices(*_SIZES)[0]
        ranks = chance.choices(self._wished, cum_weights=self._supply, k=chance.randint(1, 5))
        return Household(
            id=self._next("hh"),
            version=1,
            organisation=f"org_{chance.randrange(200):03}",
            caseworker=f"usr_{chance.randrange(CASEWORKERS):04}",
            size=size,
            programme=chance.choice(PROGRAMMES),
            waiting_since=TODAY - timedelta(days=int(chance.gammavariate(2, 270))),
            rome=tuple(dict.fromkeys(self._rome() for _ in range(chance.choice((1, 1, 2, 3))))),
            wanted=tuple(dict.fromkeys(self.hosts[rank] for rank in ranks)),
            income_eur_per_month=float(round(900 + 250 * (size - 1) + chance.gammavariate(2, 200))),
            driving_licence=chance.random() < 0.62,
            accessible_needed=True if chance.random() < 0.07 else None,
            priorities=frozenset({Priority.DALO}) if chance.random() < 0.15 else frozenset(),
        )

    def home(self) -> Home:
        chance, places = self._chance, geography()
        territory, commune = self._place()
        rooms = chance.choices(*_ROOMS)[0]
        until = TODAY + timedelta(days=chance.choice((14, 21, 30, 45))) if chance.random() < 0.5 else None
        return Home(
            id=self._next("vac"),
            landlord=f"org_landlord_{chance.randrange(100):02}",
            commune=commune,
            territory=territory,
            zone=places.zone_of(commune),
            typology=f"T{rooms}",
            surface_m2=round(_SURFACES[rooms] * chance.uniform(0.8, 1.2), 1),
            rent_eur_per_month=float(round(_RENTS[rooms] * chance.lognormvariate(0, 0.18))),
            available_from=TODAY + timedelta(days=chance.randrange(60)),
            available_until=until,
            accessible=chance.choice((None, False, False, True)),
        )

    def post(self) -> Post:
        chance, places = self._chance, geography()
        _, commune = self._place()
        return Post(
            id=self._next("off"),
            commune=commune,
            zone=places.zone_of(commune),
            rome=self._rome(),
            contract=chance.choice(("CDI", "CDI", "CDD", "MIS")),
            duration_months=chance.choice((None, 3.0, 6.0, 12.0)),
            openings=chance.choice((None, 1, 1, 2, 3, 5)),
            licence_required=chance.choice((None, False, False, True)),
            expires_at=TODAY + timedelta(days=chance.choice((15, 30, 45, 60))),
            source_name="made up",
        )

    def age_days(self, kind: str) -> float:
        """How long one that is there has been there."""
        return self._times.expovariate(1.0 / STAY_DAYS[kind])

    def gone(self, kind: str, standing: int, days: int) -> Iterator[tuple[float, float]]:
        """Of those that left within so many days, beside `standing` that are there: when they came and left, days ago."""
        for _ in range(round(standing * days / STAY_DAYS[kind])):
            left = self._times.uniform(0.0, days)
            yield left + self.age_days(kind), left

    def _place(self) -> tuple[str, str]:
        territory = self._chance.choices(self.hosts, cum_weights=self._supply)[0]
        return territory, self._chance.choice(geography().territories[territory].communes)

    def _rome(self) -> str:
        return self._chance.choices(self._romes, cum_weights=self._demand)[0]

    def _next(self, kind: str) -> str:
        self._numbers[kind] += 1
        return f"{kind}_{self._numbers[kind]:07}"
