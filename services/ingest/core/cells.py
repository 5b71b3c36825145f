"""What the text of a cell means: numbers, dates, yes and no, codes, as people in France write them. Pure.

Each reading gives a JSON-ready value, None where the cell says that nothing is known, or raises CellUnreadable. Nothing is
guessed: "1,234" may be 1.234 or 1234, so it is refused, and an empty cell is unknown, never 0 and never no.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from shared.name_search import plain
from shared.words import Words

Value = str | int | float | bool
Reading = Callable[[str], Value | None]
PARIS: Final = ZoneInfo("Europe/Paris")

UNKNOWN: Final = frozenset(
    {"", "-", "–", "—", "?", "n/a", "na", "nc", "n.c.", "nr", "n.r.", "null", "none", "inconnu", "unknown"}
    | {"non renseigné", "non renseignée", "non communiqué", "non connu", "sans objet", "so", "s/o"}
)
YES: Final = frozenset({"oui", "o", "yes", "y", "vrai", "true", "x", "1", "✓", "✔"})
NO: Final = frozenset({"non", "n", "no", "faux", "false", "0"})
_SPACES: Final = re.compile(r"[\s'’]")  # \s holds the no-break spaces that spreadsheets write
_UNIT: Final = re.compile(r"(?:€|eur|euros?|m²|m2)(?:/mois|parmois|/m|cc|hc)?$", re.IGNORECASE)
_PLAIN_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?", re.ASCII)
_GROUPED: Final = re.compile(r"[+-]?\d{1,3}(?:(?P<group>[.,])\d{3})(?:(?P=group)\d{3})*(?:[.,]\d+)?", re.ASCII)
_AMBIGUOUS: Final = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_SCIENTIFIC: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?e[+-]?\d+", re.IGNORECASE | re.ASCII)
_DAY: Final = re.compile(
    r"(?:(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<d2>\d{1,2})[/.-](?P<m2>\d{1,2})[/.-](?P<y2>\d{4}|\d{2}))"
    r"(?P<rest>[T ].*)?",
    re.ASCII,
)
_MIDNIGHT: Final = re.compile(r"[T ]0{1,2}[:h]00(?::00(?:\.0+)?)?Z?")
_HOUR: Final = re.compile(
    r"[T ](?P<h>\d{1,2})[:h](?P<min>\d{2})(?::(?P<s>\d{2})(?P<f>\.\d{1,6})?)?(?P<zone>Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_REMEMBERED: Final = 4096  # distinct texts per column: most columns hold few


class CellUnreadable(ValueError):
    """The text means nothing that the field can hold."""

    def __init__(self, reason: Words, remedy: Words) -> None:
        super().__init__(reason.en)
        self.reason = reason
        self.remedy = remedy


def is_unknown(text: str) -> bool:
    """Whether a cell says that nothing is known."""
    return text.strip().lower() in UNKNOWN


def text(cell: str) -> str | None:
    """The text as it is, without the spaces around it."""
    return None if is_unknown(cell) else cell.strip()


def reference(cell: str) -> str | None:
    """The caller's own reference: "NC" may well be one. Refuses what Excel made of a long number."""
    found = cell.strip()
    if _SCIENTIFIC.fullmatch(found):
        raise CellUnreadable(_EXCEL_NUMBER.reason, _EXCEL_NUMBER.remedy)
    return found or None


def code(cell: str) -> str | None:
    """A code in capitals, without spaces."""
    if is_unknown(cell):
        return None
    found = _SPACES.sub("", cell).upper()
    if found.startswith("#") or _SCIENTIFIC.fullmatch(found):
        raise CellUnreadable(_EXCEL_NUMBER.reason, _EXCEL_NUMBER.remedy)
    return found


def five_digits(cell: str) -> str | None:
    """A commune or postal code. Excel drops a leading zero: 1004 is 01004."""
    found = code(cell)
    return found.zfill(5) if found is not None and found.isdecimal() and len(found) == 4 else found


