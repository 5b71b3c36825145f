"""Walks and their shards in SQL: a walk that is killed goes on where it was, for its plan and what it saw are rows."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlmodel import Session

from services.ingest.core.france_travail.absences import Reading
from services.ingest.core.france_travail.freshness import Ending, WalkSummary
from services.ingest.core.france_travail.offers import Quarantined
from services.ingest.core.france_travail.shards import Cut, Shard

KEPT_WALKS: Final = 30
Sql = Session | Connection
COUNTS: Final = (
    "created",
    "updated",
    "unchanged",
    "quarantined",
    "gone",
    "withdrawn",
    "kept",
    "left_alone",
    "requests",
)
OPEN: Final = (Ending.WALKING, Ending.ABSENCES)


@dataclass(frozen=True)
class WalkRow:
    """A walk as stored; counts that are not known yet are None."""

    id: int
    feed: str
    owner: str
    ending: Ending
    started_at: datetime
    finished_at: datetime | None
    complete: bool | None
    announced: int | None
    unreached: int | None
    seen: int | None
    known: int | None
    absent: int | None
    created: int
    updated: int
    unchanged: int
    quarantined: int
    gone: int
    withdrawn: int
    kept: int
    left_alone: int
    requests: int
    confirmed_at: datetime | None

    @property
    def summary(self) -> WalkSummary:
        return WalkSummary(self.ending, self.started_at, self.finished_at, bool(self.complete))


@dataclass(frozen=True)
class ShardRow:
    """A shard of a walk that is still to be read."""

    number: int
    shard: Shard


def newest(sql: Sql, feed: str, *, limit: int = 1) -> list[WalkRow]:
    """The feed's walks, newest first."""
    rows = sql.execute(
        text("SELECT * FROM feed_walk WHERE feed = :feed ORDER BY id DESC LIMIT :limit"), {"feed": feed, "limit": limit}
    ).mappings()
    return [WalkRow(**{**row, "ending": Ending(row["ending"])}) for row in rows]


def walk_by_id(sql: Sql, walk: int) -> WalkRow:
    """One walk. Raises NoResultFound."""
    row = sql.execute(text("SELECT * FROM feed_walk WHERE id = :walk"), {"walk": walk}).mappings().one()
    return WalkRow(**{**row, "ending": Ending(row["ending"])})


def begin(sql: Sql, feed: str, owner: str, shards: Sequence[Shard], *, at: datetime) -> int:
    """A new walk; those still open or held before it are overtaken. Returns its id."""
    sql.execute(
        text(
            "UPDATE feed_walk SET ending = :abandoned, finished_at = :at WHERE feed = :feed AND ending IN ('walking',"
            " 'absences', 'held')"
        ),
        {"abandoned": Ending.ABANDONED, "at": at, "feed": feed},
    )
    walk: int = sql.execute(
        text(
            "INSERT INTO feed_walk (feed, owner, ending, started_at) VALUES (:feed, :owner, :ending, :at) RETURNING id"
        ),
        {"feed": feed, "owner": owner, "ending": Ending.WALKING, "at": at},
    ).scalar_one()
    _add_shards(sql, walk, None, shards)
    return walk


def pending(sql: Sql, walk: int, *, besides: Iterable[int] = ()) -> ShardRow | None:
    """A shard still to be read, in the order they were made; None when there is none."""
    row = sql.execute(
        text(
            "SELECT number, search FROM feed_shard WHERE walk = :walk AND reading = 'pending' AND number <> ALL(:besides)"
            " ORDER BY number LIMIT 1"
        ),
        {"walk": walk, "besides": list(besides)},
    ).one_or_none()
    return None if row is None else ShardRow(row.number, Shard.from_json(row.search))


def replace_by_parts(sql: Sql, walk: int, number: int, cut: Cut, parts: Sequence[Shard], *, total: int) -> None:
    """The shard's parts stand for it from now on."""
    sql.execute(
        text(
            "UPDATE feed_shard SET reading = 'split', cut = :cut, total = :total WHERE walk = :walk AND number = :number"
        ),
        {"cut": cut, "total": total, "walk": walk, "number": number},
    )
    _add_shards(sql, walk, number, parts)


def _add_shards(sql: Sql, walk: int, parent: int | None, shards: Sequence[Shard]) -> None:
    sql.execute(
        text(
            "INSERT INTO feed_shard (walk, number, parent, search, reading)"
            " SELECT :walk, (SELECT coalesce(max(number), 0) FROM feed_shard WHERE walk = :walk) + part.position, :parent,"
            " part.search, 'pending'"
            " FROM jsonb_array_elements(CAST(:shards AS jsonb)) WITH ORDINALITY AS part (search, position)"
        ),
        {"walk": walk, "parent": parent, "shards": json.dumps([shard.to_json() for shard in shards])},
    )


def read(
    sql: Sql,
    walk: int,
    number: int,
    reading: Reading,
    *,
    total: int | None,
    seen: Sequence[str],
    counts: Mapping[str, int],
) -> None:
    """The shard was read as far as it could; adds what came of it to the walk."""
    sql.execute(
        text(
            "UPDATE feed_shard SET reading = :reading, total = :total, seen = :seen WHERE walk = :walk AND number = :number"
        ),
        {"reading": reading, "total": total, "seen": list(seen), "walk": walk, "number": number},
    )
    count(sql, walk, counts)


def count(sql: Sql, walk: int, counts: Mapping[str, int]) -> None:
    """Adds to the walk's counts, by name of COUNTS."""
    given = {name: amount for name, amount in counts.items() if amount}
    unknown = set(given) - set(COUNTS)
    if unknown:
        raise ValueError(f"no such counts: {sorted(unknown)}")
    if given:
        added = ", ".join(f"{name} = {name} + :{name}" for name in given)
        sql.execute(text(f"UPDATE feed_walk SET {added} WHERE id = :walk"), {**given, "walk": walk})  # noqa: S608


