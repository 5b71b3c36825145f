"""Delays in French days: holidays, weekends, summer time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.core.deadlines import PARIS, deadline
from services.matching.core.programme import Delay, Unit
from shared.working_days import easter, is_working_day, public_holidays

WORKING = Delay(2, Unit.WORKING)


@pytest.mark.parametrize(
    ("year", "sunday"),
    [(2024, (3, 31)), (2025, (4, 20)), (2026, (4, 5)), (2027, (3, 28)), (2038, (4, 25)), (2285, (3, 22))],
)
def test_easter_falls_where_the_calendar_says(year: int, sunday: tuple[int, int]) -> None:
    assert easter(year) == date(year, *sunday)


def test_france_has_eleven_public_holidays() -> None:
    assert public_holidays(2026) == {
        date(2026, *day)
        for day in ((1, 1), (4, 6), (5, 1), (5, 8), (5, 14), (5, 25), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    }


@pytest.mark.parametrize(
    ("start", "last_day"),
    [
        ("2026-11-23T09:00", "2026-11-25"),  # Monday to Wednesday
        ("2026-11-20T18:30", "2026-11-24"),  # Friday evening: the weekend does not count
        ("2026-05-12T10:00", "2026-05-15"),  # Ascension on the 14th
        ("2026-12-24T10:00", "2026-12-29"),  # Christmas, then a weekend
        ("2026-12-30T10:00", "2027-01-04"),  # New Year's day, then a weekend
    ],
)
def test_two_working_days_end_with_the_second_one(start: str, last_day: str) -> None:
    due = deadline(datetime.fromisoformat(start).replace(tzinfo=PARIS), WORKING).due_at
    assert due.astimezone(PARIS) == datetime.combine(
        date.fromisoformat(last_day) + timedelta(days=1), datetime.min.time(), PARIS
    )


def test_the_day_is_the_french_one() -> None:
    # 23:30 UTC on Sunday is already Monday in France.
    due = deadline(datetime(2026, 11, 22, 23, 30, tzinfo=UTC), WORKING).due_at
    assert due == datetime(2026, 11, 25, 23, 0, tzinfo=UTC)


def test_the_end_of_a_day_is_an_hour_earlier_in_utc_in_summer() -> None:
    assert deadline(datetime(2026, 7, 1, 8, tzinfo=UTC), Delay(1, Unit.WORKING)).due_at.hour == 22
    assert deadline(datetime(2026, 12, 1, 8, tzinfo=UTC), Delay(1, Unit.WORKING)).due_at.hour == 23


def test_calendar_days_that_end_on_a_weekend_are_prolonged() -> None:
    ten = Delay(10, Unit.CALENDAR)
    assert deadline(datetime(2026, 11, 18, 9, tzinfo=PARIS), ten).due_at.astimezone(PARIS).date() == date(2026, 12, 1)
    assert deadline(datetime(2026, 11, 23, 9, tzinfo=PARIS), ten).due_at.astimezone(PARIS).date() == date(2026, 12, 4)


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 - hypothesis takes naive bounds
    st.integers(1, 400),
    st.sampled_from(Unit),
)
def test_a_delay_never_ends_early_nor_on_a_day_off(start: datetime, days: int, unit: Unit) -> None:
    begun = start.replace(tzinfo=UTC)
    due = deadline(begun, Delay(days, unit)).due_at
    last_day = (due - timedelta(seconds=1)).astimezone(PARIS).date()
    assert is_working_day(last_day)
    assert (last_day - begun.astimezone(PARIS).date()).days >= days
    assert due > begun
