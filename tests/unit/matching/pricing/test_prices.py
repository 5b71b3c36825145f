"""Prices in hindsight, and what a newcomer is worth against them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import milp

from services.matching.core.pricing import duals, history
from services.matching.core.pricing.candidates import NO_POST, Candidates, Side, best_post_of_each_pair
from services.matching.core.pricing.duals import hindsight
from services.matching.core.pricing.history import Presence, learn_trace
from services.matching.core.pricing.model import PastParties, PriceParameters, Trace
from services.matching.core.pricing.near_hindsight import near_hindsight
from services.matching.core.pricing.potentials import KNOTS, Chances, chances, chances_around, course, faded, potentials


def _random_candidates(seed: int, count: int, households: int, homes: int, posts: int) -> Candidates:
    random = np.random.default_rng(seed)
    return Candidates.of(
        random.integers(0, households, count),
        random.integers(0, homes, count),
        random.integers(-1, posts, count),
        random.random(count) + 0.1,
    )


def _integer_optimum(candidates: Candidates, households: int, homes: int, openings: np.ndarray) -> float:
    rows = np.zeros((households + homes + len(openings), len(candidates)))
    every = np.arange(len(candidates))
    rows[candidates.household, every] = 1.0
    rows[households + candidates.home, every] = 1.0
    led = candidates.post != NO_POST
    rows[households + homes + candidates.post[led], every[led]] = 1.0
    limits = np.concatenate([np.ones(households + homes), openings])
    found = milp(
        -candidates.value, constraints=(rows, -np.inf, limits), integrality=np.ones(len(candidates)), bounds=(0, 1)
    )
    return float(-found.fun)


@given(seed=st.integers(0, 10_000), count=st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_prices_cover_every_candidate_and_bound_the_best_placement(seed: int, count: int) -> None:
    candidates = _random_candidates(seed, count, 6, 5, 4)
    openings = np.random.default_rng(seed).integers(1, 3, 4)
    found = hindsight(candidates, 6, 5, openings)
    post_price = np.append(found.post_price, 0.0)  # NO_POST is the last
    cover = (
        found.household_price[candidates.household] + found.home_price[candidates.home] + post_price[candidates.post]
    )
    assert (candidates.value <= cover + 1e-6).all()
    total = found.household_price.sum() + found.home_price.sum() + (found.post_price * openings).sum()
    assert total == pytest.approx(found.bound)
    assert found.bound >= _integer_optimum(candidates, 6, 5, openings) - 1e-6
    assert found.bound == pytest.approx((found.used * candidates.value).sum())


def test_generated_columns_reach_the_optimum_of_all_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    candidates = _random_candidates(3, 3000, 30, 25, 20)
    openings = np.ones(20, np.int64)
    at_once = hindsight(candidates, 30, 25, openings)
    monkeypatch.setattr(duals, "_ALL_AT_ONCE", 0)
    assert hindsight(candidates, 30, 25, openings).bound == pytest.approx(at_once.bound)


@given(seed=st.integers(0, 10_000), count=st.integers(1, 200))
@settings(max_examples=40, deadline=None)
def test_near_prices_cover_every_candidate_and_add_up_to_a_bound(seed: int, count: int) -> None:
    candidates = _random_candidates(seed, count, 12, 10, 4)
    openings = np.random.default_rng(seed).integers(1, 3, 4)
    found = near_hindsight(candidates, 12, 10, openings)
    post_price = np.append(found.post_price, 0.0)  # NO_POST is the last
    cover = (
        found.household_price[candidates.household] + found.home_price[candidates.home] + post_price[candidates.post]
    )
    assert (candidates.value <= cover + 1e-9).all()
    assert min(found.household_price.min(), found.home_price.min(), found.post_price.min()) >= 0.0
    total = found.household_price.sum() + found.home_price.sum() + (found.post_price * openings).sum()
    assert total == pytest.approx(found.bound)
    assert found.bound >= hindsight(candidates, 12, 10, openings).bound - 1e-6


def test_near_prices_are_near_those_of_the_linear_programme_where_posts_are_asked_too_often() -> None:
    candidates = _random_candidates(5, 6000, 150, 120, 60)
    openings = np.ones(60, np.int64)
    exact, near = hindsight(candidates, 150, 120, openings), near_hindsight(candidates, 150, 120, openings)
    free = near_hindsight(candidates, 150, 120, np.full(60, 150))
    assert free.bound > 1.2 * exact.bound  # posts bind, so that their prices matter
    assert near.bound <= 1.01 * exact.bound
    assert near.post_price.sum() == pytest.approx(exact.post_price.sum(), rel=0.15)


def test_a_window_of_many_pairs_is_learnt_by_near_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    candidates = _random_candidates(7, 400, 20, 15, 8)
    always = [Presence(np.zeros(n), np.ones(n)) for n in (20, 15, 8)]
    openings = np.ones(8, np.int64)
    exact = learn_trace(candidates, always[0], always[1], always[2], openings)
    assert exact.bound == hindsight(candidates, 20, 15, openings).bound
    monkeypatch.setattr(history, "LINEAR_UP_TO", 10)
    near = learn_trace(candidates, always[0], always[1], always[2], openings)
    assert near.bound == near_hindsight(candidates, 20, 15, openings).bound != exact.bound


def test_nobody_has_a_price_where_nothing_is_possible() -> None:
    found = hindsight(Candidates.none(), 2, 3, np.ones(1, np.int64))
    assert found.bound == 0.0
    assert not found.household_price.any()
    assert not found.home_price.any()
    assert near_hindsight(Candidates.none(), 2, 3, np.ones(1, np.int64)).bound == 0.0


def _presence(*spans: tuple[float, float]) -> Presence:
    return Presence(np.array([a for a, _ in spans]), np.array([b for _, b in spans]))


def test_parties_that_never_met_are_not_matched_in_hindsight() -> None:
    candidates = Candidates.of([0, 0], [0, 1], [NO_POST, 0], [5.0, 1.0])
    trace = learn_trace(
        candidates, _presence((0, 5)), _presence((5, 9), (0, 9)), _presence((2, 4)), np.ones(1, np.int64)
    )
    assert trace.bound == pytest.approx(1.0)


def potential(
    found: Chances, since_day: float, until_day: float, leave_rate_per_day: float = 0.0, present_share: float = 1.0
) -> float:
    """Of one look at one instant."""
    return float(potentials([found], np.array([since_day]), until_day, leave_rate_per_day, present_share)[0, 0])


@pytest.mark.parametrize("side", list(Side))
def test_a_party_of_the_past_is_worth_its_price_or_more_against_its_own_window(side: Side) -> None:
    """Duality: what a party used by the optimum would fetch equals its price."""
    candidates = _random_candidates(5, 200, 12, 10, 9)
    always = [Presence(np.zeros(n), np.full(n, 90.0)) for n in (12, 10, 9)]
    trace = learn_trace(candidates, always[0], always[1], always[2], np.ones(9, np.int64))
    found = hindsight(candidates, 12, 10, np.ones(9, np.int64))
    served = np.unique(candidates.party(side)[found.used > 0.99])
    served = served[served >= 0]
    assert len(served)
    for index in served.tolist():
        mine = candidates.take(candidates.party(side) == index)
        assert potential(chances(mine, side, trace), 0.0, 90.0) == pytest.approx(
            trace.side(side).price[index], abs=1e-6
        )


def test_a_chance_that_comes_later_counts_for_less_when_one_may_leave_before() -> None:
    later = Chances(np.array([1.0, 0.4]), np.array([10.0, 0.0]), np.array([20.0, 20.0]))
    assert potential(later, 0.0, 30.0) == pytest.approx(1.0)
    assert potential(later, 0.0, 30.0, leave_rate_per_day=0.1) == pytest.approx(0.4 + 0.6 * np.exp(-1.0))
    assert potential(later, 0.0, 5.0) == pytest.approx(0.4)  # gone before the better one comes
    assert potential(later, 25.0, 30.0) == 0.0


def test_a_chance_that_is_there_already_counts_for_its_share_alone() -> None:
    found = Chances(np.array([1.0, 0.4]), np.array([3.0, 5.0]), np.array([20.0, 20.0]))
    assert potential(found, 4.0, 30.0, present_share=0.25) == pytest.approx(0.25 * 1.0 + 0.75 * 0.4)
    assert potential(found, 2.0, 30.0, present_share=0.25) == pytest.approx(1.0)  # it begins later: waiting brings it
    assert potential(found, 6.0, 30.0, present_share=0.0) == 0.0


@given(
    spans=st.lists(st.tuples(st.floats(0.0, 90.0), st.floats(0.1, 40.0), st.floats(0.01, 2.0)), max_size=12),
    shares=st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)),
    since=st.floats(0.0, 60.0),
)
@settings(max_examples=60, deadline=None)
def test_a_price_never_falls_when_what_is_present_counts_for_more(
    spans: list[tuple[float, float, float]], shares: tuple[float, float], since: float
) -> None:
    best_first = sorted(spans, key=lambda span: -span[2])
    begin, length, net = (np.array([span[i] for span in best_first]) for i in range(3))
    found = Chances(net, begin, begin + length)
    low, high = (potential(found, since, 90.0, 0.01, present_share=share) for share in sorted(shares))
    assert low <= high + 1e-12
    assert high <= net.max(initial=0.0) + 1e-12


def _window(begins: list[float]) -> tuple[Candidates, Trace]:
    """A window of 90 days in which a household's only chances are homes that begin on those days and last ten."""
    begin = np.array(begins)
    homes = PastParties(begin, begin + 10.0, np.zeros(len(begin)))
    none = PastParties(np.zeros(0), np.zeros(0), np.zeros(0))
    candidates = Candidates.of([0] * len(begin), range(len(begin)), [NO_POST] * len(begin), np.ones(len(begin)))
    return candidates, Trace(none, homes, none, 0.0)


