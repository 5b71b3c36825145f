"""Reading the tables of the reference pack in use (the shipped one: shared/geography/data, see its SOURCES.md).

Polygons and outlines are always those that ship: they are drawn, never counted.
"""

import csv
import gzip
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, Literal

from shared.geography.atlas import Geography
from shared.geography.passages import Passage, PassageKind, Passages
from shared.geography.places import Bassin, BassinTables, Commune, Departement, Region, Territory, Zone
from shared.geography.remedies import Remedies
from shared.reference import active, table
from shared.words import Words

Layer = Literal["epci", "departements"]
DATA: Final = Path(__file__).parent / "data"

TABLES: Final = (
    "communes.csv.gz",
    "epci.csv.gz",
    "zones_emploi.csv",
    "departements.csv",
    "regions.csv",
    "passages.csv.gz",
)
PASSAGE_COLUMNS: Final = ("effective_on", "kind", "before", "after", "name")


def unpacked(name: str, stored: bytes) -> bytes:
    """The content of a table from its bytes as stored."""
    return gzip.decompress(stored) if name.endswith(".gz") else stored


def content(name: str) -> bytes:
    """The content of a geography table of the pack in use."""
    return unpacked(name, table(f"geography/{name}"))


def _rows(table: bytes) -> Iterator[list[str]]:
    rows = csv.reader(table.decode().splitlines())
    next(rows, None)
    return rows


def communes_of(table: bytes) -> dict[str, Commune]:
    """Communes by code, from the content of communes.csv."""
    return {
        code: Commune(code, name, epci or None, departement, region, int(people), float(north), float(east), zone)
        for code, name, epci, departement, region, people, north, east, zone in _rows(table)
    }


def territories_of(table: bytes, communes: dict[str, Commune]) -> dict[str, Territory]:
    """Territories by code: the rows of epci.csv, and each commune that is in none of them."""
    members: dict[str, list[Commune]] = defaultdict(list)
    for commune in communes.values():
        members[commune.epci or commune.code].append(commune)
    territories = {
        code: Territory(
            code=code,
            name=name,
            kind=kind,
            departement=departement,
            departements=tuple(departements.split()),
            region=region,
            population=int(people),
            latitude=float(north),
            longitude=float(east),
            zone_emploi=_dominant_zone(members[code]),
            communes=tuple(commune.code for commune in members[code]),
            area_km2=float(area) if area else None,
        )
        for code, name, kind, departement, region, people, north, east, _, area, departements in _rows(table)
    }
    territories.update((c.code, _alone(c)) for c in communes.values() if c.epci is None)
    return dict(sorted(territories.items()))


def _alone(commune: Commune) -> Territory:
    return Territory(
        code=commune.code,
        name=commune.name,
        kind="COMMUNE",
        departement=commune.departement,
        departements=(commune.departement,),
        region=commune.region,
        population=commune.population,
        latitude=commune.latitude,
        longitude=commune.longitude,
        zone_emploi=commune.zone_emploi,
        communes=(commune.code,),
        area_km2=None,
    )


def _dominant_zone(members: list[Commune]) -> str:
    """The zone d'emploi where most people of a territory live; the lowest code where two are equal."""
    people: dict[str, int] = defaultdict(int)
    for commune in members:
        people[commune.zone_emploi] += commune.population
    return min(people, key=lambda zone: (-people[zone], zone))


def passage_cells(passage: Passage) -> tuple[str, str, str, str, str]:
    """A passage as a row of passages.csv: ISO date or empty where unknown, heirs separated by a space."""
    day = passage.effective_on
    return (day.isoformat() if day else "", str(passage.kind), passage.before, " ".join(passage.after), passage.name)


def passages_of(table: bytes) -> list[Passage]:
    """Passages, from the content of passages.csv."""
    return [
        Passage(date.fromisoformat(day) if day else None, PassageKind(kind), before, tuple(after.split()), name)
        for day, kind, before, after, name in _rows(table)
    ]


def postal_codes_of(table: bytes) -> dict[str, tuple[str, ...]]:
    """Postal code -> communes, from the content of postal_codes.csv."""
    return {postal: tuple(codes.split()) for postal, codes in _rows(table)}


def bassins_of(bassins: bytes, communes: bytes) -> BassinTables:
    """Bassins by code and the bassin of each commune, from the content of bassins.csv and commune_bassins.csv."""
    return (
        {
            code: Bassin(code, name, region, int(people), float(north), float(east))
            for code, name, region, people, north, east, _ in _rows(bassins)
        },
        {row[0]: row[1] for row in _rows(communes)},
    )


def _postal_codes() -> dict[str, tuple[str, ...]]:
    return postal_codes_of(content("postal_codes.csv.gz"))


def _bassins() -> BassinTables:
    return bassins_of(content("bassins.csv"), content("commune_bassins.csv.gz"))


@cache
def geography() -> Geography:
    """The geography of the métropole and the five DROM, read once per process (about 0.1 s)."""
    return geography_of({name: content(name) for name in TABLES}, _postal_codes, _bassins)


def version_of(tables: Mapping[str, bytes]) -> str:
    """The hash of the tables' content that names a geography: counts of one version are never read under another."""
    digest = hashlib.sha256()
    for name in TABLES:
        digest.update(f"{name}:{len(tables[name])}\n".encode() + tables[name])
    return digest.hexdigest()[:16]


def geography_of(
    tables: Mapping[str, bytes],
    read_postal: Callable[[], Mapping[str, tuple[str, ...]]],
    read_bassins: Callable[[], BassinTables],
) -> Geography:
    """A geography from the content of its `TABLES`; postal codes and bassins are read when somebody asks."""
    communes = communes_of(tables["communes.csv.gz"])
    territories = territories_of(tables["epci.csv.gz"], communes)
    passages = Passages(passages_of(tables["passages.csv.gz"]), communes)
    departements = {
        code: Departement(code, name, region, chef_lieu, int(people), float(north), float(east))
        for code, name, region, chef_lieu, people, north, east, _ in _rows(tables["departements.csv"])
    }
    return Geography(
        communes=communes,
        territories=territories,
        zones={
            code: Zone(code, name, region, int(people), float(north), float(east))
            for code, name, region, people, north, east, _ in _rows(tables["zones_emploi.csv"])
        },
        departements=departements,
        regions={
            code: Region(code, name, chef_lieu, int(people), float(north), float(east))
            for code, name, chef_lieu, people, north, east, _ in _rows(tables["regions.csv"])
        },
        passages=passages,
        remedies=Remedies(communes, territories, departements, passages, read_postal),
        read_bassins=read_bassins,
        version=version_of(tables),
    )


def attribution() -> Words:
    """The sources to name wherever this geography is shown, with the vintages of the pack in use."""
    vintage = active().manifest.vintage
    named = (
        "IGN Admin Express COG 2018",
        f"INSEE COG {vintage('communes')[:4]}, ZE {vintage('zones-emploi')[:4]}",
        f"DGCL EPCI {vintage('epci')[:4]} (Licence Ouverte 2.0)",
    )
    return Words(f"Sources : {' ; '.join(named)}, traitement propre", f"Sources: {'; '.join(named)}, own processing")


def geojson(kind: Layer) -> bytes:
    """gzip bytes of the polygons (WGS 84, properties `code` and `name`), to be sent as they are with Content-Encoding.

    Exterior rings are clockwise, as d3-geo, Vega and Plotly need (RFC 7946 has them reversed).
    """
    return (DATA / f"{kind}.geojson.gz").read_bytes()
