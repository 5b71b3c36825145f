"""The places of the reference pack. Codes are text (leading zeros, 2A/2B, 97x); None is unknown, never 0.

`latitude` and `longitude` are WGS 84 degrees: a commune's official point, and for every larger unit the mean of its
communes weighted by population (it can fall outside the unit). `population` is the municipal population.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec

KIND_LABELS: Final[dict[str, str]] = {
    "CC": "communauté de communes",
    "CA": "communauté d'agglomération",
    "CU": "communauté urbaine",
    "METRO": "métropole",
    "MET69": "métropole de Lyon",
    "COMMUNE": "commune hors intercommunalité",
}


class Commune(msgspec.Struct, frozen=True, gc=False):
    """A current commune of the métropole or the DROM. `epci` is None for the four islands that the law leaves out."""

    code: str
    name: str
    epci: str | None
    departement: str
    region: str
    population: int
    latitude: float
    longitude: float
    zone_emploi: str


class Territory(msgspec.Struct, frozen=True):
    """A unit of the default zoning: an EPCI with its own taxation (code = SIREN), or a commune that has none.

    `kind` is a key of `KIND_LABELS`. `departement`, `region` and `zone_emploi` are those where most of its people live;
    `departements` are all those it reaches into. `area_km2` is None for a commune that is its own territory.
    """

    code: str
    name: str
    kind: str
    departement: str
    departements: tuple[str, ...]
    region: str
    population: int
    latitude: float
    longitude: float
    zone_emploi: str
    communes: tuple[str, ...]
    area_km2: float | None


class Zone(msgspec.Struct, frozen=True):
    """A zone d'emploi (INSEE 2020): where people can work without moving home."""

    code: str
    name: str
    region: str
    population: int
    latitude: float
    longitude: float


class Bassin(msgspec.Struct, frozen=True):
    """A bassin d'emploi of France Travail: another cut of the country than the zones d'emploi."""

    code: str
    name: str
    region: str
    population: int
    latitude: float
    longitude: float


class Departement(msgspec.Struct, frozen=True):
    """A département; `chef_lieu` is a commune code."""

    code: str
    name: str
    region: str
    chef_lieu: str
    population: int
    latitude: float
    longitude: float


class Region(msgspec.Struct, frozen=True):
    """A région; `chef_lieu` is a commune code."""

    code: str
    name: str
    chef_lieu: str
    population: int
    latitude: float
    longitude: float


# Bassins by code, and the bassin of each commune.
BassinTables: TypeAlias = tuple[Mapping[str, Bassin], Mapping[str, str]]
