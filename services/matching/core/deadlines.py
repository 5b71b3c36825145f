"""Deadlines: UTC instants, computed once, at the end of a day in France; with the version of the rule that gave them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.matching.core.programme import Delay, Unit
from shared.working_days import is_working_day

PARIS: Final = ZoneInfo("Europe/Paris")
RULE: Final = "fr-days-1"


@dataclass(frozen=True, slots=True)
class Deadline:
    """What counts is received strictly before `due_at`."""

    due_at: datetime
    rule: str = RULE


def _working_days_after(day: date) -> Iterator[date]:
    while True:
        day += timedelta(days=1)
        if is_working_day(day):
            yield day


def end_of_day(day: date) -> datetime:
    """The first instant of the next day in France, UTC."""
    return datetime.combine(day + timedelta(days=1), time(), PARIS).astimezone(UTC)


def last_day(due_at: datetime) -> date:
    """The last day in France that lies before `due_at`."""
    return (due_at - timedelta(seconds=1)).astimezone(PARIS).date()


def deadline(start: datetime, delay: Delay) -> Deadline:
    """The end of the delay that starts with the day after `start`.

    A delay in calendar days that ends on a day that is not worked is prolonged to the next one that is (as CCH R441-10 and
    the code de procédure civile 642 do).
    """
    day = start.astimezone(PARIS).date()
    if delay.unit is Unit.WORKING:
        following = _working_days_after(day)
        for _ in range(delay.days):
            day = next(following)
        return Deadline(end_of_day(day))
    day += timedelta(days=delay.days)
    return Deadline(end_of_day(day if is_working_day(day) else next(_working_days_after(day))))
