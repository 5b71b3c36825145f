"""A mapping file: whose columns fill which field, when a landlord's export has names and codes of its own. Pure.

TOML; the example with every possibility is docs/ingest-mapping.example.toml. It is checked whole before any row is read:
each value of a table and each constant must be one that its field can hold.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from services.ingest.core import cells, charsets
from services.ingest.core.cells import CellUnreadable, Reading, Value
from services.ingest.core.columns import Binding, Column, Filled, Ignored, Line, Table, missing
from services.ingest.core.faults import Fault, FileRefused
from services.ingest.core.layouts import NotSupply, Writing
from services.ingest.core.offer_columns import OFFER_TABLE
from services.ingest.core.tabular import DELIMITERS, Row
from services.ingest.core.vacancy_columns import VACANCY_TABLE
from shared.name_search import plain
from shared.words import Words

TABLES: Final[dict[str, Table]] = {"vacancies": VACANCY_TABLE, "offers": OFFER_TABLE}
_SECTIONS: Final = frozenset({"kind", "file", "columns", "constants", "rows"})
_FILE: Final = frozenset({"charset", "delimiter", "short_rows", "decimal", "date_format"})
_COLUMN: Final = frozenset({"column", "values", "factor", "decimal", "date_format"})
_NUMBERS: Final[tuple[Callable[..., Any], ...]] = (cells.decimal, cells.whole)
_DATES: Final[tuple[Callable[..., Any], ...]] = (cells.day, cells.instant)


@dataclass(frozen=True)
class Mapped:
    """A field, the column of the file that fills it, and its reading."""

    field: str
    header: str
    reading: Reading


@dataclass(frozen=True)
class Kept:
    """The rows that are published: those whose column holds one of these texts."""

    header: str
    texts: frozenset[str]


@dataclass(frozen=True)
class MappingFile:
    """A mapping that is whole and consistent."""

    kind: str
    table: Table
    writing: Writing
    columns: tuple[Mapped, ...]
    constants: tuple[tuple[str, Value], ...]
    kept: Kept | None

    def bind(self, header: Sequence[str]) -> "BoundMapping":
        """Raises FileRefused: a column of the mapping that the file does not have."""
        places = {plain(name): position for position, name in reversed(list(enumerate(header))) if name}
        wanted = [*(one.header for one in self.columns), *([self.kept.header] if self.kept else [])]
        faults = [_not_in_file(name, header) for name in wanted if plain(name) not in places]
        if faults:
            raise FileRefused(*faults)
        filled = tuple(
            Filled(places[plain(one.header)], one.header, one.field, cells.remembered(one.reading))
            for one in self.columns
        )
        used = {plain(name) for name in wanted}
        ignored = tuple(Ignored(name, None) for name in header if name and plain(name) not in used)
        binding = Binding(self.table, filled, ignored, self.constants)
        return BoundMapping(binding, self.kept, places[plain(self.kept.header)] if self.kept else -1)


@dataclass(frozen=True)
class BoundMapping:
    """A mapping bound to the header of one file."""

    binding: Binding
    kept: Kept | None
    kept_at: int

    @property
    def ignored(self) -> tuple[Ignored, ...]:
        return self.binding.ignored

    def read(self, row: Row) -> Line | NotSupply:
        if self.kept is not None:
            found = row.cells[self.kept_at].strip()
            if _folded(found) not in self.kept.texts:
                return NotSupply(row.line, Words(f"{self.kept.header} : {found}", f"{self.kept.header}: {found}"))
        return self.binding.read(row)


def read_mapping(text: str) -> MappingFile:
    """The mapping that a TOML text says. Raises FileRefused with every fault, each named by its place in the file."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileRefused(
            _fault("TOML", str(error), "Le fichier n'est pas du TOML.", "The file is not TOML.")
        ) from error
    checker = _Checker()
    found = checker.mapping(said)
    if checker.faults or found is None:
        raise FileRefused(*checker.faults)
    return found


