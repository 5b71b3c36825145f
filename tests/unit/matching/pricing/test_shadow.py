"""Prices that bring less than greedy are lowered, then given up; those that merely wait are kept."""

import pytest

from services.matching.core.pricing.shadow import Shadow, ShadowRules, Verdict


def _after(days: list[tuple[float, float]], shadow: Shadow | None = None) -> tuple[Shadow, list[Verdict]]:
    shadow = shadow or Shadow()
    verdicts = []
    for engine, greedy in days:
        shadow, verdict = shadow.after_day(engine, greedy)
        verdicts.append(verdict)
    return shadow, verdicts


def test_prices_that_trail_a_little_are_kept() -> None:
    shadow, verdicts = _after([(93.0, 100.0)] * 20)
    assert shadow.price_scale == 1.0
    assert verdicts == [Verdict.TOO_SOON] * 2 + [Verdict.KEPT] * 18


def test_prices_that_hold_everything_back_are_lowered_on_the_third_day() -> None:
    shadow, verdicts = _after([(5.0, 100.0)] * 3)
    assert verdicts[-1] is Verdict.LOWERED
    assert shadow.price_scale == pytest.approx(0.6)
    assert shadow.days == ()  # the lower prices are judged on their own days


def test_prices_that_fail_however_low_are_given_up_for_good() -> None:
    shadow, verdicts = _after([(5.0, 100.0)] * 12)
    assert verdicts.count(Verdict.LOWERED) == 2
    assert shadow.price_scale == 0.0
    assert _after([(200.0, 100.0)] * 5, shadow)[0].price_scale == 0.0


def test_an_old_failure_is_forgotten_after_the_window() -> None:
    rules = ShadowRules(window_days=4, first_days=2, margin=0.1)
    shadow, verdicts = _after([(100.0, 100.0), (90.0, 100.0), (60.0, 60.0), (60.0, 60.0), (54.5, 60.0)], Shadow(rules))
    assert set(verdicts[1:]) == {Verdict.KEPT}
    assert len(shadow.days) == 4


def test_days_without_any_value_change_nothing() -> None:
    assert _after([(0.0, 0.0)] * 6)[0].price_scale == 1.0
