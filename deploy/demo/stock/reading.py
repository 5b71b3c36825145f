"""The real stock that the demonstration replays: job offers of one day, vacant social dwellings of another.

Offers: open offers by commune and ROME code on 21 December 2021 (Pôle emploi). Dwellings: RPLS at 1 January 2024.
"""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from deploy.demo.stock.columns import decode
from shared.geography import ARRONDISSEMENTS, Geography, geography
from shared.geography.social import social_housing

OFFERS_AS_OF: Final = "2021-12-21"
VACANCIES_AS_OF: Final = "2024-01-01"
ATTRIBUTION: Final = (
    "Sources : Pôle emploi, offres au 21/12/2021 ; SDES, RPLS au 01/01/2024 (Licence Ouverte 2.0), traitement propre"
)
_OFFERS: Final = Path(__file__).parent / "offers.xz"


class OfferRow(NamedTuple):
    """`offers` open offers of a ROME v3 code. `commune` None: the source names no commune (unlocated)."""

    commune: str | None
    rome: str
    offers: int


class VacancyRow(NamedTuple):
    """`vacant` social dwellings of `social_dwellings`. None is a statistical secret: unknown, never 0.

    A commune can have two rows, where two communes of the source have merged since.
    """

    commune: str
    vacant: int | None
    social_dwellings: int | None


@dataclass(frozen=True)
class Stock:
    """Rows by commune. Paris, Lyon and Marseille come by arrondissement, which the geography follows to the city."""

    offers: tuple[OfferRow, ...]
    vacancies: tuple[VacancyRow, ...]
    places: Geography

    @property
    def offers_total(self) -> int:
        return sum(row.offers for row in self.offers)

    @property
    def vacancies_total(self) -> int:
        """Vacant dwellings of the communes whose vacancy is published."""
        return sum(row.vacant for row in self.vacancies if row.vacant is not None)

    @property
    def unlocated(self) -> int:
        """Offers without a commune."""
        return sum(row.offers for row in self.offers if row.commune is None)

    @property
    def outside(self) -> int:
        """Offers in a commune outside the reference geography (overseas collectivities other than the DROM)."""
        return sum(row.offers for row in self.offers if row.commune and self.places.commune(row.commune) is None)

    def in_region(self, region: str) -> "Stock":
        """Rows of the communes of a région (code). Raises ValueError for a code that is no région."""
        if region not in self.places.regions:
            known = ", ".join(f"{r.code} ({r.name})" for r in self.places.regions.values())
            raise ValueError(f"« {region} » n'est pas un code de région. Attendu : {known}.")
        inside = {code for code, commune in self.places.communes.items() if commune.region == region}
        return self._within(inside)

    def in_departement(self, departement: str) -> "Stock":
        """Rows of the communes of a département (code). Raises ValueError for a code that is no département."""
        if departement not in self.places.departements:
            raise ValueError(f"« {departement} » n'est pas un code de département, par exemple 15 pour le Cantal.")
        inside = {code for code, commune in self.places.communes.items() if commune.departement == departement}
        return self._within(inside)

    def _within(self, communes: set[str]) -> "Stock":
        inside = communes | {part for part, city in ARRONDISSEMENTS.items() if city in communes}
        return replace(
            self,
            offers=tuple(row for row in self.offers if row.commune in inside),
            vacancies=tuple(row for row in self.vacancies if row.commune in inside),
        )


@cache
def load() -> Stock:
    """The national stock, read once per process (about half a second)."""
    return Stock(
        offers=tuple(OfferRow(place or None, rome, count) for place, rome, count in decode(_OFFERS.read_bytes())),
        vacancies=tuple(VacancyRow(row.commune, row.vacant, row.social_dwellings) for row in social_housing().rows),
        places=geography(),
    )
