"""Technical and business time, without a database where the clock needs none."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import StaticPool

from shared.clock import BusinessClock, isoformat, paris_date, utc_now

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def engine() -> Engine:
    """The clock's one row; its SQL is plain enough for SQLite, the migration is tested on PostgreSQL."""
    made = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE business_clock (offset_seconds INTEGER NOT NULL)"))
        connection.execute(text("INSERT INTO business_clock VALUES (0)"))
    return made


def unreachable() -> Engine:
    return create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 1})


def test_technical_time_knows_its_zone() -> None:
    assert utc_now().utcoffset() == timedelta()


@given(st.datetimes(timezones=st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))))
def test_an_event_time_is_utc_with_milliseconds_and_reads_back_as_the_same_instant(moment: datetime) -> None:
    assume(2 < moment.year < 9998)
    said = isoformat(moment)
    assert said.endswith("Z")
    assert len(said) == len("2026-11-23T08:54:59.120Z")
    assert timedelta() <= moment - datetime.fromisoformat(said) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 7, 1, 21, 59, tzinfo=UTC), date(2026, 7, 1)),  # summer: UTC+2
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), date(2026, 7, 2)),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), date(2026, 12, 31)),  # winter: UTC+1
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_a_day_is_the_day_in_paris(moment: datetime, day: date) -> None:
    assert paris_date(moment) == day


def test_a_clock_that_may_not_move_is_technical_time_and_asks_no_database() -> None:
    clock = BusinessClock(unreachable(), technical=lambda: NOON)
    assert clock.now() == NOON
    assert clock.today() == date(2026, 11, 23)


def test_only_a_test_clock_moves(engine: Engine) -> None:
    with pytest.raises(PermissionError, match="ANCRAGE_TEST_CLOCK"):
        BusinessClock(engine).advance(timedelta(days=1))


def test_business_time_moves_forward_and_adds_up(engine: Engine) -> None:
    clock = BusinessClock(engine, movable=True, technical=lambda: NOON)
    assert clock.now() == NOON
    clock.advance(timedelta(days=2))
    clock.advance(timedelta(hours=12))
    assert clock.now() == NOON + timedelta(days=2, hours=12)
    assert clock.today() == date(2026, 11, 26)


def test_business_time_never_goes_back(engine: Engine) -> None:
    clock = BusinessClock(engine, movable=True, technical=lambda: NOON)
    with pytest.raises(ValueError, match="never goes back"):
        clock.advance(timedelta(seconds=-1))
    assert clock.now() == NOON


def test_every_process_of_a_service_has_the_same_business_time(engine: Engine) -> None:
    BusinessClock(engine, movable=True, technical=lambda: NOON).advance(timedelta(days=30))
    assert BusinessClock(engine, movable=True, technical=lambda: NOON).now() == NOON + timedelta(days=30)
