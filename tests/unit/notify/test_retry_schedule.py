"""What an answer means, and when a delivery is tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.core.schedule import JITTER, LONGEST_RETRY_AFTER, PAUSES, Answer, State, parse_retry_after, verdict

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_only_2xx_is_success(status: int) -> None:
    assert verdict(Answer(status), 1, NOW, 0.5).state is State.DELIVERED


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 429, 500, 503])
def test_everything_else_is_tried_again_redirects_included(status: int) -> None:
    assert verdict(Answer(status), 1, NOW, 0.5).state is State.PENDING


def test_no_answer_is_tried_again() -> None:
    assert verdict(Answer(None, "timeout"), 1, NOW, 0.5).state is State.PENDING


def test_410_ends_the_delivery_and_disables_the_endpoint() -> None:
    judged = verdict(Answer(410), 1, NOW, 0.5)
    assert (judged.state, judged.gone, judged.next_at) == (State.DISABLED, True, None)


def test_the_schedule_runs_from_now_to_a_day_and_then_gives_up() -> None:
    waits = []
    for tries in range(1, len(PAUSES)):
        judged = verdict(Answer(500), tries, NOW, 0.0)
        assert judged.next_at is not None
        waits.append((judged.next_at - NOW).total_seconds())
    assert PAUSES[0] == timedelta()
    assert waits == [5, 30, 120, 600, 3600, 21600, 86400]
    assert verdict(Answer(500), len(PAUSES), NOW, 0.0).state is State.FAILED


@given(st.integers(1, len(PAUSES) - 1), st.floats(0, 1, exclude_max=True))
def test_jitter_only_lengthens_a_pause(tries: int, draw: float) -> None:
    judged = verdict(Answer(503), tries, NOW, draw)
    assert judged.next_at is not None
    assert PAUSES[tries] <= judged.next_at - NOW <= PAUSES[tries] * (1 + JITTER)


def test_retry_after_delays_a_retry_and_never_hastens_it() -> None:
    later = verdict(Answer(429, retry_after="90"), 1, NOW, 0.0)
    assert later.next_at == NOW + timedelta(seconds=90)
    sooner = verdict(Answer(429, retry_after="1"), 3, NOW, 0.0)
    assert sooner.next_at == NOW + timedelta(minutes=2)


def test_retry_after_is_capped() -> None:
    judged = verdict(Answer(503, retry_after="999999999"), 1, NOW, 0.0)
    assert judged.next_at == NOW + LONGEST_RETRY_AFTER


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, 0),
        ("120", 120),
        (" 7 ", 7),
        ("Mon, 23 Nov 2026 09:01:00 GMT", 60),
        ("Mon, 23 Nov 2026 08:00:00 GMT", 0),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("", 0),
        ("٣", 0),
        ("9" * 40, 0),
        ("Mon, 99 Nov 2026 09:01:00 GMT", 0),
    ],
)
def test_retry_after_is_read_in_both_forms_and_nonsense_is_no_wait(text: str | None, seconds: int) -> None:
    assert parse_retry_after(text, NOW) == timedelta(seconds=seconds)
