"""A pack that is being changed: its tables as values, and the tables again, with every sum recomputed."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Self

from deploy.reference.tables import stored, table
from shared.geography.atlas import ARRONDISSEMENTS
from shared.geography.pack import PASSAGE_COLUMNS, communes_of, passage_cells, passages_of, postal_codes_of, unpacked
from shared.geography.passages import Passage, Passages
from shared.geography.places import Commune
from shared.geography.social import SocialRow, social_rows
from shared.occupations.pack import V4_COLUMNS
from shared.official import Hiring, Tension
from shared.official.pack import FIGURE_COLUMNS, figures_of, hiring_of, tensions_of
from shared.reference import Pack, Source

_COMMUNE_COLUMNS: Final = (
    *("code", "name", "epci", "departement", "region", "population", "latitude", "longitude", "zone_emploi"),
)
_UNIT_COLUMNS: Final = ("code", "name", "region", "population", "latitude", "longitude", "communes")
_EPCI_COLUMNS: Final = (
    *("siren", "name", "kind", "departement", "region", "population", "latitude", "longitude", "communes"),
    *("area_km2", "departements"),
)


class Epci(NamedTuple):
    """`area_km2` is the cell of the table: empty where the area is not known."""

    name: str
    kind: str
    area_km2: str


class Area(NamedTuple):
    """A département (with its région) or a région (`region` is its own code)."""

    name: str
    region: str
    chef_lieu: str


@dataclass
class Draft:
    """Everything that a pack's tables say, without what can be computed. `notices` are for the person who reviews."""

    communes: dict[str, Commune]
    bassin_of: dict[str, str]
    epci: dict[str, Epci]
    zones: dict[str, str]
    bassins: dict[str, str]
    departements: dict[str, Area]
    regions: dict[str, Area]
    passages: list[Passage]
    postal: dict[str, tuple[str, ...]]
    social: list[SocialRow]
    rome_v4: dict[str, dict[str, str]]
    figures: dict[str, dict[str, float]]
    hiring: list[Hiring]
    tensions: list[Tension]
    kept: dict[str, bytes]
    sources: tuple[Source, ...]
    notices: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, pack: Pack) -> Self:
        """The draft that changes nothing yet."""

        def rows(name: str) -> list[dict[str, str]]:
            return list(csv.DictReader(unpacked(name, pack.read(name)).decode().splitlines()))

        def content(name: str) -> bytes:
            return unpacked(name, pack.read(name))

        return cls(
            communes=communes_of(content("geography/communes.csv.gz")),
            bassin_of={row["commune"]: row["bassin"] for row in rows("geography/commune_bassins.csv.gz")},
            epci={
                row["siren"]: Epci(row["name"], row["kind"], row["area_km2"]) for row in rows("geography/epci.csv.gz")
            },
            zones={row["code"]: row["name"] for row in rows("geography/zones_emploi.csv")},
            bassins={row["code"]: row["name"] for row in rows("geography/bassins.csv")},
            departements={
                row["code"]: Area(row["name"], row["region"], row["chef_lieu"])
                for row in rows("geography/departements.csv")
            },
            regions={
                row["code"]: Area(row["name"], row["code"], row["chef_lieu"]) for row in rows("geography/regions.csv")
            },
            passages=passages_of(content("geography/passages.csv.gz")),
            postal=postal_codes_of(content("geography/postal_codes.csv.gz")),
            social=social_rows(content("geography/social_dwellings.csv.gz")),
            rome_v4={row["code"]: row for row in rows("occupations/rome_v4.csv")},
            figures=figures_of(content("official/figures.csv.gz")),
            hiring=hiring_of(content("official/hiring.csv.gz")),
            tensions=tensions_of(content("official/tensions.csv.gz")),
            kept={name: pack.read(name) for name in ("occupations/rome.csv", "occupations/related.csv")},
            sources=pack.manifest.sources,
        )

    def current(self) -> Callable[[str], tuple[str, ...]]:
        """A look-up: the current communes that a code means, arrondissements followed; none for an unknown one."""
        passages = Passages(self.passages, self.communes)

        def communes(code: str) -> tuple[str, ...]:
            return (ARRONDISSEMENTS[code],) if code in ARRONDISSEMENTS else passages.today(code).communes

        return communes

    def sheets(self) -> set[str]:
        """The v3 codes of the ROME."""
        return {row["code"] for row in csv.DictReader(self.kept["occupations/rome.csv"].decode().splitlines())}

    def source(self, source: Source) -> None:
        """Takes the place of the former source of that kind."""
        self.sources = (source, *(one for one in self.sources if one.kind != source.kind))

    def tables(self) -> dict[str, bytes]:
        """Every table of the pack, as stored."""
        communes = sorted(self.communes.values(), key=lambda one: one.code)
        content = {
            "geography/communes.csv.gz": table(_COMMUNE_COLUMNS, map(_cells, communes)),
            "geography/epci.csv.gz": table(_EPCI_COLUMNS, self._epci_rows()),
            "geography/zones_emploi.csv": self._units(self.zones, lambda one: one.zone_emploi),
            "geography/bassins.csv": self._units(self.bassins, lambda one: self.bassin_of.get(one.code)),
            "geography/departements.csv": self._areas(self.departements, lambda one: one.departement, with_region=True),
            "geography/regions.csv": self._areas(self.regions, lambda one: one.region, with_region=False),
            "geography/commune_bassins.csv.gz": table(("commune", "bassin"), sorted(self.bassin_of.items())),
            "geography/passages.csv.gz": table(PASSAGE_COLUMNS, map(passage_cells, self.passages)),
            "geography/postal_codes.csv.gz": table(
                ("postal_code", "communes"), ((code, " ".join(self.postal[code])) for code in sorted(self.postal))
            ),
            "geography/social_dwellings.csv.gz": table(
                ("commune", "social_dwellings", "vacant"),
                sorted([_cell(value) for value in row] for row in self.social),
            ),
            **self._official_tables(),
            "occupations/rome_v4.csv": table(
                V4_COLUMNS, ([self.rome_v4[code][name] for name in V4_COLUMNS] for code in sorted(self.rome_v4))
            ),
        }
        return {name: stored(name, one) for name, one in content.items()} | self.kept

    def _official_tables(self) -> dict[str, bytes]:
        """Figures of places, hiring and tensions."""
        figures = (
            (name, code, f"{self.figures[name][code]:g}")
            for name in sorted(self.figures)
            for code in sorted(self.figures[name])
        )
        return {
            "official/figures.csv.gz": table(FIGURE_COLUMNS, figures),
            "official/hiring.csv.gz": table(
                Hiring._fields, ([_figure_cell(cell) for cell in one] for one in self.hiring)
            ),
            "official/tensions.csv.gz": table(
                Tension._fields, ([_figure_cell(cell) for cell in one] for one in self.tensions)
            ),
        }

    def _epci_rows(self) -> Iterable[tuple[str, ...]]:
        members = grouped(self.communes.values(), lambda one: one.epci)
        for siren in sorted(members):
            name, kind, area = self.epci[siren]
            inside = members[siren]
            departement = heaviest(inside, lambda one: one.departement)
            region = self.departements[departement].region
            reached = " ".join(sorted({one.departement for one in inside}))
            yield (siren, name, kind, departement, region, *_figures(inside), area, reached)

    def _units(self, names: Mapping[str, str], of: Callable[[Commune], str | None]) -> bytes:
        members = grouped(self.communes.values(), of)
        return table(
            _UNIT_COLUMNS,
            (
                (code, names[code], heaviest(members[code], lambda one: one.region), *_figures(members[code]))
                for code in sorted(members)
            ),
        )

    def _areas(self, areas: Mapping[str, Area], of: Callable[[Commune], str], *, with_region: bool) -> bytes:
        members = grouped(self.communes.values(), of)
        header = ("code", "name", *(("region",) if with_region else ()), "chef_lieu", *_UNIT_COLUMNS[3:])
        return table(
            header,
            (
                (
                    code,
                    areas[code].name,
                    *((areas[code].region,) if with_region else ()),
                    areas[code].chef_lieu,
                    *_figures(members[code]),
                )
                for code in sorted(members)
            ),
        )


