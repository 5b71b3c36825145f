"""Reading the occupations that ship with the project (shared/occupations/data, see its SOURCES.md)."""

import csv
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from shared.occupations.catalogue import Occupation, Occupations, Related

DATA: Final = Path(__file__).parent / "data"

ATTRIBUTION: Final = "Source : France Travail (Pôle emploi), ROME v3 et métiers connexes (Licence Ouverte 2.0)"


@cache
def occupations() -> Occupations:
    """The 532 occupations of the ROME v3, read once per process."""
    labels = (DATA / "rome.csv").read_bytes()
    related = (DATA / "related.csv").read_bytes()
    return Occupations(
        (Occupation(row["code"], row["label"]) for row in csv.DictReader(labels.decode().splitlines())),
        (
            Related(row["code"], row["related"], int(row["bassins_listing_it"]), int(row["bassins"]))
            for row in csv.DictReader(related.decode().splitlines())
        ),
        version=hashlib.sha256(labels + related).hexdigest()[:16],
    )
