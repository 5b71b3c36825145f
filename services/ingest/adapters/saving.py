"""Writing one transaction's rows and events: retired episodes, new ones, changed ones, confirmations, then the outbox."""

from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Table, bindparam, insert, text, update
from sqlmodel import Session

from shared.events import Event
from shared.sql import outbox


@dataclass
class Work:
    """Rows and events of one transaction, in order."""

    rows: dict[str, dict[str, Any]]
    retired: list[str] = field(default_factory=list)
    inserted: set[str] = field(default_factory=set)
    touched: dict[str, dict[str, Any]] = field(default_factory=dict)  # by id
    events: list[Event[Any]] = field(default_factory=list)
    tombstones: list[str] = field(default_factory=list)
    confirmed: dict[str, dict[str, Any]] = field(default_factory=dict)  # by id: dates alone changed


_UPDATED_COLUMNS: Final = (
    "version",
    "commune",
    "status",
    "state",
    "private",
    "digest",
    "observed_at",
    "confirmed_at",
    "confirmed_by",
    "changed_at",
    "changes_at",
    "withdrawn_at",
    "withdrawn_reason",
    "lineage",
)


def save(session: Session, table: Table, topic: str, work: Work) -> None:
    """Executes the statements in the order that the unique index of current episodes needs."""
    if work.retired:
        session.execute(update(table).where(table.c.id.in_(work.retired)).values(current=False))
    fresh = [row for identifier, row in work.touched.items() if identifier in work.inserted]
    changed = [row for identifier, row in work.touched.items() if identifier not in work.inserted]
    if fresh:
        session.execute(insert(table), fresh)
    if changed:
        session.connection().execute(
            update(table)
            .where(table.c.id == bindparam("_id"))
            .values({name: bindparam(f"_{name}", type_=table.c[name].type) for name in _UPDATED_COLUMNS}),
            [{"_id": row["id"], **{f"_{name}": row[name] for name in _UPDATED_COLUMNS}} for row in changed],
        )
    confirmed = [row for identifier, row in work.confirmed.items() if identifier not in work.touched]
    if confirmed:
        session.execute(
            text(
                f"UPDATE {table.name} AS t SET observed_at = d.observed_at, confirmed_at = d.confirmed_at,"  # noqa: S608
                " confirmed_by = d.confirmed_by, changes_at = d.changes_at"
                " FROM unnest(CAST(:ids AS text[]), CAST(:observed AS timestamptz[]), CAST(:confirmed AS timestamptz[]),"
                " CAST(:by AS text[]), CAST(:changes AS timestamptz[]))"
                " AS d (id, observed_at, confirmed_at, confirmed_by, changes_at) WHERE t.id = d.id"
            ),
            {
                "ids": [row["id"] for row in confirmed],
                "observed": [row["observed_at"] for row in confirmed],
                "confirmed": [row["confirmed_at"] for row in confirmed],
                "by": [row["confirmed_by"] for row in confirmed],
                "changes": [row["changes_at"] for row in confirmed],
            },
        )
    outbox.add(session, topic, work.events, tombstones=work.tombstones)
