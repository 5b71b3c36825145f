"""The re-solve: exact where small, near its own bound where large, never beyond anyone's limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from services.matching.core.pricing.auction import NOBODY, assign
from services.matching.core.pricing.candidates import NO_POST, Candidates
from services.matching.core.pricing.duals import hindsight
from services.matching.core.pricing.resolve import resolve


def _candidates(seed: int, count: int, households: int, homes: int, posts: int) -> Candidates:
    random = np.random.default_rng(seed)
    return Candidates.of(
        random.integers(0, households, count),
        random.integers(0, homes, count),
        random.integers(-1, posts, count),
        random.random(count) * random.choice([0.5, 1.0, 1.5], count) + 0.05,
    )


def _optimum_of_pairs(households: int, homes: int, candidates: Candidates) -> float:
    table = np.zeros((households, homes))
    np.maximum.at(table, (candidates.household, candidates.home), candidates.value)
    rows, columns = linear_sum_assignment(-table)
    return float(table[rows, columns].sum())


@given(seed=st.integers(0, 10_000), count=st.integers(0, 150), homes=st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_the_auction_is_within_its_step_of_an_exact_solver(seed: int, count: int, homes: int) -> None:
    candidates = _candidates(seed, count, 10, homes, 1)
    found = assign(candidates.household, candidates.home, candidates.value, households=10, homes=homes, step=1e-4)
    best = _optimum_of_pairs(10, homes, candidates)
    matched = found.home_of[found.home_of != NOBODY]
    assert len(set(matched.tolist())) == len(matched)
    assert best - 10 * 1e-4 <= found.value <= best + 1e-9
    assert found.bound >= best - 1e-9
    assert found.bound - found.value <= (len(matched) + 1) * 1e-4


def test_a_household_stays_unmatched_rather_than_pay_more_than_its_weight() -> None:
    found = assign(
        np.array([0, 1, 2]), np.array([0, 0, 0]), np.array([0.3, 0.9, 0.6]), households=4, homes=2, step=1e-4
    )
    assert found.home_of.tolist() == [NOBODY, 0, NOBODY, NOBODY]
    assert 0.6 <= found.price[0] <= 0.9 + 2e-4
    assert found.price[1] == 0.0


def _check(candidates: Candidates, rows: np.ndarray, openings: np.ndarray) -> None:
    kept = candidates.take(rows)
    assert len(np.unique(kept.household)) == len(rows)
    assert len(np.unique(kept.home)) == len(rows)
    led = kept.post[kept.post != NO_POST]
    assert (np.bincount(led, minlength=len(openings)) <= openings).all()


@given(seed=st.integers(0, 10_000), count=st.integers(0, 120))
@settings(max_examples=40, deadline=None)
def test_a_small_plan_is_exact_and_keeps_every_limit(seed: int, count: int) -> None:
    candidates = _candidates(seed, count, 8, 7, 3)
    openings = np.random.default_rng(seed).integers(0, 3, 3)
    plan = resolve(candidates, 8, 7, openings)
    _check(candidates, plan.rows, openings)
    assert plan.value == pytest.approx(candidates.value[plan.rows].sum())
    assert plan.value <= plan.bound + 1e-6
    assert plan.value == pytest.approx(_brute_force(candidates, openings), rel=1e-4)


def _brute_force(candidates: Candidates, openings: np.ndarray) -> float:
    """Dynamic programme over homes used and posts left, household by household: no solver."""
    states = {(0, tuple(openings.tolist())): 0.0}
    for household in range(8):
        mine = np.flatnonzero(candidates.household == household)
        following = dict(states)
        for (used, left), value in states.items():
            for row in mine.tolist():
                home, post = int(candidates.home[row]), int(candidates.post[row])
                if used >> home & 1 or (post >= 0 and left[post] < 1):
                    continue
                after = left if post < 0 else (*left[:post], left[post] - 1, *left[post + 1 :])
                key = (used | 1 << home, after)
                following[key] = max(following.get(key, 0.0), value + float(candidates.value[row]))
        states = following
    return max(states.values())


@pytest.mark.parametrize("seed", range(3))
def test_prices_of_posts_bring_a_large_plan_near_its_bound(seed: int) -> None:
    candidates = _candidates(seed, 4000, 150, 120, 240)
    openings = np.random.default_rng(seed).integers(1, 3, 240)
    exact = resolve(candidates, 150, 120, openings)
    assert exact.proven
    plan = resolve(candidates, 150, 120, openings, exact_up_to=0)
    _check(candidates, plan.rows, openings)
    assert plan.bound >= exact.value - 1e-6
    assert 0.99 * exact.value <= plan.value <= exact.value + 1e-6


def test_where_the_linear_optimum_is_not_whole_the_best_whole_plan_is_found_and_proven() -> None:
    fractional = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        candidates = Candidates.of(
            random.integers(0, 8, 120),
            random.integers(0, 7, 120),
            random.integers(0, 3, 120),
            random.random(120) + 0.05,
        )
        openings = np.array([2, 1, 3])
        shares = hindsight(candidates, 8, 7, openings).used
        if not ((shares > 1e-6) & (shares < 1 - 1e-6)).any():
            continue
        fractional += 1
        plan = resolve(candidates, 8, 7, openings)
        _check(candidates, plan.rows, openings)
        assert plan.proven
        assert plan.value == pytest.approx(_brute_force(candidates, openings), rel=1e-6)
    assert fractional >= 3


def test_the_same_plan_comes_from_the_same_stock() -> None:
    candidates = _candidates(9, 500, 40, 30, 10)
    openings = np.ones(10, np.int64)
    assert resolve(candidates, 40, 30, openings).rows.tolist() == resolve(candidates, 40, 30, openings).rows.tolist()


def test_one_more_household_never_makes_a_plan_worth_less() -> None:
    candidates = _candidates(4, 400, 40, 20, 10)
    openings = np.ones(10, np.int64)
    fewer = candidates.take(candidates.household != 7)
    assert resolve(candidates, 40, 20, openings).value >= resolve(fewer, 40, 20, openings).value - 1e-9
