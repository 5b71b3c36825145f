"""Deadlines: UTC instants, computed once, at the end of a day in France; with the version of the rule that gave them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.matching.core.programme import Delay, Unit

PARIS: Final = ZoneInfo("Europe/Paris")
RULE: Final = "fr-days-1"
SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Deadline:
    """What counts is received strictly before `due_at`."""

    due_at: datetime
    rule: str = RULE


def easter(year: int) -> date:
    """Easter Sunday of a Gregorian year (Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e, f = b // 4, b % 4, (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def public_holidays(year: int) -> frozenset[date]:
    """The eleven public holidays of the métropole (code du travail L3133-1)."""
    sunday = easter(year)
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    moving = (sunday + timedelta(days=days) for days in (1, 39, 50))
    return frozenset((*(date(year, month, day) for month, day in fixed), *moving))


def is_working_day(day: date) -> bool:
    """Monday to Friday, not a public holiday (jour ouvré)."""
    return day.weekday() < SATURDAY and day not in public_holidays(day.year)


def _working_days_after(day: date) -> Iterator[date]:
    while True:
        day += timedelta(days=1)
        if is_working_day(day):
            yield day


def end_of_day(day: date) -> datetime:
    """The first instant of the next day in France, UTC."""
    return datetime.combine(day + timedelta(days=1), time(), PARIS).astimezone(UTC)


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
