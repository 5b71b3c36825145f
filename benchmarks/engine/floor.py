"""The least that a decision can cost here: one row inserted and committed, on the same database, in turn with decisions."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Engine

_KEPT: Final = "x" * 200


@contextmanager
def floor_of(database: Engine) -> Iterator[Callable[[], float]]:
    """Seconds of an insert and its commit, in one round trip, on a connection of its own to the benchmark's database."""
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CREATE TABLE benchmark_floor (id bigint GENERATED ALWAYS AS IDENTITY, kept text)")
        driver = connection.connection.driver_connection
        assert driver is not None

        def insert() -> float:
            begun = time.perf_counter()
            driver.execute("INSERT INTO benchmark_floor (kept) VALUES (%s)", (_KEPT,))
            return time.perf_counter() - begun

        yield insert
