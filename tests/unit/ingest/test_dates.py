"""What passing dates make of vacancies and offers."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.core.dates import offer_status, start_of_day, unconfirmed_days, unconfirmed_steps, vacancy_status
from shared.events import OfferStatus, VacancyStatus

TODAY = date(2026, 11, 23)


def status(**changes: object) -> tuple[VacancyStatus, datetime | None]:
    values: dict[str, object] = {
        "today": TODAY,
        "available_from": TODAY,
        "available_until": None,
        "confirmed_on": TODAY,
        "horizon_days": 92,
        "stale_after_days": 45,
    }
    return vacancy_status(**{**values, **changes})


def silent(day: date, seen: int) -> int | None:
    return unconfirmed_days(today=day, confirmed_on=TODAY + timedelta(days=seen), stale_after_days=45)


def told(pair: tuple[VacancyStatus, int | None]) -> tuple[VacancyStatus, int | None]:
    """What an event would tell: only an open vacancy says how long it has not been confirmed."""
    return pair if pair[0] is VacancyStatus.OPEN else (pair[0], None)


def test_a_home_free_soon_is_open() -> None:
    assert status(available_from=date(2026, 12, 1))[0] is VacancyStatus.OPEN


def test_a_home_free_far_ahead_is_upcoming_until_the_horizon() -> None:
    state, changes = status(available_from=TODAY + timedelta(days=100), stale_after_days=400)
    assert (state, changes) == (VacancyStatus.UPCOMING, start_of_day(TODAY + timedelta(days=8)))


def test_a_home_not_confirmed_is_stale_and_then_expires() -> None:
    until = TODAY + timedelta(days=3)
    state, changes = status(confirmed_on=TODAY - timedelta(days=45), available_until=until)
    assert (state, changes) == (VacancyStatus.STALE, start_of_day(until + timedelta(days=1)))


def test_a_home_that_nobody_confirms_is_believed_less_by_steps_before_it_is_stale() -> None:
    assert unconfirmed_steps(45) == (15, 30, 45)
    assert [silent(TODAY + timedelta(days=day), 0) for day in (0, 14, 15, 29, 30, 44)] == [None, None, 15, 15, 30, 30]
    assert status()[1] == start_of_day(TODAY + timedelta(days=15))
    assert status(confirmed_on=TODAY - timedelta(days=15))[1] == start_of_day(TODAY + timedelta(days=15))


def test_a_short_patience_has_fewer_steps() -> None:
    assert unconfirmed_steps(1) == (1,)
    assert unconfirmed_steps(2) == (1, 2)


def test_the_last_day_is_still_open() -> None:
    assert status(available_until=TODAY)[0] is VacancyStatus.OPEN
    assert status(available_until=TODAY - timedelta(days=1))[0] is VacancyStatus.EXPIRED


def test_an_offer_expires_after_its_last_day() -> None:
    assert offer_status(today=TODAY, expires_on=None) == (OfferStatus.OPEN, None)
    assert offer_status(today=TODAY, expires_on=TODAY)[0] is OfferStatus.OPEN
    assert offer_status(today=TODAY + timedelta(days=1), expires_on=TODAY) == (OfferStatus.EXPIRED, None)


def test_a_day_starts_at_midnight_in_france() -> None:
    assert start_of_day(date(2026, 7, 1)) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert start_of_day(date(2026, 12, 1)) == datetime(2026, 11, 30, 23, tzinfo=UTC)


@given(st.integers(-200, 200), st.one_of(st.none(), st.integers(0, 200)), st.integers(-100, 0), st.integers(0, 400))
def test_the_status_only_changes_at_the_announced_instant(
    starts: int, lasts: int | None, seen: int, later: int
) -> None:
    given_values = {
        "available_from": TODAY + timedelta(days=starts),
        "available_until": None if lasts is None else TODAY + timedelta(days=starts + lasts),
        "confirmed_on": TODAY + timedelta(days=seen),
    }
    day = TODAY + timedelta(days=later)
    state, changes = status(**given_values)
    now, then = (state, silent(TODAY, seen)), (status(**given_values, today=day)[0], silent(day, seen))
    if changes is None or start_of_day(TODAY + timedelta(days=later)) < changes:
        assert told(then) == told(now)
    elif start_of_day(TODAY + timedelta(days=later)) == changes:
        assert told(then) != told(now)