def grouped(communes: Iterable[Commune], of: Callable[[Commune], str | None]) -> dict[str, list[Commune]]:
    """Communes by unit, those without one left out."""
    found: dict[str, list[Commune]] = defaultdict(list)
    for commune in communes:
        unit = of(commune)
        if unit is not None:
            found[unit].append(commune)
    return dict(found)


def heaviest(communes: Iterable[Commune], of: Callable[[Commune], str]) -> str:
    """The value that most people of some communes share; the lowest where two are equal."""
    people: dict[str, int] = defaultdict(int)
    for commune in communes:
        people[of(commune)] += commune.population
    return min(people, key=lambda value: (-people[value], value))


def centre(communes: list[Commune]) -> tuple[float, float]:
    """Mean point weighted by population; the plain mean where nobody lives. WGS 84 degrees, 4 decimals."""
    weights = [commune.population for commune in communes]
    weights = weights if sum(weights) else [1] * len(communes)
    total = sum(weights)
    latitude = sum(w * one.latitude for w, one in zip(weights, communes, strict=True)) / total
    longitude = sum(w * one.longitude for w, one in zip(weights, communes, strict=True)) / total
    return round(latitude, 4), round(longitude, 4)


def _figures(communes: list[Commune]) -> tuple[str, ...]:
    values = (sum(one.population for one in communes), *centre(communes), len(communes))
    return tuple(_cell(value) for value in values)


def _cells(commune: Commune) -> list[str]:
    return [_cell(getattr(commune, name)) for name in _COMMUNE_COLUMNS]


def _figure_cell(value: str | float | None) -> str:
    """Two decimals at most; nothing for what is unknown."""
    if value is None:
        return ""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _cell(value: str | float | None) -> str:
    """Degrees with 4 decimals; nothing for what is unknown."""
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)
