"""Reading the occupations of the reference pack in use (the shipped one: shared/occupations/data, see its SOURCES.md)."""

import csv
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from shared.occupations.catalogue import Occupation, Occupations, Related
from shared.reference import active
from shared.words import Words

TABLES: Final = ("rome.csv", "rome_v4.csv", "related.csv")
V4_COLUMNS: Final = ("code", "title", "sheet", "valid_from", "valid_until")


def attribution() -> Words:
    """The sources to name wherever occupations are shown, with the version in use."""
    fourth = active().manifest.vintage("rome")
    named = f"France Travail (Pôle emploi), ROME v3, ROME {fourth}"
    return Words(
        f"Source : {named} et métiers connexes (Licence Ouverte 2.0)",
        f"Source: {named} and related occupations (Licence Ouverte 2.0)",
    )


@cache
def occupations() -> Occupations:
    """The occupations of the ROME v3 and 4.0, read once per process."""
    pack = active()
    return occupations_of({name: pack.read(f"occupations/{name}") for name in TABLES}, pack.manifest.vintage("rome"))


def occupations_of(tables: Mapping[str, bytes], vintage: str) -> Occupations:
    """Occupations from the content of `TABLES`; `vintage` names the version of the ROME 4.0."""
    labels = {row["code"]: row["label"] for row in _rows(tables["rome.csv"])}
    fourth = {row["code"]: row for row in _rows(tables["rome_v4.csv"])}
    found = [
        Occupation(code, label, fourth[code]["title"] if code in fourth else None) for code, label in labels.items()
    ]
    found += [
        Occupation(
            code, row["title"], row["title"], row["sheet"], row["valid_from"] or None, row["valid_until"] or None
        )
        for code, row in fourth.items()
        if code not in labels
    ]
    return Occupations(
        sorted(found, key=lambda one: one.code),
        (
            Related(row["code"], row["related"], int(row["bassins_listing_it"]), int(row["bassins"]))
            for row in _rows(tables["related.csv"])
        ),
        version=hashlib.sha256(b"".join(tables[name] for name in TABLES)).hexdigest()[:16],
        vintage=vintage,
    )


def _rows(table: bytes) -> Iterable[dict[str, str]]:
    return csv.DictReader(table.decode().splitlines())