def test_a_newcomer_is_looked_at_earlier_and_later_too_within_the_window() -> None:
    candidates, trace = _window([2.0, 40.0, 62.0])
    looks = chances_around(
        candidates,
        Side.HOUSEHOLD,
        trace,
        since_day=20.0,
        until_day=50.0,
        first_day=0.0,
        last_day=90.0,
        shift_days=15.0,
    )
    # itself (20 to 50) meets the second; earlier (5 to 35) the first; later (35 to 65) the second and the third
    assert [look.begin_day.tolist() for look in looks] == [[40.0], [17.0], [25.0, 47.0]]
    assert [look.end_day.tolist() for look in looks] == [[50.0], [27.0], [35.0, 57.0]]


def test_a_shift_stops_at_the_window_and_equal_looks_are_one() -> None:
    candidates, trace = _window([2.0, 40.0])
    around = {"first_day": 0.0, "last_day": 90.0, "shift_days": 15.0}
    assert len(chances_around(candidates, Side.HOUSEHOLD, trace, since_day=0.0, until_day=90.0, **around)) == 1
    looks = chances_around(candidates, Side.HOUSEHOLD, trace, since_day=5.0, until_day=90.0, **around)
    assert [look.begin_day.tolist() for look in looks] == [[2.0, 40.0], [7.0, 45.0]]


