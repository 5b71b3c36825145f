"""The social housing stock on one day (RPLS; shipped: 1 January 2024), by commune and territory: context, never supply.

The vacancy of a commune with fewer than 11 social dwellings is a statistical secret: unknown, never 0. A commune without
a row has no dwelling in the source: whether it has none at all is not known either, so coverage is given.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, cached_property
from typing import NamedTuple

import msgspec

from shared.geography.atlas import Geography
from shared.geography.pack import content, geography
from shared.reference import active
from shared.words import Words

# Vacant means: let or ready to be let, without a tenant (`nb_vacants`). Empty for works, sale or demolition is not in it.


class SocialRow(NamedTuple):
    """A commune of the source (Paris, Lyon, Marseille by arrondissement). A code can come twice after a merger."""

    commune: str
    social_dwellings: int | None
    vacant: int | None


class SocialContext(msgspec.Struct, frozen=True):
    """Social housing of a territory on the day of the source (`as_of`).

    `social_dwellings` sums the communes with a figure, None if there is none; `social_coverage` is the share of the
    territory's inhabitants who live in such a commune (0 to 1). `vacant` sums the communes whose vacancy is published,
    None if there is none; `vacant_coverage` is the share of `social_dwellings` that stand in such a commune, None where
    there are no dwellings to take a share of.
    """

    territory: str
    population: int
    social_dwellings: int | None
    social_coverage: float
    vacant: int | None
    vacant_coverage: float | None


class SocialHousing:
    """Figures by territory. Immutable; get it from `social_housing()`. `version` is a hash of the rows' content."""

    def __init__(self, rows: Sequence[SocialRow], places: Geography, version: str) -> None:
        self.rows = tuple(rows)
        self.version = version
        self._places = places

    def of(self, territory: str) -> SocialContext:
        """Context of a territory. Raises KeyError for a code that is no territory of the default zoning."""
        return self.by_territory[territory]

    @cached_property
    def by_territory(self) -> Mapping[str, SocialContext]:
        rows: dict[str, list[SocialRow]] = defaultdict(list)
        for row in self.rows:
            if self._places.commune(row.commune) is not None:
                rows[self._places.territory_of(row.commune)].append(row)
        return {code: self._context(code, rows[code]) for code in self._places.territories}

    def _context(self, code: str, rows: list[SocialRow]) -> SocialContext:
        territory = self._places.territories[code]
        counted = [row for row in rows if row.social_dwellings is not None]
        published = [row for row in rows if row.vacant is not None]
        dwellings = sum(row.social_dwellings or 0 for row in counted)
        communes = {commune.code for row in counted if (commune := self._places.commune(row.commune))}
        covered = sum(self._places.communes[commune].population for commune in communes)
        return SocialContext(
            territory=code,
            population=territory.population,
            social_dwellings=dwellings if counted else None,
            social_coverage=covered / territory.population if territory.population else 0.0,
            vacant=sum(row.vacant or 0 for row in published) if published else None,
            vacant_coverage=sum(row.social_dwellings or 0 for row in published) / dwellings if dwellings else None,
        )


@cache
def social_housing() -> SocialHousing:
    """The social stock of the pack in use, read once per process."""
    table = content("social_dwellings.csv.gz")
    return SocialHousing(social_rows(table), geography(), version=hashlib.sha256(table).hexdigest()[:16])


def as_of() -> str:
    """The day of the figures, ISO."""
    return active().manifest.vintage("rpls-communes")


def attribution() -> Words:
    """The source to name wherever these figures are shown."""
    day = date.fromisoformat(as_of())
    return Words(
        f"Source : SDES, RPLS au {day:%d/%m/%Y} (Licence Ouverte 2.0), traitement propre",
        f"Source: SDES, RPLS of {day:%d/%m/%Y} (Licence Ouverte 2.0), own processing",
    )


def social_rows(table: bytes) -> list[SocialRow]:
    """Rows, from the content of social_dwellings.csv."""
    rows = csv.reader(table.decode().splitlines())
    next(rows)
    return [SocialRow(code, _figure(dwellings), _figure(vacant)) for code, dwellings, vacant in rows]


def _figure(cell: str) -> int | None:
    return int(cell) if cell else None
