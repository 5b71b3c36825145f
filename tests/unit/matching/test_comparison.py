"""Days compared: prices that fall short are lowered, given up, and tried whole again after a while."""

from datetime import date, timedelta

from services.matching.core.comparison import ComparedDay, shadow_of
from services.matching.core.pricing.shadow import Shadow, ShadowRules, Verdict

RULES = ShadowRules(window_days=14)
FIRST = date(2026, 11, 1)


def run(pairs: list[tuple[float, float]]) -> list[ComparedDay]:
    """Consecutive days, as the price process keeps them; returns them all."""
    days: list[ComparedDay] = []
    for number, (mine, theirs) in enumerate(pairs):
        today = FIRST + timedelta(days=number + 1)
        after, _ = shadow_of(days, RULES, today).after_day(mine, theirs)
        days.append(ComparedDay(today - timedelta(days=1), mine, theirs, after.price_scale))
    return days


def test_without_days_prices_are_whole() -> None:
    assert shadow_of([], RULES, FIRST) == Shadow(RULES)


def test_what_is_read_back_is_the_state_that_was_kept() -> None:
    state = Shadow(RULES)
    days: list[ComparedDay] = []
    for number, pair in enumerate([(1.0, 1.0), (0.5, 1.0), (0.9, 1.0), (0.2, 1.0), (0.3, 1.0), (0.1, 1.0), (1.0, 1.0)]):
        day = FIRST + timedelta(days=number)
        assert shadow_of(days, RULES, day + timedelta(days=1)) == state
        state, _ = state.after_day(*pair)
        days.append(ComparedDay(day, *pair, state.price_scale))
    assert [one.scale for one in days] == [1.0, 1.0, 0.6, 0.6, 0.6, 0.36, 0.36]


def test_prices_that_keep_falling_short_are_given_up() -> None:
    days = run([(0.5, 1.0)] * 9)
    assert [one.scale for one in days] == [1.0, 1.0, 0.6, 0.6, 0.6, 0.36, 0.36, 0.36, 0.0]
    given_up = shadow_of(days, RULES, days[-1].day + timedelta(days=1))
    assert given_up.after_day(1.0, 1.0)[1] is Verdict.WITHOUT_PRICES


def test_prices_are_tried_whole_again_when_the_window_has_gone_by() -> None:
    days = run([(0.5, 1.0)] * 9)
    last = days[-1].day
    assert shadow_of(days, RULES, last + timedelta(days=14)).price_scale == 0.0
    assert shadow_of(days, RULES, last + timedelta(days=15)) == Shadow(RULES)
    lowered = days[:3]
    assert shadow_of(lowered, RULES, lowered[-1].day + timedelta(days=14)).price_scale == 0.6
    assert shadow_of(lowered, RULES, lowered[-1].day + timedelta(days=15)) == Shadow(RULES)
