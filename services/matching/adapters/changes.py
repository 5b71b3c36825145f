"""The engine's change table, its journal and its fencing epoch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

from shared.streams.consumer import NotInCharge

VACANCY: Final = "vacancy"
OFFER: Final = "offer"
COMMITMENT: Final = "commitment"
HOUSEHOLD: Final = "household"
PLACEMENT: Final = "placement"
FROZEN_SECONDS: Final = 12  # longest silence within a transaction that holds the fence
ERASURE: Final = "erasure"  # a household to forget: never journaled
PRICES: Final = "prices"  # source of what a new list of prices judges anew


class Fenced(NotInCharge):
    """Another engine has taken over: this one must end."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something to look at again. `source` is "sql", "sweep", "conflict", PRICES, or "<topic>-<partition>" with its
    `position`."""

    kind: str
    key: str
    source: str = "sql"
    position: int | None = None
    id: int | None = None


def add(session: Session, changes: Iterable[Change]) -> None:
    """Keeps changes for the engine, in the transaction that makes them."""
    rows = [{"kind": one.kind, "key": one.key, "source": one.source, "position": one.position} for one in changes]
    if rows:
        session.execute(
            text("INSERT INTO engine_change (kind, key, source, position) VALUES (:kind, :key, :source, :position)"),
            rows,
        )


def oldest(session: Session, limit: int) -> list[Change]:
    """The next changes, oldest first. Rows are removed one by one, so one that commits late is not passed over."""
    rows = session.execute(
        text("SELECT id, kind, key, source, position FROM engine_change ORDER BY id LIMIT :limit"), {"limit": limit}
    )
    return [Change(row.kind, row.key, row.source, row.position, row.id) for row in rows]


_SPEAK: Final = "set_config('idle_in_transaction_session_timeout', :silence, true)"
_NEXT_TICK: Final = text(f"UPDATE engine SET tick = tick + 1 WHERE epoch = :epoch RETURNING tick, {_SPEAK}")  # noqa: S608 - a constant
_CHECK: Final = text(f"SELECT epoch, {_SPEAK} FROM engine FOR UPDATE")  # noqa: S608 - a constant


def next_tick(session: Session, epoch: int) -> int:
    """`check_fence`, and the number of a new decision; without gaps, because it is part of its transaction."""
    found = session.execute(_NEXT_TICK, {"epoch": epoch, "silence": f"{FROZEN_SECONDS}s"}).one_or_none()
    if found is None:
        raise Fenced(f"epoch {epoch} was taken over")
    return int(found.tick)


_JOURNAL: Final = text(
    "WITH gone AS (DELETE FROM engine_change WHERE id = ANY(CAST(:ids AS bigint[])))"
    " INSERT INTO engine_journal (tick, place, kind, key, source, position, price_version, seed, at)"
    " SELECT :tick, place, kind, key, source, position, :price_version, :seed, :at FROM unnest("
    "CAST(:places AS integer[]), CAST(:kinds AS text[]), CAST(:keys AS text[]), CAST(:sources AS text[]),"
    " CAST(:positions AS bigint[])) AS one(place, kind, key, source, position)"
)


def journal(
    session: Session, tick: int, changes: Sequence[Change], *, price_version: int, seed: int, at: datetime
) -> None:
    """Records the inputs of a decision, in order, and removes those that waited for it."""
    kept = [(place, one) for place, one in enumerate(changes) if one.kind != ERASURE]
    session.execute(
        _JOURNAL,
        {
            "ids": [one.id for one in changes if one.id is not None],
            "tick": tick,
            "price_version": price_version,
            "seed": seed,
            "at": at,
            "places": [place for place, _ in kept],
            "kinds": [one.kind for _, one in kept],
            "keys": [one.key for _, one in kept],
            "sources": [one.source for _, one in kept],
            "positions": [one.position for _, one in kept],
        },
    )


def forget_households(session: Session, taken: Iterable[Change]) -> None:
    """Removes what the engine itself wrote about households that were erased while it had them in hand."""
    erased = sorted({one.key for one in taken if one.kind == ERASURE})
    if erased:
        for table in ("engine_journal", "engine_change"):
            query = text(f"DELETE FROM {table} WHERE kind = 'household' AND key = ANY(:erased)")  # noqa: S608 - two known names
            session.execute(query, {"erased": erased})


def forget_journal(session: Session, before: datetime) -> int:
    """Removes what is older than the journal's life; returns the number of rows."""
    done = session.execute(text("DELETE FROM engine_journal WHERE at < :before"), {"before": before})
    return int(done.rowcount)  # type: ignore[attr-defined]  # a DELETE gives a cursor result


def take_over(session: Session) -> int:
    """Makes the caller the engine in charge; every older epoch is fenced from then on."""
    return int(session.execute(text("UPDATE engine SET epoch = epoch + 1 RETURNING epoch")).scalar_one())


def check_fence(session: Session, epoch: int) -> None:
    """Raises Fenced where another engine has taken over. The row stays locked, so none can until this commits.

    An engine that is frozen meanwhile keeps it for FROZEN_SECONDS at most: then the server ends its transaction.
    """
    found = session.execute(_CHECK, {"silence": f"{FROZEN_SECONDS}s"}).one()
    if found.epoch != epoch:
        raise Fenced(f"epoch {epoch} was taken over by {found.epoch}")
