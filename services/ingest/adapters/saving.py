"""Writing one transaction's rows and events: retired episodes, new ones, changed ones, confirmations, then the outbox.

One statement each, whatever the number of rows: they travel as one JSON parameter, and states stay encoded.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, LiteralString

import msgspec
from msgspec import Raw, Struct
from psycopg import sql
from sqlmodel import Session

from services.ingest.core.duplicates import Groups
from shared.ids import new_ids
from shared.sql import outbox
from shared.sql.driver import driver_pipeline


class Stored(Struct):
    """One episode as its table keeps it, column by column; `state`, `lineage` and `private` are JSON."""

    id: str
    owner: str
    reference: str
    version: int
    commune: str | None
    status: str
    state: Raw
    digest: bytes
    observed_at: datetime
    confirmed_at: datetime
    confirmed_by: str | None
    changed_at: datetime
    changes_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    lineage: Raw | None
    private: Raw | None
    current: bool = True


# PostgreSQL's type of each column; binary comes as base64.
_TYPES: Final[dict[str, LiteralString]] = {
    "id": "text",
    "owner": "text",
    "reference": "text",
    "version": "int",
    "commune": "text",
    "status": "text",
    "state": "jsonb",
    "digest": "text",
    "observed_at": "timestamptz",
    "confirmed_at": "timestamptz",
    "confirmed_by": "text",
    "changed_at": "timestamptz",
    "changes_at": "timestamptz",
    "withdrawn_at": "timestamptz",
    "withdrawn_reason": "text",
    "lineage": "jsonb",
    "private": "jsonb",
    "current": "boolean",
}
_JSON: Final = [index for index, kind in enumerate(_TYPES.values()) if kind == "jsonb"]
_NEVER_CHANGED: Final = ("id", "owner", "reference", "current")
_DATES: Final = ("observed_at", "confirmed_at", "confirmed_by", "changes_at")
_ENCODER: Final = msgspec.json.Encoder()


@dataclass
class Work:
    """Rows and records of one transaction, in order."""

    rows: dict[str, Stored]  # by reference
    retired: list[str] = field(default_factory=list)
    inserted: dict[str, Stored] = field(default_factory=dict)  # by id
    touched: dict[str, Stored] = field(default_factory=dict)  # by id: stored rows with a new version
    confirmed: dict[str, Stored] = field(default_factory=dict)  # by id: dates alone changed
    records: list[outbox.Record] = field(default_factory=list)
    tombstones: list[str] = field(default_factory=list)
    groups: Groups | None = None  # offers of the same origin, where this transaction may change any
    expected: int = 1  # about how many identifiers of a kind this transaction needs
    _ids: dict[str, list[str]] = field(default_factory=dict)

    def new_id(self, prefix: str) -> str:
        """A new identifier."""
        left = self._ids.get(prefix)
        if not left:
            left = self._ids[prefix] = new_ids(prefix, self.expected)
        return left.pop()


@lru_cache(maxsize=16)
def reading(table: str, where: LiteralString) -> str:
    """The query whose rows `stored` takes. JSON comes as text, so that only what is needed is decoded."""
    columns = [sql.SQL("{}::text" if kind == "jsonb" else "{}").format(_name(name)) for name, kind in _TYPES.items()]
    return (
        sql.SQL("SELECT {} FROM {} WHERE {}")
        .format(sql.SQL(", ").join(columns), _name(table), sql.SQL(where))
        .as_string()
    )


def stored(row: tuple[Any, ...]) -> Stored:
    """A row of a query made by `reading`."""
    values = list(row)
    for index in _JSON:
        values[index] = None if values[index] is None else Raw(values[index].encode())
    return Stored(*values)


def save(session: Session, table: str, topic: str, work: Work) -> None:
    """Executes the statements in the order that the unique index of current episodes needs."""
    with driver_pipeline(session) as connection, connection.cursor() as cursor:
        if work.retired:
            cursor.execute(_retiring(table), (work.retired,))
        if work.inserted:
            cursor.execute(_inserting(table), (_parameter(work.inserted.values()),))
        changed = [row for key, row in work.touched.items() if key not in work.inserted]
        if changed:
            cursor.execute(_updating(table), (_parameter(changed),))
        confirmed = [row for key, row in work.confirmed.items() if key not in work.touched and key not in work.inserted]
        if confirmed:
            cursor.execute(_updating(table, _DATES), (_parameter(confirmed),))
        outbox.keep(session, cursor, topic, [*work.records, *((key, None) for key in work.tombstones)])


def _parameter(rows: Iterable[Stored]) -> str:
    return _ENCODER.encode(list(rows)).decode()


@lru_cache
def _retiring(table: str) -> str:
    return sql.SQL("UPDATE {} SET current = false WHERE id = ANY(%s)").format(_name(table)).as_string()


@lru_cache
def _inserting(table: str) -> str:
    names = sql.SQL(", ").join(map(_name, _TYPES))
    values = sql.SQL(", ").join(map(_value, _TYPES))
    return (
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(_name(table), names, values, _given(_TYPES)).as_string()
    )


@lru_cache
def _updating(table: str, names: tuple[str, ...] | None = None) -> str:
    """Of the columns named, or of all that may change."""
    changed = names or tuple(name for name in _TYPES if name not in _NEVER_CHANGED)
    pairs = sql.SQL(", ").join(sql.SQL("{} = {}").format(_name(name), _value(name)) for name in changed)
    return (
        sql.SQL("UPDATE {} AS t SET {} FROM {} WHERE t.id = d.id")
        .format(_name(table), pairs, _given(("id", *changed)))
        .as_string()
    )


def _given(names: Iterable[str]) -> sql.Composed:
    columns = sql.SQL(", ").join(sql.SQL("{} {}").format(_name(name), sql.SQL(_TYPES[name])) for name in names)
    return sql.SQL("json_to_recordset(%s::json) AS d ({})").format(columns)


def _value(name: str) -> sql.Composed:
    return sql.SQL("decode(d.{}, 'base64')" if name == "digest" else "d.{}").format(_name(name))


def _name(name: str) -> sql.Identifier:
    return sql.Identifier(name)
