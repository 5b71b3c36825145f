"""What is proposed now, what is held back, and what guards take from prices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.core.pricing.candidates import NO_POST, Candidates, Side
from services.matching.core.pricing.decision import Guards, HoldReason, Standing, decide, take
from services.matching.core.pricing.model import PriceParameters
from services.matching.core.pricing.potentials import faded

PARAMETERS = PriceParameters(
    household_weight=1.0,
    home_weight=1.0,
    post_weight=1.0,
    household_fade=1.0,
    home_fade=1.0,
    post_fade=1.0,
    household_fade_days=20.0,
    threshold=0.1,
)
GUARDS = Guards(expiring_days=2.0, longest_hold_days=7.0, longest_wait_days=45.0)
ONE = Candidates.of([0], [0], [0], [1.0])


def _standing(side: Side, price: float, until: float = 20.0) -> Standing:
    standing = Standing(home_until_day=np.array([until]))
    standing.quotes(side).put(0, faded(price, side, 0.0, until, PARAMETERS), 0.0, until)
    return standing


def test_without_prices_the_most_valued_comes_first() -> None:
    candidates = Candidates.of([0, 1, 2], [0, 0, 1], [NO_POST, 0, 0], [0.5, 0.9, 0.7])
    decision = decide(candidates, Standing(), day=0.0, parameters=PARAMETERS, guards=GUARDS)
    assert decision.order.tolist() == [1, 2, 0]
    assert decision.held == ()


@pytest.mark.parametrize(
    ("side", "reason"),
    [
        (Side.HOUSEHOLD, HoldReason.BETTER_HOME_EXPECTED),
        (Side.HOME, HoldReason.SCARCE_HOME),
        (Side.POST, HoldReason.SCARCE_POST),
    ],
)
def test_a_price_holds_back_and_says_why(side: Side, reason: HoldReason) -> None:
    decision = decide(ONE, _standing(side, 1.0), day=0.0, parameters=PARAMETERS, guards=GUARDS)
    assert decision.order.tolist() == []
    [held] = decision.held
    assert held.reason is reason
    assert held.row == 0


def test_what_is_held_is_proposed_at_the_day_said_if_nothing_changes() -> None:
    standing = _standing(Side.HOME, 1.0)
    [held] = decide(ONE, standing, day=0.0, parameters=PARAMETERS, guards=GUARDS).held
    assert 2.0 <= held.until_day <= 2.5  # the price falls by 0.05 a day, the threshold is 0.1
    before = decide(ONE, standing, day=held.until_day - 0.5, parameters=PARAMETERS, guards=GUARDS)
    assert before.order.tolist() == []
    assert decide(ONE, standing, day=held.until_day, parameters=PARAMETERS, guards=GUARDS).order.tolist() == [0]


def test_no_home_is_held_beyond_the_longest_hold() -> None:
    standing = _standing(Side.HOME, 50.0)
    [held] = decide(ONE, standing, day=1.0, parameters=PARAMETERS, guards=GUARDS).held
    assert held.until_day == 8.0
    standing.home_held_since_day = np.array([1.0])
    [held] = decide(ONE, standing, day=5.0, parameters=PARAMETERS, guards=GUARDS).held
    assert held.until_day == 8.0
    assert decide(ONE, standing, day=8.0, parameters=PARAMETERS, guards=GUARDS).order.tolist() == [0]


def test_days_without_a_candidate_do_not_count_as_held() -> None:
    standing = _standing(Side.HOME, 50.0, until=40.0)
    standing.hold([0], 1.0)
    standing.pause(np.array([0, 7]), 4.0)  # 7 is on no market: nothing happens to it
    assert decide(ONE, standing, day=8.0, parameters=PARAMETERS, guards=GUARDS).order.tolist() == []
    [held] = decide(ONE, standing, day=8.0, parameters=PARAMETERS, guards=GUARDS).held
    assert held.until_day == 12.0
    standing.hold([0], 8.0)
    assert decide(ONE, standing, day=12.0, parameters=PARAMETERS, guards=GUARDS).order.tolist() == [0]


def test_a_pause_holds_no_home_that_was_not_held() -> None:
    standing = _standing(Side.HOME, 50.0, until=40.0)
    standing.open_home(0, 40.0)
    standing.pause(np.array([0]), 4.0)
    [held] = decide(ONE, standing, day=5.0, parameters=PARAMETERS, guards=GUARDS).held
    assert held.until_day == 12.0


def test_a_home_about_to_end_is_no_longer_refused_by_its_price() -> None:
    standing = _standing(Side.HOME, 50.0)
    assert decide(ONE, standing, day=17.9, parameters=PARAMETERS, guards=Guards(2.0, 99.0)).order.tolist() == []
    assert decide(ONE, standing, day=18.1, parameters=PARAMETERS, guards=Guards(2.0, 99.0)).order.tolist() == [0]


def test_a_household_that_has_waited_is_no_longer_refused_by_a_price() -> None:
    standing = _standing(Side.HOUSEHOLD, 50.0)
    standing.household_since_day = np.array([-40.0])
    assert decide(ONE, standing, day=4.9, parameters=PARAMETERS, guards=GUARDS).order.tolist() == []
    assert decide(ONE, standing, day=5.0, parameters=PARAMETERS, guards=GUARDS).order.tolist() == [0]


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(-1, 2), st.floats(0.2, 2.0)), max_size=40
    ),
    openings=st.lists(st.integers(0, 3), min_size=3, max_size=3),
)
@settings(max_examples=100, deadline=None)
def test_what_is_taken_uses_each_party_within_its_limits_and_leaves_nothing_free(
    rows: list[tuple[int, int, int, float]], openings: list[int]
) -> None:
    candidates = Candidates.of(*zip(*rows, strict=True)) if rows else Candidates.none()
    decision = decide(candidates, Standing(), day=0.0, parameters=PARAMETERS, guards=GUARDS)
    kept = candidates.take(take(decision.order, candidates, openings.__getitem__))
    households, homes = kept.household.tolist(), kept.home.tolist()
    used = np.bincount(kept.post[kept.post >= 0], minlength=3)
    assert len(set(households)) == len(households)
    assert len(set(homes)) == len(homes)
    assert (used <= openings).all()
    for household, home, post, _ in rows:
        full = post != NO_POST and used[post] >= openings[post]
        assert household in households or home in homes or full