class _Checker:
    """Reads the mapping and collects what is wrong, so that one look at the messages mends it all."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def mapping(self, said: Mapping[str, Any]) -> MappingFile | None:
        self._only(said, _SECTIONS, "")
        kind = said.get("kind")
        if kind not in TABLES:
            self._wrong("kind", kind, f"Attendu : {' ou '.join(TABLES)}.", f"Expected {' or '.join(TABLES)}.")
            return None
        table = TABLES[kind]
        file = self._section(said, "file")
        self._only(file, _FILE, "file.")
        writing = Writing(
            charset=self._one_of(file, "charset", charsets.KNOWN),
            delimiter=self._one_of(file, "delimiter", DELIMITERS),
            pad_short_rows=self._one_of(file, "short_rows", ("refuse", "pad")) == "pad",
        )
        defaults = {"decimal": self._one_of(file, "decimal", (",", ".")), "date_format": self._format(file, "file.")}
        columns = [
            mapped
            for field, entry in self._section(said, "columns").items()
            if (mapped := self._column(table, field, entry, defaults)) is not None
        ]
        constants = [
            (field, value)
            for field, given in self._section(said, "constants").items()
            if (value := self._constant(table, field, given)) is not None
        ]
        twice = {one.field for one in columns} & {field for field, _ in constants}
        for field in sorted(twice):
            self._wrong(f"constants.{field}", None, "Le champ a déjà une colonne.", "The field has a column already.")
        kept = self._kept(self._section(said, "rows"))
        if not self.faults:
            self.faults += missing(table, {one.field for one in columns} | {field for field, _ in constants})
        return MappingFile(kind, table, writing, tuple(columns), tuple(constants), kept)

    def _column(self, table: Table, field: str, entry: Any, defaults: Mapping[str, Any]) -> Mapped | None:
        place = f"columns.{field}"
        column = self._known(table, field, place)
        said = {"column": entry} if isinstance(entry, str) else entry
        if not isinstance(said, dict) or not isinstance(said.get("column"), str) or not said["column"].strip():
            self._wrong(place, entry, "Attendu : le nom d'une colonne.", "Expected the name of a column.")
            return None
        if column is None:
            return None
        self._only(said, _COLUMN, f"{place}.")
        reading = self._reading(column, said, place, defaults)
        return Mapped(field, said["column"].strip(), self._with_values(reading, said.get("values"), place))

    def _reading(self, column: Column, said: Mapping[str, Any], place: str, defaults: Mapping[str, Any]) -> Reading:
        factor = said.get("factor")
        if factor is not None and (isinstance(factor, bool) or not isinstance(factor, int | float) or factor <= 0):
            self._wrong(f"{place}.factor", factor, "Attendu : un nombre positif.", "Expected a positive number.")
            factor = None
        own_decimal = self._one_of(said, "decimal", (",", "."), f"{place}.")
        own_format = self._format(said, f"{place}.")
        if column.reading in _NUMBERS:
            separator = own_decimal or defaults["decimal"]
            number = cells.decimal if column.reading is cells.decimal else cells.whole
            if own_format:
                self._wrong(f"{place}.date_format", own_format, "Ce champ n'est pas une date.", "No date field.")
            return partial(number, separator=separator) if factor is None else _scaled(column, separator, factor)
        if factor is not None or own_decimal is not None:
            self._wrong(place, None, "Ce champ n'est pas un nombre.", "This field is not a number.")
        if column.reading in _DATES:
            moment = cells.day if column.reading is cells.day else cells.instant
            return partial(moment, written=own_format or defaults["date_format"])
        if own_format:
            self._wrong(f"{place}.date_format", own_format, "Ce champ n'est pas une date.", "No date field.")
        return column.reading

    def _with_values(self, reading: Reading, values: Any, place: str) -> Reading:
        if values is None:
            return reading
        if not isinstance(values, dict):
            self._wrong(f"{place}.values", values, "Attendu : une table de valeurs.", "Expected a table of values.")
            return reading
        table: dict[str, Value | None] = {}
        for written, meant in values.items():
            try:
                table[_folded(written)] = reading(_as_text(meant))
            except CellUnreadable as error:
                self.faults.append(Fault(f"{place}.values.{written}", _as_text(meant), error.reason, error.remedy))

        def read(cell: str) -> Value | None:
            found = _folded(cell.strip())
            if found in table:
                return table[found]
            if cells.is_unknown(cell):
                return None
            raise CellUnreadable(
                Words("Valeur absente de la table du champ.", "A value that the field's table lacks."),
                Words(f"L'ajouter à {place}.values.", f"Add it to {place}.values."),
            )

        return read

    def _constant(self, table: Table, field: str, given: Any) -> Value | None:
        column = self._known(table, field, f"constants.{field}")
        if column is None:
            return None
        try:
            return column.reading(_as_text(given))
        except CellUnreadable as error:
            self.faults.append(Fault(f"constants.{field}", _as_text(given), error.reason, error.remedy))
            return None

    def _kept(self, rows: Mapping[str, Any]) -> Kept | None:
        if not rows:
            return None
        self._only(rows, frozenset({"column", "only"}), "rows.")
        column, only = rows.get("column"), rows.get("only")
        if not isinstance(column, str) or not isinstance(only, list) or not only:
            self._wrong("rows", None, "Attendu : column et only = [valeurs].", "Expected column and only = [values].")
            return None
        return Kept(column, frozenset(_folded(_as_text(text).strip()) for text in only))

    def _known(self, table: Table, field: str, place: str) -> Column | None:
        try:
            return table.column(field)
        except KeyError:
            fields = ", ".join(column.field for column in table.columns)
            self._wrong(place, field, "Champ inconnu.", "Unknown field.", f"{fields}")
            return None

    def _section(self, said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        section = said.get(name, {})
        if isinstance(section, dict):
            return section
        self._wrong(name, section, "Attendu : une section.", "Expected a section.")
        return {}

    def _one_of(self, said: Mapping[str, Any], name: str, accepted: Sequence[str], place: str = "file.") -> str | None:
        found = said.get(name)
        if found is None or found in accepted:
            return found
        listed = ", ".join(repr(one) for one in accepted)
        self._wrong(f"{place}{name}", found, "Valeur hors de la liste.", "Not one of the list.", listed)
        return None

    def _format(self, said: Mapping[str, Any], place: str) -> str | None:
        found = said.get("date_format")
        if found is None:
            return None
        try:
            if "%" in found and cells.day(date(2026, 11, 23).strftime(found), written=found) == "2026-11-23":
                return str(found)
        except (CellUnreadable, TypeError, ValueError):
            pass
        self._wrong(
            f"{place}date_format", found, "Format de date qui ne dit pas un jour.", "No day.", "%d/%m/%Y, %Y%m%d"
        )
        return None

    def _only(self, said: Mapping[str, Any], known: frozenset[str], place: str) -> None:
        for name in sorted(said.keys() - known):
            self._wrong(f"{place}{name}", None, "Nom inconnu.", "Unknown name.", ", ".join(sorted(known)))

    def _wrong(self, place: str, value: Any, fr: str, en: str, remedy: str | None = None) -> None:
        self.faults.append(_fault(place, None if value is None else str(value), fr, en, remedy))


def _scaled(column: Column, separator: str | None, factor: float) -> Reading:
    def read(cell: str) -> Value | None:
        number = cells.decimal(cell, separator=separator)
        if number is None:
            return None
        scaled = round(number * factor, 6)
        return scaled if column.reading is cells.decimal else cells.whole(repr(scaled), separator=".")

    return read


def _as_text(given: Any) -> str:
    """A TOML value as a cell would have it."""
    if isinstance(given, bool):
        return "oui" if given else "non"
    return given.isoformat() if hasattr(given, "isoformat") else str(given)


def _folded(text: str) -> str:
    return text.casefold()


def _not_in_file(name: str, header: Sequence[str]) -> Fault:
    shown = ", ".join(name for name in header if name)[:200]
    return _fault(
        "header",
        name,
        f"Le fichier n'a pas la colonne « {name} ».",
        f"The file has no column “{name}”.",
        shown,
    )


def _fault(place: str, value: str | None, fr: str, en: str, remedy: str | None = None) -> Fault:
    example = "docs/ingest-mapping.example.toml"
    return Fault(
        place,
        value,
        Words(fr, en),
        Words(remedy or f"Voir {example}.", remedy or f"See {example}."),
    )
