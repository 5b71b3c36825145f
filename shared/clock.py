"""The two clocks: the only module that reads the time of day.

*Technical* time (leases, timeouts, tokens, log lines) is the machine's and is never altered. *Business* time
(deadlines, reminders, availability, retention) is technical time plus an offset row kept in each service's database;
the offset only moves forward, and only where ANCRAGE_TEST_CLOCK=1.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from sqlalchemy import Engine

PARIS = ZoneInfo("Europe/Paris")


def utc_now() -> datetime:
    """Technical time, timezone-aware UTC."""
    return datetime.now(UTC)


def isoformat(moment: datetime) -> str:
    """RFC 3339 with milliseconds and Z, as events carry it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def paris_date(moment: datetime) -> date:
    """The calendar day in France at that instant."""
    return moment.astimezone(PARIS).date()


class BusinessClock:
    """Business time of one database. The offset is read at most once a second; `advance` writes it."""

    def __init__(self, engine: "Engine", *, movable: bool = False, technical: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._movable = movable
        self._technical = technical
        self._lock = threading.Lock()
        self._offset = timedelta()
        self._read_at: float | None = None

    def now(self) -> datetime:
        """Business time, timezone-aware UTC."""
        if not self._movable:
            return self._technical()
        with self._lock:
            if self._read_at is None or time.monotonic() - self._read_at > 1.0:
                # Here, for the processes that only want the technical time: a third of a second of their start.
                from sqlalchemy import text

                with self._engine.connect() as connection:
                    seconds = connection.execute(text("SELECT offset_seconds FROM business_clock")).scalar_one()
                self._offset = timedelta(seconds=seconds)
                self._read_at = time.monotonic()
            return self._technical() + self._offset

    def today(self) -> date:
        """Business day in France."""
        return paris_date(self.now())

    def advance(self, by: timedelta) -> None:
        """Moves business time forward. Raises PermissionError without ANCRAGE_TEST_CLOCK=1, ValueError backwards."""
        if not self._movable:
            raise PermissionError("the business clock moves only with ANCRAGE_TEST_CLOCK=1")
        if by < timedelta():
            raise ValueError("the business clock never goes back")
        from sqlalchemy import text

        with self._engine.begin() as connection:
            connection.execute(
                text("UPDATE business_clock SET offset_seconds = offset_seconds + :by"), {"by": int(by.total_seconds())}
            )
        with self._lock:
            self._read_at = None
