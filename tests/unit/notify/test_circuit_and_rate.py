"""When an endpoint is left in peace, given up, and held to a rate."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.core import circuit, rate
from services.notify.core.schedule import Answer
from shared.clock import utc_now

NOW = utc_now()
DAY = timedelta(days=1)


def test_the_circuit_is_closed_until_failures_come_in_a_row() -> None:
    assert [circuit.pause(failures, NOW - DAY, NOW) is None for failures in range(7)] == [True] * 5 + [False] * 2


def test_a_pause_grows_with_the_outage_between_ten_seconds_and_half_an_hour() -> None:
    pauses = [
        circuit.pause(5, NOW - timedelta(seconds=seconds), NOW) for seconds in (0, 5, 10, 60, 600, 1800, 7200, 10**6)
    ]
    assert [one.total_seconds() for one in pauses if one] == [10, 10, 10, 60, 600, 1800, 1800, 1800]


def test_many_tries_in_flight_when_a_receiver_goes_down_are_one_outage() -> None:
    assert circuit.pause(16, NOW, NOW) == circuit.SHORTEST_PAUSE


def test_an_overloaded_receiver_is_left_in_peace_as_long_as_it_asks_up_to_an_hour() -> None:
    for status in (429, 503):
        assert circuit.asked_pause(Answer(status, None, "120"), NOW) == timedelta(seconds=120)
        assert circuit.asked_pause(Answer(status, None, "86400"), NOW) == timedelta(hours=1)
        assert circuit.asked_pause(Answer(status, None, None), NOW) is None
    assert circuit.asked_pause(Answer(500, None, "120"), NOW) is None


@pytest.mark.parametrize(
    ("failures", "since", "expected"),
    [
        (1000, 5 * DAY - timedelta(seconds=1), False),
        (1000, 5 * DAY, True),
        (10, 6 * DAY, True),
        (9, 30 * DAY, False),
    ],
)
def test_an_endpoint_is_given_up_after_five_days_of_nothing_but_failure(
    failures: int, since: timedelta, expected: bool
) -> None:
    assert circuit.is_given_up(failures, NOW - since, NOW) is expected


@given(st.integers(1, 60_000), st.lists(st.integers(0, 4000), min_size=5, max_size=60))
def test_no_minute_has_more_than_the_rate_and_a_second_of_burst(per_minute: int, waits_ms: list[int]) -> None:
    at, next_at = NOW, None
    sent: list[tuple[datetime, int]] = []
    for wait in waits_ms:
        at += timedelta(milliseconds=wait)
        places = rate.allowed(per_minute, next_at, at)
        if places:
            next_at = rate.after(places, per_minute, next_at, at)
            sent.append((at, places))
    burst = max(1, per_minute // 60)
    for start, _ in sent:
        within = sum(number for moment, number in sent if start <= moment < start + timedelta(minutes=1))
        assert within <= per_minute + burst


def test_a_rate_is_used_whole_by_one_who_always_has_something_to_send() -> None:
    at, next_at, sent = NOW, None, 0
    for _ in range(600):  # a minute by tenths of a second
        if places := rate.allowed(120, next_at, at):
            next_at = rate.after(places, 120, next_at, at)
            sent += places
        at += timedelta(milliseconds=100)
    assert 115 <= sent <= 122


def test_an_unused_rate_is_not_saved_up() -> None:
    next_at = rate.after(1, 60, None, NOW)
    assert rate.allowed(60, next_at, NOW) == 0
    assert rate.allowed(60, next_at, NOW + timedelta(hours=1)) == 1
