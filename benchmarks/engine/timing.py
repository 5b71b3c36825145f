"""Where the time of a decision goes: thinking in memory, and waiting for PostgreSQL. Seconds, added up by name."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
from sqlalchemy import Engine, event

from services.matching.core.market import Market
from services.matching.core.policy import Held, Inputs, LawfulRanking, Proposal


@dataclass(frozen=True, slots=True)
class TimedRanking(LawfulRanking):
    """The engine's policy; what it takes from one proposal to the next is added to `spent["deciding"]`."""

    spent: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float), compare=False)

    def proposals(
        self, market: Market, inputs: Inputs, *, today: date, seed: int, cap: int
    ) -> Iterator[Proposal | Held]:
        found = LawfulRanking.proposals(self, market, inputs, today=today, seed=seed, cap=cap)
        while True:
            begun = time.perf_counter()
            one = next(found, None)
            self.spent["deciding"] += time.perf_counter() - begun
            if one is None:
                return
            yield one


@contextmanager
def waits_timed(database: Engine, spent: defaultdict[str, float]) -> Iterator[None]:
    """Within it, each wait of this process for PostgreSQL is added to `spent["waiting"]`; those for a commit,
    which holds the flush to disk, also to `spent["committing"]`. Statements are counted in `spent["statements"]`, but for
    those of a pipeline."""
    wait = psycopg.Connection.wait
    commit = psycopg.Connection.commit

    def timed(connection: Any, *given: Any, **named: Any) -> Any:
        begun = time.perf_counter()
        try:
            return wait(connection, *given, **named)
        finally:
            spent["waiting"] += time.perf_counter() - begun

    def timed_commit(connection: Any) -> None:
        begun = time.perf_counter()
        commit(connection)
        spent["committing"] += time.perf_counter() - begun

    def counted(*_: Any) -> None:
        spent["statements"] += 1

    event.listen(database, "before_cursor_execute", counted)
    psycopg.Connection.wait = timed  # type: ignore[assignment,method-assign]  # takes whatever the driver gives
    psycopg.Connection.commit = timed_commit  # type: ignore[assignment,method-assign]  # of any row type
    try:
        yield
    finally:
        event.remove(database, "before_cursor_execute", counted)
        psycopg.Connection.wait = wait  # type: ignore[method-assign]
        psycopg.Connection.commit = commit  # type: ignore[method-assign]
