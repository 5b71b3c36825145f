"""Official figures and how they come to a territory. None is unknown: secret, not published, or no file was loaded.

Figures of communes are summed; a ratio's two parts are summed over the same communes. Figures of a bassin d'emploi are
projected to its communes in proportion to their inhabitants, since a bassin follows no border of EPCI.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from operator import attrgetter
from typing import Final, NamedTuple

from shared.geography.atlas import ARRONDISSEMENTS, Geography

Amounts = dict[str, float | None]


class Figure(NamedTuple):
    """A figure of `figures.csv`. `source`: kind of its source. `by_territory`: published by EPCI, else by commune.
    `complete`: the source lists everything, so that a commune without a row has none of it (0)."""

    name: str
    source: str
    by_territory: bool = False
    complete: bool = False


FIGURES: Final[Mapping[str, Figure]] = {
    one.name: one
    for one in (
        Figure("vacant_over_3_months", "rpls-vacancy"),
        Figure("offered_dwellings", "rpls-vacancy"),
        Figure("applications", "sne", by_territory=True),
        Figure("attributions", "sne", by_territory=True),
        Figure("private_dwellings", "lovac"),
        Figure("private_vacant_2_years", "lovac"),
        Figure("population_start", "population-series"),
        Figure("population_end", "population-series"),
        Figure("basket", "bpe", complete=True),  # share of the services of the basket, 0..1
        Figure("station", "bpe", complete=True),  # 1 where there is one
        Figure("school", "bpe", complete=True),
        Figure("gp_access", "apl-medecins"),  # consultations a year and inhabitant
        Figure("inclusion_structures", "data-inclusion", complete=True),
        Figure("acv", "action-coeur-de-ville", complete=True),  # 1 for a commune of the programme
    )
}
# Two parts of one ratio: a commune counts in both or in neither.
_PAIRS: Final = (
    ("vacant_over_3_months", "offered_dwellings"),
    ("private_vacant_2_years", "private_dwellings"),
    ("population_start", "population_end"),
)
HIRING_SHRUNK_BELOW: Final = 30  # projects: fewer in a bassin take the missing ones from their département
TENSION_PENALTY: Final = 0.5  # off the class, for bad conditions and for precarious jobs each
PENALISED_FROM: Final = 4


class Hiring(NamedTuple):
    """BMO: hiring projects of a bassin in one occupation (FAP). Secret cells (fewer than five) are None."""

    bassin: str
    departement: str
    occupation: str
    projects: int
    difficult: int | None
    seasonal: int | None


class Tension(NamedTuple):
    """DARES: a ROME sheet in a bassin. `tension`, `precarity`, `conditions`: classes 1 to 5, 5 the strongest."""

    bassin: str
    rome: str
    offers: float
    seekers: float
    tension: int
    precarity: int | None
    conditions: int | None

    @property
    def opportunity(self) -> float:
        """The class, less half a point each for bad conditions and precarious jobs: 0 to 5, higher is better."""
        bad = sum(known is not None and known >= PENALISED_FROM for known in (self.precarity, self.conditions))
        return self.tension - TENSION_PENALTY * bad


class OfficialFigures:
    """Amounts by territory. Immutable; get it from `official_figures()`."""

    def __init__(
        self,
        places: Geography,
        values: Mapping[str, Mapping[str, float]],
        hiring: Iterable[Hiring],
        tensions: Iterable[Tension],
    ) -> None:
        """`values`: by figure, then by commune or territory; arrondissements of Paris, Lyon and Marseille are summed."""
        self._places = places
        self._values = values
        self.hiring = tuple(hiring)
        self.tensions = tuple(tensions)

    def of(self, territory: str) -> Amounts:
        """Amounts of a territory by the names that indicators read. Raises KeyError for a code that is none."""
        return self.by_territory[territory]

    @cached_property
    def by_territory(self) -> Mapping[str, Amounts]:
        projected = self._projected()
        return {
            code: {**self._amounts(code, one.communes), **projected.get(code, dict.fromkeys(_PROJECTED))}
            for code, one in self._places.territories.items()
        }

    def _amounts(self, territory: str, communes: tuple[str, ...]) -> Amounts:
        found: Amounts = {
            name: self._values.get(name, {}).get(territory) for name, figure in FIGURES.items() if figure.by_territory
        }
        for pair in _PAIRS:
            tables = [self._of_commune(name) for name in pair]
            both = [code for code in communes if all(code in table for table in tables)]
            for name, table in zip(pair, tables, strict=True):
                found[name] = sum(table[code] for code in both) if both else None
        people = {code: self._places.communes[code].population for code in communes}
        services = "basket" in self._values
        found["services_population"] = float(sum(people.values())) if services else None
        for name, amount in (
            ("basket", "basket_inhabitants"),
            ("station", "station_inhabitants"),
            ("school", "school_inhabitants"),
        ):
            found[amount] = self._weighted(name, people)
        seen = [code for code in communes if code in self._of_commune("gp_access")]
        found["gp_inhabitants"] = (
            sum(self._of_commune("gp_access")[code] * people[code] for code in seen) if seen else None
        )
        found["gp_population"] = float(sum(people[code] for code in seen)) if seen else None
        found["inclusion_structures"] = self._sum("inclusion_structures", communes)
        found["acv_communes"] = self._sum("acv", communes)
        return found

    def _of_commune(self, name: str) -> Mapping[str, float]:
        return self._by_commune.get(name, {})

    @cached_property
    def _by_commune(self) -> Mapping[str, Mapping[str, float]]:
        """Values under the codes of communes. Of an arrondissement its city takes sums; of shares the highest."""
        found: dict[str, dict[str, float]] = {}
        for name, values in self._values.items():
            table: dict[str, float] = {}
            for code, value in values.items():
                city = ARRONDISSEMENTS.get(code)
                if city is None:
                    table[code] = table.get(code, 0.0) + value if code in table else value
                elif name in SHARES:
                    table[city] = max(table.get(city, value), value)
                else:
                    table[city] = table.get(city, 0.0) + value
            found[name] = table
        return found

    def _sum(self, name: str, communes: Iterable[str]) -> float | None:
        return sum(self._of_commune(name).get(code, 0.0) for code in communes) if name in self._values else None

    def _weighted(self, name: str, people: Mapping[str, int]) -> float | None:
        if "basket" not in self._values:
            return None
        return sum(self._of_commune(name).get(code, 0.0) * number for code, number in people.items())

    def _projected(self) -> dict[str, Amounts]:
        """What bassins have, in proportion to the inhabitants of each territory's communes."""
        by_bassin = self.by_bassin
        people: dict[str, float] = defaultdict(float)
        for commune in self._places.communes.values():
            if (bassin := self._places.bassin_of(commune.code)) is not None:
                people[bassin] += commune.population
        found: dict[str, Amounts] = {}
        for commune in self._places.communes.values():
            bassin = self._places.bassin_of(commune.code)
            if bassin is None or not people[bassin] or bassin not in by_bassin:
                continue
            amounts = found.setdefault(self._places.territory_of(commune.code), dict.fromkeys(_PROJECTED))
            for name, value in by_bassin[bassin].items():
                amounts[name] = (amounts[name] or 0.0) + value * commune.population / people[bassin]
        return found

    @cached_property
    def by_bassin(self) -> Mapping[str, Mapping[str, float]]:
        """Hiring and tensions of each bassin. An amount that is not known is absent."""
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for names, part_of in (
            (("hiring_projects", "difficult_projects"), attrgetter("difficult")),
            (("seasonal_base", "seasonal_projects"), attrgetter("seasonal")),
        ):
            bassins: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
            departements: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
            home: dict[str, str] = {}
            for row in self.hiring:
                part: int | None = part_of(row)
                if part is None:
                    continue
                home[row.bassin] = row.departement
                for totals in (bassins[row.bassin], departements[row.departement]):
                    totals[0] += row.projects
                    totals[1] += part
            for bassin, (projects, parts) in bassins.items():
                around = departements[home[bassin]]
                found[bassin] |= dict(
                    zip(names, shrunk(projects, parts, around[1] / around[0] if around[0] else 0.0), strict=True)
                )
        for tension in self.tensions:
            amounts = found[tension.bassin]
            for name, value in (
                ("job_seekers", tension.seekers),
                ("year_offers", tension.offers),
                ("tension_points", tension.opportunity * tension.offers),
                ("tension_offers", tension.offers),
            ):
                amounts[name] = amounts.get(name, 0.0) + value
        return found


def shrunk(projects: float, parts: float, around: float) -> tuple[float, float]:
    """A bassin's projects and the part of them, with the share of its département for the projects that it lacks to 30."""
    if projects >= HIRING_SHRUNK_BELOW:
        return projects, parts
    return projects, projects * (parts + (HIRING_SHRUNK_BELOW - projects) * around) / HIRING_SHRUNK_BELOW


# Figures that are shares or marks: of two that become one, the higher stands; all others are added up.
SHARES: Final = frozenset({"basket", "station", "school", "gp_access", "acv"})
_PROJECTED: Final = (
    "hiring_projects",
    "difficult_projects",
    "seasonal_base",
    "seasonal_projects",
    "job_seekers",
    "year_offers",
    "tension_points",
    "tension_offers",
)
