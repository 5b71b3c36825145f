"""Rate limit of an endpoint: so many deliveries a minute, evenly, with one second's worth at once.

One instant says all (a leaky bucket by its next free place), so that dispatchers share it in a row of SQL.
"""

from datetime import datetime, timedelta
from typing import Final

BURST: Final = timedelta(seconds=1)


def allowed(per_minute: int, next_at: datetime | None, now: datetime) -> int:
    """How many may be sent now."""
    interval = timedelta(minutes=1) / per_minute
    most = max(1, BURST // interval)
    if next_at is None:
        return most
    return 0 if next_at > now else min(most, (now - next_at) // interval + 1)


def after(taken: int, per_minute: int, next_at: datetime | None, now: datetime) -> datetime:
    """The next free place after `taken` were sent at `now`."""
    interval = timedelta(minutes=1) / per_minute
    earliest = now - (max(1, BURST // interval) - 1) * interval
    return max(earliest, next_at or earliest) + taken * interval