def decimal(cell: str, *, separator: str | None = None) -> float | None:
    """A number: decimal comma or point, spaces or apostrophes in thousands, € or m² after it.

    `separator` says which of "," and "." is the decimal sign, so that nothing is ambiguous. Raises CellUnreadable.
    """
    if is_unknown(cell):
        return None
    found = _UNIT.sub("", _SPACES.sub("", cell))
    if separator is not None:
        group = "," if separator == "." else "."
        whole = found.partition(separator)[0]
        if group in whole and not _GROUPED.fullmatch(whole):
            raise CellUnreadable(_NO_NUMBER.reason, _NO_NUMBER.remedy)
        found = found.replace(group, "").replace(separator, ".")
    elif _AMBIGUOUS.fullmatch(found):
        raise CellUnreadable(*_ambiguous(found))
    elif _GROUPED.fullmatch(found) and not _PLAIN_NUMBER.fullmatch(found):
        last = max(found.rfind(","), found.rfind("."))
        others = found[:last].replace(",", "").replace(".", "")
        group = next(sign for sign in found if sign in ",.")
        found = others + (found[last + 1 :] if found[last] == group else f".{found[last + 1 :]}")
    else:
        found = found.replace(",", ".")
    if not _PLAIN_NUMBER.fullmatch(found):
        raise CellUnreadable(_NO_NUMBER.reason, _NO_NUMBER.remedy)
    return float(found)


def whole(cell: str, *, separator: str | None = None) -> int | None:
    """A whole number, also as 2,0. Raises CellUnreadable."""
    number = decimal(cell, separator=separator)
    if number is None:
        return None
    if number != int(number):
        raise CellUnreadable(
            Words("Attendu : un nombre entier.", "Expected a whole number."),
            Words(f"Par exemple {round(number)}.", f"For instance {round(number)}."),
        )
    return int(number)


def floor(cell: str) -> int | None:
    """A floor; rez-de-chaussée is 0. Raises CellUnreadable."""
    words = plain(cell)
    if words in {"rdc", "rez de chaussee", "rc", "ground", "ground floor"}:
        return 0
    return whole(re.sub(r"(?<=\d)\s*(?:er|ère|e|è|ème|eme|th|st|nd|rd)\b.*$", "", cell.strip(), flags=re.IGNORECASE))


def yes_no(cell: str) -> bool | None:
    """Oui, non and their like. An empty cell is unknown, not no. Raises CellUnreadable."""
    found = cell.strip().lower()
    if found in YES:
        return True
    if found in NO:
        return False
    if found in UNKNOWN:
        return None
    raise CellUnreadable(
        Words("Attendu : oui ou non.", "Expected yes or no."),
        Words("oui, non, vrai, faux, x, 1 ou 0 ; vide : inconnu.", "yes, no, true, false, x, 1 or 0; empty: unknown."),
    )


def day(cell: str, *, written: str | None = None) -> str | None:
    """A date, as YYYY-MM-DD: jj/mm/aaaa, jj.mm.aaaa or ISO; a year of two digits is 20xx.

    `written` is a strptime format that then is the only one. Raises CellUnreadable.
    """
    if is_unknown(cell):
        return None
    found = cell.strip()
    if written is not None:
        return _by_format(found, written).date().isoformat()
    parts = _DAY.fullmatch(found)
    if parts is None or (parts["rest"] and not _MIDNIGHT.fullmatch(parts["rest"])):
        raise CellUnreadable(_NO_DATE.reason, _serial(found) or _NO_DATE.remedy)
    return _date(parts).isoformat()


