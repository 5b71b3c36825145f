"""Ingest's own records, read for verification only: what its database holds must be what the topics say.

This is an operator's tool: it connects as ingest's role, which the operator's secrets allow and the scoring service never
uses.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import psycopg

from services.scoring.adapters.counting_places import counting_places
from services.scoring.core.amounts import StateUncountable
from services.scoring.core.comparison import Difference, compare
from services.scoring.core.counters import Counters, Shares, add_into, shares
from services.scoring.core.recompute import Recount
from services.scoring.settings import ScoringSettings
from shared.events import Commitment, Offer, Vacancy
from shared.topics import OFFERS, TERRITORIES, VACANCIES

_TABLES: Final[tuple[tuple[str, str, str, Any], ...]] = (
    (VACANCIES, "vacancy", "id", Vacancy),
    (OFFERS, "offer", "id", Offer),
    (TERRITORIES, "commitment", "key", Commitment),
)
CONNECT_SECONDS: Final = 3


class IngestUnreachable(RuntimeError):
    """Ingest's database does not answer to this operator."""


@dataclass(frozen=True)
class Row:
    """A current row: its version and what it counts, None once withdrawn."""

    topic: str
    subject: str
    version: int
    shares: Shares | None


@dataclass(frozen=True)
class Compared:
    """Entities left out because the topics went on, not on the topics yet, gone from ingest; and what differs."""

    newer: int
    unpublished: int
    unknown: int
    differences: list[Difference]


class IngestTruth:
    """Reads everything at one moment, then compares it with a recount of the topics made after it."""

    def __init__(self, settings: ScoringSettings) -> None:
        self._dsn = settings.database("ingest", "ingest").replace("postgresql+psycopg", "postgresql", 1)
        self._places = counting_places()

    def probe(self) -> None:
        """Raises IngestUnreachable."""
        try:
            with psycopg.connect(self._dsn, connect_timeout=CONNECT_SECONDS) as connection:
                connection.execute("SELECT 1 FROM vacancy LIMIT 1")
        except psycopg.Error as error:
            raise IngestUnreachable(str(error).strip().splitlines()[0]) from error

    def read(self) -> list[Row]:
        """All rows of one snapshot. Raises IngestUnreachable."""
        try:
            with psycopg.connect(self._dsn, connect_timeout=CONNECT_SECONDS) as connection:
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                return [row for table in _TABLES for row in self._rows(connection, *table)]
        except psycopg.Error as error:
            raise IngestUnreachable(str(error).strip().splitlines()[0]) from error

    def _rows(self, connection: psycopg.Connection[Any], topic: str, table: str, key: str, kind: Any) -> Iterator[Row]:
        with connection.cursor(name=f"verify_{table}") as cursor:
            cursor.itersize = 10_000
            cursor.execute(f"SELECT {key}, version, withdrawn_at IS NOT NULL, state FROM {table}")  # noqa: S608 - our own names
            for subject, version, withdrawn, state in cursor:
                counted: Shares | None = None
                if not withdrawn:
                    try:
                        counted = shares(msgspec.convert(state, kind), self._places)
                    except (msgspec.ValidationError, StateUncountable):
                        counted = None
                yield Row(topic, subject, version, counted)

    def compare(self, rows: list[Row], counted: Recount) -> Compared:
        """Rows against the topics. A version that the topics have beyond the row's came after the read, and is left out of
        both sums; one that they have not yet is unpublished."""
        expected: dict[str, Counters] = {}
        found: dict[str, Counters] = {}
        newer = unpublished = 0
        known: dict[str, set[str]] = {topic: set() for topic, *_ in _TABLES}
        for row in rows:
            known[row.topic].add(row.subject)
            latest = counted.latest(row.topic, row.subject)
            if latest is not None and latest[0] > row.version:
                newer += 1
                continue
            if (latest is None and row.shares is not None) or (latest is not None and latest[0] < row.version):
                unpublished += 1
                continue
            for totals, found_shares in ((expected, row.shares), (found, latest[1] if latest else None)):
                for where, counters in found_shares or ():
                    for place in where:
                        add_into(totals.setdefault(place, {}), counters)
        unknown = 0
        for topic, subjects in known.items():
            for subject in counted.subjects(topic):
                latest = counted.latest(topic, subject)
                if subject not in subjects and latest is not None and latest[1] is not None:
                    # First published after the read when it is at its first version; else a row is gone.
                    newer += latest[0] == 1
                    unknown += latest[0] > 1
        differences = compare("ingest", expected, found)
        if unknown:
            differences.append(Difference("ingest", "-", "entities unknown to ingest", 0, unknown))
        return Compared(newer, unpublished, unknown, differences)
