"""When a whole endpoint is left in peace: its circuit opens after failures in a row, and one try now and then probes it.

A pause costs a delivery none of its tries. While the circuit is closed, each delivery follows its own schedule.
"""

from datetime import datetime, timedelta
from typing import Final

from services.notify.core.schedule import Answer, parse_retry_after

OPENS_AFTER: Final = 5  # failed tries in a row
SHORTEST_PAUSE: Final = timedelta(seconds=10)
LONGEST_PAUSE: Final = timedelta(minutes=30)
LONGEST_ASKED: Final = timedelta(hours=1)
_OVERLOADED: Final = frozenset({429, 503})

GIVEN_UP_AFTER: Final = timedelta(days=5)
# Fewer failures than this say too little about five days: the platform itself may have been away.
GIVEN_UP_FAILURES: Final = 10


def pause(failures: int, failing_since: datetime, now: datetime) -> timedelta | None:
    """How long to leave an endpoint in peace after `failures` failed tries in a row; None while the circuit is closed.

    As long as it has been failing, between 10 s and 30 min: tries that were in flight together when a receiver went
    down count as one outage, not as many.
    """
    if failures < OPENS_AFTER:
        return None
    return min(max(now - failing_since, SHORTEST_PAUSE), LONGEST_PAUSE)


def asked_pause(answer: Answer, now: datetime) -> timedelta | None:
    """The pause that an overloaded receiver (429, 503) asks for by Retry-After, one hour at most; None without one."""
    if answer.status not in _OVERLOADED:
        return None
    asked = parse_retry_after(answer.retry_after, now)
    return min(asked, LONGEST_ASKED) if asked else None


def is_given_up(failures: int, failing_since: datetime, now: datetime) -> bool:
    """Whether an endpoint has answered nothing but failure for five days."""
    return failures >= GIVEN_UP_FAILURES and now - failing_since >= GIVEN_UP_AFTER
