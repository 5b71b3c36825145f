"""Reading the official figures of the reference pack in use (the shipped ones: shared/official/data, see its SOURCES.md)."""

import csv
import gzip
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Final

from shared.geography.atlas import Geography
from shared.geography.pack import geography
from shared.official.figures import FIGURES, Hiring, OfficialFigures, Tension
from shared.reference import Pack, active
from shared.words import Words

TABLES: Final = ("figures.csv.gz", "hiring.csv.gz", "tensions.csv.gz")
FIGURE_COLUMNS: Final = ("figure", "code", "value")


def official_of(tables: Mapping[str, bytes], places: Geography) -> OfficialFigures:
    """Figures from the content of `TABLES`. Raises ValueError for a figure that nobody knows or a cell that is no number."""
    values = figures_of(tables["figures.csv.gz"])
    return OfficialFigures(places, values, hiring_of(tables["hiring.csv.gz"]), tensions_of(tables["tensions.csv.gz"]))


def figures_of(table: bytes) -> dict[str, dict[str, float]]:
    """By figure, then by commune or territory, from the content of figures.csv. Raises ValueError."""
    values: dict[str, dict[str, float]] = {}
    for row in _rows(table):
        if row["figure"] not in FIGURES:
            raise ValueError(f"figure inconnue « {row['figure']} »")
        values.setdefault(row["figure"], {})[row["code"]] = float(row["value"])
    return values


def hiring_of(table: bytes) -> list[Hiring]:
    """Rows, from the content of hiring.csv."""
    return [
        Hiring(
            row["bassin"],
            row["departement"],
            row["occupation"],
            int(row["projects"]),
            _whole(row["difficult"]),
            _whole(row["seasonal"]),
        )
        for row in _rows(table)
    ]


def tensions_of(table: bytes) -> list[Tension]:
    """Rows, from the content of tensions.csv."""
    return [
        Tension(
            row["bassin"],
            row["rome"],
            float(row["offers"]),
            float(row["seekers"]),
            int(row["tension"]),
            _whole(row["precarity"]),
            _whole(row["conditions"]),
        )
        for row in _rows(table)
    ]


@cache
def official_figures() -> OfficialFigures:
    """The figures of the pack in use, read once per process (about half a second)."""
    pack = active()
    return official_of({name: gzip.decompress(pack.read(f"official/{name}")) for name in TABLES}, geography())


def vintages(pack: Pack | None = None) -> Mapping[str, date]:
    """Day of each kind of source whose vintage is a day or a year; of a period its last year."""
    found = {}
    for source in (pack or active()).manifest.sources:
        text = source.vintage.rpartition("/")[2]
        try:
            found[source.kind] = date.fromisoformat(text if len(text) > 4 else f"{text}-01-01")
        except ValueError:
            continue
    return found


def attribution(kind: str) -> Words | None:
    """The source to name wherever figures of a kind are shown; None where none is loaded."""
    for source in active().manifest.sources:
        if source.kind == kind:
            named = f"{source.producer}, {source.title}, {source.vintage} ({source.licence})"
            return Words(f"Source : {named}, traitement propre", f"Source: {named}, own processing")
    return None


def _rows(table: bytes) -> "csv.DictReader[str]":
    return csv.DictReader(table.decode().splitlines())


def _whole(cell: str) -> int | None:
    return int(cell) if cell else None
