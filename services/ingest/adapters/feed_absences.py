"""Offers that are published and that a walk did not see, in SQL: found by one join, worked through in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text
from sqlmodel import Session

from services.ingest.core.france_travail.absences import Fate
from services.ingest.core.france_travail.shards import SECOND, Shard

Sql = Session | Connection


@dataclass(frozen=True)
class Absence:
    """An absent offer; `created_at` is its creation date at France Travail, None where that is not known."""

    reference: str
    created_at: datetime | None


def find(sql: Sql, walk: int, owner: str) -> tuple[int, int]:
    """Writes the walk's absences, once. Returns (live offers of the owner, absent ones)."""
    sql.execute(
        text(
            "WITH seen AS MATERIALIZED (SELECT DISTINCT unnest(seen) AS reference FROM feed_shard WHERE walk = :walk)"
            " INSERT INTO feed_absence (walk, reference, created_at)"
            " SELECT :walk, offer.reference, CAST(offer.state ->> 'published_at' AS timestamptz) FROM offer"
            " LEFT JOIN seen ON seen.reference = offer.reference"
            " WHERE offer.owner = :owner AND offer.current AND offer.withdrawn_at IS NULL AND seen.reference IS NULL"
            " ON CONFLICT DO NOTHING"
        ),
        {"walk": walk, "owner": owner},
    )
    absent = sql.execute(text("SELECT count(*) FROM feed_absence WHERE walk = :walk"), {"walk": walk}).scalar_one()
    return live(sql, owner), int(absent)


def live(sql: Sql, owner: str) -> int:
    """Published offers of an owner."""
    found = sql.execute(
        text("SELECT count(*) FROM offer WHERE owner = :owner AND current AND withdrawn_at IS NULL"), {"owner": owner}
    ).scalar_one()
    return int(found)


def holds_offers(sql: Sql, owner: str) -> bool:
    """Whether the owner has a published offer."""
    found = sql.execute(
        text("SELECT EXISTS (SELECT 1 FROM offer WHERE owner = :owner AND current AND withdrawn_at IS NULL)"),
        {"owner": owner},
    ).scalar_one()
    return bool(found)


def leave_unread(sql: Sql, walk: int, failed: Sequence[Shard]) -> int:
    """Leaves alone the absences that could be of a shard that was not read. Returns how many."""
    left = 0
    for shard in failed:
        left += _rows(
            sql,
            "UPDATE feed_absence SET fate = 'left' WHERE walk = :walk AND fate IS NULL"
            " AND (created_at IS NULL OR created_at >= :since AND created_at < :end)",
            {"walk": walk, "since": shard.since, "end": shard.until + SECOND},
        )
    return left


def leave_undecided(sql: Sql, walk: int) -> int:
    """Leaves alone all that were not asked for. Returns how many."""
    return _rows(sql, "UPDATE feed_absence SET fate = 'left' WHERE walk = :walk AND fate IS NULL", {"walk": walk})


def _rows(sql: Sql, statement: str, values: dict[str, object]) -> int:
    """How many rows a statement changed."""
    changed = sql.execute(text(f"WITH changed AS ({statement} RETURNING 1) SELECT count(*) FROM changed"), values)  # noqa: S608
    return int(changed.scalar_one())


def undecided(sql: Sql, walk: int, *, limit: int) -> list[Absence]:
    """Absences whose fate is still open, by reference."""
    rows = sql.execute(
        text(
            "SELECT reference, created_at FROM feed_absence WHERE walk = :walk AND fate IS NULL"
            " ORDER BY reference LIMIT :limit"
        ),
        {"walk": walk, "limit": limit},
    )
    return [Absence(row.reference, row.created_at) for row in rows]


def decide(sql: Sql, walk: int, fates: Sequence[tuple[str, Fate, bool]]) -> None:
    """Writes fates: (reference, fate, whether the absence counted)."""
    if fates:
        sql.execute(
            text(
                "UPDATE feed_absence AS a SET fate = d.fate, counted = d.counted"
                " FROM unnest(CAST(:references AS text[]), CAST(:fates AS text[]), CAST(:counted AS boolean[]))"
                " AS d (reference, fate, counted) WHERE a.walk = :walk AND a.reference = d.reference"
            ),
            {
                "walk": walk,
                "references": [reference for reference, _, _ in fates],
                "fates": [fate.value for _, fate, _ in fates],
                "counted": [counted for _, _, counted in fates],
            },
        )


def absences_in_a_row(sql: Sql, feed: str, walk: int, references: Sequence[str]) -> dict[str, int]:
    """In how many consecutive ended walks before this one each reference was absent, counted, and kept."""
    rows = sql.execute(
        text(
            "WITH earlier AS (SELECT id, row_number() OVER (ORDER BY id DESC) AS back FROM feed_walk"
            "  WHERE feed = :feed AND id < :walk AND ending = 'done'),"
            " asked AS (SELECT unnest(CAST(:references AS text[])) AS reference)"
            " SELECT asked.reference, coalesce((SELECT min(earlier.back) FROM earlier WHERE NOT EXISTS ("
            "   SELECT 1 FROM feed_absence a WHERE a.walk = earlier.id AND a.reference = asked.reference"
            "    AND a.fate = 'kept' AND a.counted)) - 1, (SELECT count(*) FROM earlier)) AS times FROM asked"
        ),
        {"feed": feed, "walk": walk, "references": list(references)},
    )
    return {row.reference: int(row.times) for row in rows}
