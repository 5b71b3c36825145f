"""Two transactions at the same instant, in an order that the test decides and that no load can change."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy import Engine, event, text

T = TypeVar("T")
_NO_LIMIT: Final = " -c lock_timeout=0"
_WAITING: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def patient(engine: Engine) -> Engine:
    """Lets connections that are yet to be made wait for the server and for locks as long as it takes: a machine that is
    held up is no failure of what a test is about."""
    event.listen(engine, "do_connect", _wait)
    return engine


def _wait(_: Any, __: Any, ___: Any, parameters: dict[str, Any]) -> None:
    parameters["connect_timeout"] = 0
    parameters["options"] = parameters["options"].removesuffix(_NO_LIMIT) + _NO_LIMIT


@contextmanager
def at_the_same_time(database: Engine) -> Iterator[Callable[[Callable[[], T]], "Future[T]"]]:
    """Gives what runs an act in a thread of its own, and returns once it has ended or waits for a lock of the caller's
    open transaction. The caller then commits, leaves, and reads what became of it."""
    with ThreadPoolExecutor(4) as threads:

        def run(act: Callable[[], T]) -> "Future[T]":
            before = _waiting(database)
            done = threads.submit(act)
            while _waiting(database) <= before:
                try:
                    done.exception(timeout=0.01)
                except NotYet:
                    continue
                return done
            return done

        yield run


def _waiting(database: Engine) -> int:
    with database.connect() as connection:
        return int(connection.execute(_WAITING).scalar_one())