def instant(cell: str, *, written: str | None = None) -> str | None:
    """An instant with its offset, RFC 3339. Without a zone it is the hour in France, a date alone is its first instant.

    Raises CellUnreadable.
    """
    if is_unknown(cell):
        return None
    found = cell.strip()
    if written is not None:
        read = _by_format(found, written)
        return (read if read.tzinfo else read.replace(tzinfo=PARIS)).isoformat()
    parts = _DAY.fullmatch(found)
    hour = _HOUR.fullmatch(parts["rest"]) if parts and parts["rest"] else None
    if parts is None or (parts["rest"] and hour is None):
        raise CellUnreadable(_NO_DATE.reason, _serial(found) or _NO_DATE.remedy)
    on = _date(parts)
    if hour is None:
        return datetime.combine(on, time(), PARIS).isoformat()
    zone = hour["zone"] or ""
    fraction = (hour["f"] or "").ljust(7, "0") if hour["f"] else ""
    try:
        at = datetime.fromisoformat(
            f"{on.isoformat()}T{int(hour['h']):02d}:{hour['min']}:{hour['s'] or '00'}{fraction}{zone.replace('Z', '+00:00')}"
        )
    except ValueError as error:
        raise CellUnreadable(_NO_DATE.reason, _NO_DATE.remedy) from error
    return (at if at.tzinfo else at.replace(tzinfo=PARIS)).isoformat()


def choice(values: Mapping[str, str]) -> Reading:
    """One of a closed list. `values`: what is written -> what it means; case, accents and punctuation do not count."""
    known = {plain(written) or written: meant for written, meant in values.items()}
    accepted = ", ".join(dict.fromkeys(values.values()))

    def read(cell: str) -> str | None:
        if is_unknown(cell):
            return None
        meant = known.get(plain(cell) or cell.strip())
        if meant is None:
            raise CellUnreadable(
                Words("Valeur hors de la liste.", "Not one of the list."),
                Words(f"Valeurs possibles : {accepted}.", f"Possible values: {accepted}."),
            )
        return meant

    return read


def remembered(reading: Reading) -> Reading:
    """The same reading, faster on columns that repeat their values."""
    return lru_cache(maxsize=_REMEMBERED)(reading)


def _date(parts: re.Match[str]) -> date:
    if parts["y"]:
        year, month, number = parts["y"], parts["m"], parts["d"]
    else:
        year, month, number = parts["y2"], parts["m2"], parts["d2"]
    try:
        return date(int(year) if len(year) == 4 else 2000 + int(year), int(month), int(number))
    except ValueError as error:
        raise CellUnreadable(
            Words("Cette date n'existe pas.", "There is no such date."),
            Words("Jour, mois, année : 31/12/2026.", "Day, month, year: 31/12/2026."),
        ) from error


def _by_format(found: str, written: str) -> datetime:
    try:
        return datetime.strptime(found, written)  # noqa: DTZ007 - the zone is added by the caller
    except ValueError as error:
        raise CellUnreadable(
            Words(f"Date qui n'est pas écrite {written}.", f"A date not written {written}."),
            Words("Corriger la date, ou date_format dans la correspondance.", "Correct the date, or date_format."),
        ) from error


def _serial(found: str) -> Words | None:
    """For a number where a date was expected: Excel's count of days."""
    if not re.fullmatch(r"\d{5}(?:[.,]\d+)?", found):
        return None
    return Words(
        "C'est le numéro de jour d'Excel : donner à la colonne le format Date.",
        "This is Excel's day number: give the column the Date format.",
    )


def _ambiguous(found: str) -> tuple[Words, Words]:
    bare = re.sub(r"[.,]", "", found)
    short = found.replace(".", ",").rstrip("0")
    return (
        Words(f"« {found} » peut se lire {bare} ou {short}.", f"“{found}” may be {bare} or {short}."),
        Words(
            "Écrire sans séparateur de milliers, ou avec deux décimales au plus.",
            "Write without thousands separator, or with two decimals at most.",
        ),
    )


_NO_NUMBER: Final = CellUnreadable(
    Words("Attendu : un nombre.", "Expected a number."),
    Words("Par exemple 410,50.", "For instance 410.50."),
)
_NO_DATE: Final = CellUnreadable(
    Words("Attendu : une date.", "Expected a date."),
    Words("jj/mm/aaaa ou aaaa-mm-jj.", "dd/mm/yyyy or yyyy-mm-dd."),
)
_EXCEL_NUMBER: Final = CellUnreadable(
    Words("Excel a changé cette valeur.", "Excel has altered this value."),
    Words(
        "Donner à la colonne le format Texte, puis saisir de nouveau la valeur.",
        "Give the column the Text format, then enter the value again.",
    ),
)