def test_looks_all_lie_within_the_newcomer_s_own_days() -> None:
    random = np.random.default_rng(4)
    candidates, trace = _window(random.uniform(0.0, 80.0, 60).tolist())
    for look in chances_around(
        candidates, Side.HOUSEHOLD, trace, since_day=30.0, until_day=44.0, first_day=0.0, last_day=90.0
    ):
        assert (np.maximum(look.begin_day, 30.0) < np.minimum(look.end_day, 44.0)).all()
        assert (np.diff(look.net) <= 0.0).all()


def test_a_course_falls_to_nothing_at_the_end() -> None:
    found = Chances(np.array([1.0, 0.4]), np.array([0.0, 0.0]), np.array([4.0, 20.0]))
    still = PriceParameters(home_leave_rate_per_day=0.0, home_fade=1e-9, present_share=1.0)
    prices = course([found, Chances(np.zeros(0), np.zeros(0), np.zeros(0))], Side.HOME, 0.0, 16.0, still)
    assert prices.tolist() == pytest.approx([0.5] * 4 + [0.2] * 12 + [0.0], abs=1e-6)
    assert course([], Side.HOME, 0.0, 16.0, still).tolist() == [0.0] * KNOTS


def test_a_household_s_price_fades_in_its_last_days_only() -> None:
    parameters = PriceParameters(household_fade=1.0, household_fade_days=8.0, home_fade=1.0)
    household = faded(2.0, Side.HOUSEHOLD, 0.0, 16.0, parameters)
    assert household[[0, 8, 12, 16]].tolist() == pytest.approx([2.0, 2.0, 1.0, 0.0])
    home = faded(2.0, Side.HOME, 0.0, 16.0, parameters)
    assert home[[0, 8, 12, 16]].tolist() == pytest.approx([2.0, 1.0, 0.5, 0.0])


def test_only_the_best_posts_of_a_pair_are_kept_in_order() -> None:
    candidates = Candidates.of([0, 0, 0, 1], [2, 2, 2, 2], [0, 1, 2, 0], [0.2, 0.9, 0.5, 0.1])
    assert best_post_of_each_pair(candidates, candidates.value, 2).tolist() == [1, 2, 3]
