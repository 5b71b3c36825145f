"""A decision needs the candidates that pass, and one of each other home: a large market finds no more than these."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.matching.core.pricing.candidates import NO_POST, Candidates, Side
from services.matching.core.pricing.decision import Decision, Guards, Standing, decide, judge
from services.matching.core.pricing.model import PriceParameters
from services.matching.core.pricing.potentials import faded
from services.matching.core.pricing.together import take_together

PARAMETERS = PriceParameters(threshold=0.1)
GUARDS = Guards(expiring_days=2.0, longest_hold_days=7.0, longest_wait_days=45.0)
PARTIES = 5
Row = tuple[int, int, int, float]


def standing_of(prices: list[float], untils: list[float], held: list[bool]) -> Standing:
    standing = Standing()
    for i in range(PARTIES):
        standing.open_home(i, untils[i])
        standing.admit_household(i, 0.0)
        for side in Side:
            price = prices[side * PARTIES + i]
            standing.quotes(side).put(i, faded(price, side, 0.0, untils[i], PARAMETERS), 0.0, untils[i])
    standing.hold([i for i in range(PARTIES) if held[i]], 0.0)
    return standing


def said(decision: Decision, candidates: Candidates, openings: list[int]) -> tuple[object, ...]:
    kept = candidates.take(take_together(decision.order, decision.net, candidates, openings.__getitem__))
    homes = sorted(home.home for home in decision.held)
    return list(zip(kept.household.tolist(), kept.home.tolist(), kept.post.tolist(), strict=True)), homes


@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, PARTIES - 1),
            st.integers(0, PARTIES - 1),
            st.integers(NO_POST, PARTIES - 1),
            st.floats(0.2, 2.0),
        ),
        min_size=1,
        max_size=40,
        unique_by=lambda row: row[:3],
    ),
    prices=st.lists(st.floats(0.0, 1.5), min_size=3 * PARTIES, max_size=3 * PARTIES),
    untils=st.lists(st.floats(1.0, 30.0), min_size=PARTIES, max_size=PARTIES),
    held=st.lists(st.booleans(), min_size=PARTIES, max_size=PARTIES),
    openings=st.lists(st.integers(0, 3), min_size=PARTIES, max_size=PARTIES),
    day=st.floats(0.0, 50.0),
)
def test_without_the_others_the_same_is_proposed_and_the_same_homes_are_held(
    rows: list[Row], prices: list[float], untils: list[float], held: list[bool], openings: list[int], day: float
) -> None:
    every = Candidates.of(*zip(*rows, strict=True))
    standing = standing_of(prices, untils, held)
    passes = judge(every, standing, day=day, parameters=PARAMETERS, guards=GUARDS).passes
    first_of_home = np.zeros(len(every), bool)
    first_of_home[np.unique(every.home, return_index=True)[1]] = True
    needed = every.take(np.flatnonzero(passes | first_of_home))
    whole, part = (decide(one, standing, day=day, parameters=PARAMETERS, guards=GUARDS) for one in (every, needed))
    assert said(part, needed, openings) == said(whole, every, openings)
