"""The columns of a file of vacancies or offers: their names in French and English, and the field each one fills. Pure.

The tables (`vacancy_columns`, `offer_columns`) are the only place where a name of a column stands; docs/ingest-columns.md is
made from them. A table is
bound to the header of one file; the binding then turns rows into bodies like those of a PUT.
"""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.ingest.core import cells
from services.ingest.core.cells import CellUnreadable, Reading, Value
from services.ingest.core.faults import Fault, FileRefused
from services.ingest.core.tabular import Row
from shared.name_search import plain
from shared.words import Words

DECIMAL: Final = "nombre ; virgule ou point décimal, espaces dans les milliers, € et m² admis"
WHOLE: Final = "nombre entier"
DAY: Final = "jj/mm/aaaa ou aaaa-mm-jj"
INSTANT: Final = "jj/mm/aaaa hh:mm à l'heure de Paris, ou instant RFC 3339"
YES_NO: Final = "oui, non, vrai, faux, x, 1, 0 ; vide : inconnu"


# Units that headers add to a name: « Loyer HC (€/mois) », « surface m² », "duration in months".
_UNITS: Final = frozenset({"eur", "euro", "euros", "m2", "mois", "en", "par", "per", "in", "month", "months"})


def key(header: str) -> str:
    """What counts of a column's name: no accents, case, punctuation or unit."""
    words = plain(header).split()
    return " ".join([word for word in words if word not in _UNITS] or words)


@dataclass(frozen=True)
class Column:
    """A field of the body and the names under which files have it. A dot in `field` leads into an inner object.

    `expects` says in French how its cells are written, for the documentation. `alone`: names that files also give to other
    things, so they count only where no other column fills what is needed of the field's group.
    """

    field: str
    names: tuple[str, ...]
    reading: Reading
    expects: str
    alone: tuple[str, ...] = ()

    def keys_of_names(self) -> frozenset[str]:
        """What `key` makes of its names."""
        return frozenset(key(name) for name in (self.field, *self.names))


@dataclass(frozen=True)
class Table:
    """What files of one kind may hold. Of each group in `needed` at least one field must have a column.

    `join` makes the last change to a body, for fields that files give in parts.
    """

    columns: tuple[Column, ...]
    needed: tuple[tuple[str, ...], ...]
    join: Callable[[dict[str, Any]], dict[str, Any]] = lambda body: body

    def column(self, field: str) -> Column:
        """Raises KeyError for a field that no column fills."""
        for column in self.columns:
            if column.field == field:
                return column
        raise KeyError(field)


@dataclass(frozen=True, slots=True)
class Line:
    """A row as a body: what could be read, and what could not. `line` is the row's first physical line."""

    line: int
    body: dict[str, Any]
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Ignored:
    """A column that fills no field; `like` is the known name it resembles."""

    name: str
    like: str | None


@dataclass(frozen=True)
class Filled:
    """A column of the file, where it stands, and what reads it."""

    position: int
    header: str
    field: str
    reading: Reading


@dataclass(frozen=True)
class Binding:
    """A table bound to the header of one file."""

    table: Table
    filled: tuple[Filled, ...]
    ignored: tuple[Ignored, ...] = ()
    constants: tuple[tuple[str, Value], ...] = field(default=())

    def read(self, row: Row) -> Line:
        """The row as a body; a cell that cannot be read is left out of it and named in the faults."""
        body: dict[str, Any] = dict(self.constants)
        faults: list[Fault] = []
        for column in self.filled:
            cell = row.cells[column.position]
            if not cell:
                continue
            try:
                value = column.reading(cell)
            except CellUnreadable as error:
                faults.append(Fault(column.header, cell, error.reason, error.remedy))
            else:
                if value is not None:
                    body[column.field] = value
        return Line(row.line, nested(self.table.join(body)), tuple(faults))


def bind(table: Table, header: Sequence[str]) -> Binding:
    """Which column fills which field. Raises FileRefused: two columns for one field, or none for one that is needed."""
    filled, ignored = bind_some(table, header)
    _bind_alone(table, header, filled, ignored)
    faults = missing(table, {one.field for one in filled})
    if faults:
        raise FileRefused(*faults)
    return Binding(table, tuple(filled), tuple(ignored))


def _bind_alone(table: Table, header: Sequence[str], filled: list[Filled], ignored: list[Ignored]) -> None:
    """Moves to `filled` the ignored columns that are the only one of their name and fill what nothing else does."""
    for column in table.columns:
        group = next((group for group in table.needed if column.field in group), (column.field,))
        meant = [at for at, name in enumerate(header) if name and key(name) in {key(one) for one in column.alone}]
        if len(meant) != 1 or any(one.field in group for one in filled):
            continue
        name = header[meant[0]]
        filled.append(Filled(meant[0], name, column.field, cells.remembered(column.reading)))
        ignored[:] = [one for one in ignored if one.name != name]


def bind_some(table: Table, header: Sequence[str]) -> tuple[list[Filled], list[Ignored]]:
    """The columns whose names the table knows, and the others; "" stands for a column that is read otherwise.

    Raises FileRefused: two columns for one field.
    """
    filled: list[Filled] = []
    ignored: list[Ignored] = []
    faults: list[Fault] = []
    by_key = {one: column for column in table.columns for one in column.keys_of_names()}
    for position, name in enumerate(header):
        if not name:
            continue
        column = by_key.get(key(name))
        earlier = next((one for one in filled if column is not None and one.field == column.field), None)
        if column is None:
            ignored.append(Ignored(name, _likeness(table, name)))
        elif earlier is not None:
            faults.append(_two_columns(column.field, earlier.header, name))
        else:
            filled.append(Filled(position, name, column.field, cells.remembered(column.reading)))
    if faults:
        raise FileRefused(*faults)
    return filled, ignored


def missing(table: Table, present: set[str]) -> list[Fault]:
    """One fault for each needed field that no column fills."""
    return [_no_column(table, group) for group in table.needed if not present & set(group)]


def nested(body: dict[str, Any]) -> dict[str, Any]:
    """The body with its dotted fields as inner objects."""
    if not any("." in name for name in body):
        return body
    made: dict[str, Any] = {}
    for name, value in body.items():
        outer, dot, inner = name.partition(".")
        if dot:
            made.setdefault(outer, {})[inner] = value
        else:
            made[name] = value
    return made


def _likeness(table: Table, name: str) -> str | None:
    known = {key(one): one for column in table.columns for one in (column.field, *column.names)}
    found = difflib.get_close_matches(key(name[:80]), known, n=1, cutoff=0.8)
    return known[found[0]] if found else None


def _two_columns(name: str, first: str, second: str) -> Fault:
    return Fault(
        "header",
        second,
        Words(
            f"« {first} » et « {second} » remplissent le même champ {name}.",
            f"“{first}” and “{second}” fill the same field {name}.",
        ),
        Words("Renommer ou retirer l'une des deux colonnes.", "Rename or take out one of the two columns."),
    )


def _no_column(table: Table, group: tuple[str, ...]) -> Fault:
    names = [name for wanted in group for name in (wanted, *table.column(wanted).names[:3])]
    return Fault(
        "header",
        None,
        Words(f"Il manque une colonne : {' ou '.join(group)}.", f"A column is missing: {' or '.join(group)}."),
        Words(f"Noms acceptés : {', '.join(names)}…", f"Accepted names: {', '.join(names)}…"),
    )