def set_fields(sql: Sql, walk: int, **fields: Any) -> None:
    """Sets columns of a walk by name."""
    columns = ", ".join(f"{name} = :{name}" for name in fields)
    sql.execute(text(f"UPDATE feed_walk SET {columns} WHERE id = :walk"), {**fields, "walk": walk})  # noqa: S608


def readings(sql: Sql, walk: int) -> tuple[list[tuple[Shard, Reading]], list[Shard], int]:
    """Of the leaves that were not read completely: each with its reading; the shards whose parts lack offers; and how many
    offers the walk knows of without having been able to read them.

    A shard cut by ROME code or département lacks what its parts do not announce; one cut by date has no such gap.
    """
    leaves = sql.execute(
        text(
            "SELECT search, reading, total, coalesce(cardinality(seen), 0) AS seen FROM feed_shard"
            " WHERE walk = :walk AND reading NOT IN ('split', 'complete')"
        ),
        {"walk": walk},
    ).all()
    lacking = sql.execute(
        text(
            "SELECT parent.search, parent.total - sum(coalesce(part.total, 0)) AS missing FROM feed_shard parent"
            " JOIN feed_shard part ON part.walk = parent.walk AND part.parent = parent.number"
            " WHERE parent.walk = :walk AND parent.cut IN ('rome', 'departement')"
            " GROUP BY parent.number, parent.search, parent.total"
            " HAVING parent.total > sum(coalesce(part.total, 0))"
        ),
        {"walk": walk},
    ).all()
    unread = sum(max(0, (row.total or 0) - row.seen) for row in leaves)
    return (
        [(Shard.from_json(row.search), Reading(row.reading)) for row in leaves],
        [Shard.from_json(row.search) for row in lacking],
        int(unread + sum(row.missing for row in lacking)),
    )


def announced_so_far(sql: Sql, walk: int) -> int | None:
    """Offers that the roots announce; None until all of them have been asked."""
    row = sql.execute(
        text(
            "SELECT sum(total) AS total, bool_and(total IS NOT NULL) AS known FROM feed_shard"
            " WHERE walk = :walk AND parent IS NULL"
        ),
        {"walk": walk},
    ).one()
    return int(row.total) if row.known else None


def totals(sql: Sql, walk: int) -> tuple[int, int]:
    """(Offers that the roots announced, distinct offers seen)."""
    row = sql.execute(
        text(
            "SELECT (SELECT coalesce(sum(total), 0) FROM feed_shard WHERE walk = :walk AND parent IS NULL) AS announced,"
            " (SELECT count(DISTINCT reference) FROM feed_shard, unnest(seen) AS reference WHERE walk = :walk) AS seen"
        ),
        {"walk": walk},
    ).one()
    return int(row.announced), int(row.seen)


def quarantine(
    sql: Sql, feed: str, walk: int, items: Sequence[Quarantined], released: Sequence[str], *, at: datetime
) -> None:
    """Keeps why each could not be read (an offer without an id is only counted); those read well since leave it."""
    named = {item.reference: item for item in items if item.reference is not None}
    if named:
        sql.execute(
            text(
                "INSERT INTO feed_quarantine (feed, reference, reason, field, value, walk, first_seen_at, seen_at)"
                " VALUES (:feed, :reference, :reason, :field, :value, :walk, :at, :at)"
                " ON CONFLICT (feed, reference) DO UPDATE SET reason = excluded.reason, field = excluded.field,"
                " value = excluded.value, walk = excluded.walk, seen_at = excluded.seen_at"
            ),
            [
                {
                    "feed": feed,
                    "reference": reference,
                    "reason": item.reason,
                    "field": item.field,
                    "value": item.value,
                    "walk": walk,
                    "at": at,
                }
                for reference, item in named.items()
            ],
        )
    if released:
        sql.execute(
            text("DELETE FROM feed_quarantine WHERE feed = :feed AND reference = ANY(:released)"),
            {"feed": feed, "released": list(released)},
        )


def quarantined(sql: Sql, feed: str, *, limit: int = 100) -> tuple[int, list[Mapping[str, Any]]]:
    """How many offers are in quarantine, and the newest of them."""
    total = sql.execute(text("SELECT count(*) FROM feed_quarantine WHERE feed = :feed"), {"feed": feed}).scalar_one()
    rows = sql.execute(
        text("SELECT * FROM feed_quarantine WHERE feed = :feed ORDER BY seen_at DESC, reference LIMIT :limit"),
        {"feed": feed, "limit": limit},
    ).mappings()
    return int(total), [dict(row) for row in rows]


def tidy(sql: Sql, feed: str, walk: int) -> None:
    """After a walk: the shards of earlier ones, quarantined offers that no longer exist, and old walks are forgotten."""
    sql.execute(
        text("DELETE FROM feed_shard WHERE walk IN (SELECT id FROM feed_walk WHERE feed = :feed AND id < :walk)"),
        {"feed": feed, "walk": walk},
    )
    sql.execute(text("DELETE FROM feed_quarantine WHERE feed = :feed AND walk < :walk"), {"feed": feed, "walk": walk})
    sql.execute(
        text(
            "DELETE FROM feed_walk WHERE feed = :feed AND id <= (SELECT id FROM feed_walk WHERE feed = :feed"
            " ORDER BY id DESC OFFSET :kept LIMIT 1)"
        ),
        {"feed": feed, "kept": KEPT_WALKS},
    )
