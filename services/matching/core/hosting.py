"""What a commitment can still take: households and persons, at one time or by calendar period."""

from dataclasses import dataclass
from datetime import date
from typing import Final

AT_ONCE: Final = "at_once"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A placement that a commitment carries, or has carried to its end. `persons` None: unknown, counted as one."""

    begun: date
    persons: int | None
    live: bool = True


def period_start(period: str, today: date) -> date | None:
    """First day of the calendar period that a day lies in; None for places at one time."""
    match period:
        case "month":
            return today.replace(day=1)
        case "quarter":
            return today.replace(month=today.month - (today.month - 1) % 3, day=1)
        case "year":
            return today.replace(month=1, day=1)
    return None


def counts(arrival: Arrival, start: date | None) -> bool:
    """Whether an arrival uses a place: while it is live, or for the whole of the period in which it began."""
    return arrival.live if start is None else arrival.begun >= start
