"""The list as a French spreadsheet reads it: semicolons, decimal commas, one line a territory."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from services.scoring.core.needs import Need

Line = Mapping[str, Any]
Cell = Callable[[Line], Any]


def _told(feed: str, read: Cell) -> Cell:
    """What a live feed says, and nothing where it is silent: its 0 there was not observed."""
    return lambda line: read(line) if line["feeds"][feed] == "speaks" else None


_PLACE: Final[tuple[tuple[str, Cell], ...]] = (
    ("code", lambda line: line["code"]),
    ("nom", lambda line: line["name"]),
    ("departement", lambda line: line["departement"]),
    ("classe", lambda line: line["score_class"]),
    ("part_connue", lambda line: line["coverage"]),
    ("logements_ouverts", _told("vacancies", lambda line: line["counters"]["open_vacancies"])),
    ("offres_ouvertes", _told("offers", lambda line: line["counters"]["open_offers"])),
    ("postes_ouverts", _told("offers", lambda line: line["counters"]["open_openings"])),
)
_FIGURES: Final[tuple[tuple[str, Cell], ...]] = (
    ("score", lambda line: line["score"]),
    ("logement", lambda line: line["blocks"].get("housing")),
    ("emploi", lambda line: line["blocks"].get("jobs")),
    ("services", lambda line: line["blocks"].get("services")),
    ("territoire", lambda line: line["blocks"].get("territory")),
    ("logements_libres", _told("vacancies", lambda line: line["supply"])),
)
_OCCUPATIONS: Final[tuple[tuple[str, Cell], ...]] = (
    ("offres_du_metier", lambda line: line["view"]["offers"]),
    ("offres_du_metier_zone_emploi", lambda line: line["view"]["offers_around"]),
)
_HOMES: Final[tuple[tuple[str, Cell], ...]] = (("logements_qui_conviennent", lambda line: line["view"]["homes"]),)
_STATE: Final[tuple[tuple[str, Cell], ...]] = (
    ("etat_au", lambda line: line["as_of"]),
    ("reference", lambda line: line["reference_version"]),
)
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def render(lines: Iterable[Line], *, public: bool, need: Need) -> str:
    """The whole file, with a first line of names. Unknown is an empty cell, never 0."""
    columns = [
        *_PLACE,
        *(() if public else _FIGURES),
        *(_OCCUPATIONS if need.occupations else ()),
        *(_HOMES if need.of_homes else ()),
        *_STATE,
    ]
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerow([name for name, _ in columns])
    writer.writerows([cell(read(line)) for _, read in columns] for line in lines)
    return target.getvalue()


def cell(value: Any) -> str:
    """One value as a French spreadsheet reads it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value).replace(".", ",")
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
