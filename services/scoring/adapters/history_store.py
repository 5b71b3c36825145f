"""The history in SQL: written by the historian, read by the API."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, text

from services.scoring.core.generation import Generation
from services.scoring.core.history import Day, Entry, Mark


def marks(connection: Connection, codes: Iterable[str]) -> dict[str, Mark]:
    """The newest change kept of each of these territories."""
    rows = connection.execute(
        text(
            "SELECT wanted.code, newest.generation, newest.position, newest.said FROM unnest(CAST(:codes AS text[]))"
            " AS wanted (code) CROSS JOIN LATERAL (SELECT generation, position, said FROM score_change"
            " WHERE code = wanted.code ORDER BY id DESC LIMIT 1) AS newest"
        ),
        {"codes": sorted(set(codes))},
    )
    return {row.code: Mark(Generation.parse(row.generation).epoch, row.position, bytes(row.said)) for row in rows}


def keep(connection: Connection, entries: Sequence[Entry], days: Sequence[Day]) -> None:
    """Writes changes, in order, and the days that they make or go on with."""
    if not entries:
        return
    connection.execute(
        text(
            "INSERT INTO score_change (code, published_at, as_of, generation, position, said, state)"
            " VALUES (:code, :published_at, :as_of, :generation, :position, :said, CAST(:state AS jsonb))"
        ),
        [
            {
                "code": one.code,
                "published_at": one.published_at,
                "as_of": one.as_of,
                "generation": one.generation,
                "position": one.position,
                "said": one.said,
                "state": orjson.dumps(one.state).decode(),
            }
            for one in entries
        ],
    )
    connection.execute(
        text(
            "INSERT INTO score_day AS known (code, day, changes, lowest_score, highest_score, as_of, state)"
            " VALUES (:code, :day, :changes, :lowest_score, :highest_score, :as_of, CAST(:state AS jsonb))"
            " ON CONFLICT (code, day) DO UPDATE SET changes = known.changes + excluded.changes,"
            " lowest_score = LEAST(known.lowest_score, excluded.lowest_score),"
            " highest_score = GREATEST(known.highest_score, excluded.highest_score),"
            " as_of = excluded.as_of, state = excluded.state"
        ),
        [
            {
                "code": one.code,
                "day": one.day,
                "changes": one.changes,
                "lowest_score": one.lowest_score,
                "highest_score": one.highest_score,
                "as_of": one.last.as_of,
                "state": orjson.dumps(one.last.state).decode(),
            }
            for one in days
        ],
    )


def forget(connection: Connection, *, changes_before: datetime, days_before: date) -> int:
    """Removes what is older, but never the newest of a territory: it still holds. Returns how many rows."""
    changes = connection.execute(
        text(
            "DELETE FROM score_change AS old WHERE published_at < :before"
            " AND EXISTS (SELECT 1 FROM score_change AS newer WHERE newer.code = old.code AND newer.id > old.id)"
        ),
        {"before": changes_before},
    ).rowcount
    days = connection.execute(
        text(
            "DELETE FROM score_day AS old WHERE day < :before AND EXISTS"
            " (SELECT 1 FROM score_day AS newer"
            " WHERE newer.code = old.code AND newer.day > old.day AND newer.day <= :before)"
        ),
        {"before": days_before},
    ).rowcount
    return int(changes + days)


@dataclass(frozen=True)
class HistoryReader:
    """The API's side. Lists are newest first."""

    engine: Engine

    def changes(
        self, code: str, *, begin: datetime | None, end: datetime | None, before: int | None, limit: int
    ) -> list[dict[str, Any]]:
        """Published changes from `begin` on and before `end`, those of a smaller id than `before`; each with its `id`."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT id, published_at, as_of, generation, state FROM score_change WHERE code = :code"
                    " AND published_at >= COALESCE(:begin, '-infinity'::timestamptz)"
                    " AND published_at < COALESCE(:end, 'infinity'::timestamptz)"
                    " AND id < COALESCE(:before, 9223372036854775807) ORDER BY id DESC LIMIT :limit"
                ),
                {"code": code, "begin": begin, "end": end, "before": before, "limit": limit},
            )
            return [row._asdict() for row in rows]

    def days(self, code: str, *, begin: date, end: date) -> list[dict[str, Any]]:
        """One row for each day between the two, both included, that has a state: that of the last change on it or before
        it (`changes` 0: nothing changed that day)."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT CAST(every.day AS date) AS day, known.day AS of_day, known.changes, known.lowest_score,"
                    " known.highest_score, known.as_of, known.state"
                    " FROM generate_series(CAST(:begin AS date), CAST(:end AS date), interval '1 day') AS every (day)"
                    " CROSS JOIN LATERAL (SELECT * FROM score_day WHERE code = :code AND score_day.day <= every.day"
                    " ORDER BY score_day.day DESC LIMIT 1) AS known ORDER BY every.day DESC"
                ),
                {"code": code, "begin": begin, "end": end},
            )
            return [row._asdict() for row in rows]
