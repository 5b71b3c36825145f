"""The benchmark's compiled search says prices and guards once more, to leave out what cannot pass: as the engine does."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.matching.price_bounds import ends_or_held, has_waited, price_of, terms_at
from services.matching.core.pricing.candidates import NO_POST, Candidates, Side
from services.matching.core.pricing.decision import Guards, Standing, judge
from services.matching.core.pricing.model import PriceParameters
from services.matching.core.pricing.potentials import faded

PARTIES = 4
PARAMETERS = PriceParameters()
GUARDS = Guards(expiring_days=2.0, longest_hold_days=7.0, longest_wait_days=45.0)
# Beside halves, days at which a guard begins to speak or stops.
DAYS = st.floats(0.0, 80.0) | st.integers(0, 80).map(float)


def standing_of(begins: list[float], lasts: list[float], levels: list[float], held: list[float]) -> Standing:
    standing = Standing()
    for i, (begin, last) in enumerate(zip(begins, lasts, strict=True)):
        standing.admit_household(i, begin)
        standing.open_home(i, begin + last)
        for side in Side:
            course = faded(levels[i] + side, side, begin, begin + last, PARAMETERS)
            standing.quotes(side).put(i, course, begin, begin + last)
    for i, since in enumerate(held):
        standing.hold([i], since)
    return standing


four_days = st.lists(DAYS, min_size=PARTIES, max_size=PARTIES)


@given(
    begins=four_days,
    lasts=st.lists(st.floats(0.5, 60.0), min_size=PARTIES, max_size=PARTIES),
    levels=st.lists(st.floats(0.0, 2.0), min_size=PARTIES, max_size=PARTIES),
    held=st.lists(DAYS, max_size=PARTIES),
    day=DAYS,
)
def test_the_compiled_search_weighs_prices_and_guards_as_the_engine_does(
    begins: list[float], lasts: list[float], levels: list[float], held: list[float], day: float
) -> None:
    standing = standing_of(begins, lasts, levels, held)
    terms = terms_at(day, standing, PARAMETERS, GUARDS)
    for side, courses in zip(Side, (terms.households, terms.homes, terms.posts), strict=True):
        engine = PARAMETERS.weight(side) * standing.quotes(side).at(np.arange(PARTIES), day)
        compiled = [price_of.py_func(courses, i, day) for i in range(PARTIES)]
        assert compiled == pytest.approx(engine.tolist(), abs=1e-12)
    # Where no value is enough, what passes is what a guard lets pass.
    pairs = [(household, home) for household in range(PARTIES) for home in range(PARTIES)]
    of_households, of_homes = zip(*pairs, strict=True)
    every = Candidates.of(of_households, of_homes, [NO_POST] * len(pairs), np.zeros(len(pairs)))
    beyond = replace(PARAMETERS, threshold=np.inf)
    engine_passes = judge(every, standing, day=day, parameters=beyond, guards=GUARDS).passes
    assert engine_passes.tolist() == [
        has_waited.py_func(household, terms) or ends_or_held.py_func(home, terms) for household, home in pairs
    ]


def test_who_is_not_known_costs_nothing_and_is_guarded_by_nothing() -> None:
    terms = terms_at(10.0, standing_of([], [], [], []), PARAMETERS, GUARDS)
    beyond = 5000
    assert price_of.py_func(terms.posts, beyond, 10.0) == 0.0
    assert not has_waited.py_func(beyond, terms)
    assert not ends_or_held.py_func(beyond, terms)


@pytest.mark.parametrize(
    ("day", "waited", "due"), [(44.9, False, True), (45.0, True, True), (28.0, False, False), (28.1, False, True)]
)
def test_guards_speak_from_the_same_instant(day: float, waited: bool, due: bool) -> None:
    standing = standing_of([0.0], [30.0], [1.0], [])  # the home ends on day 30
    terms = terms_at(day, standing, PARAMETERS, GUARDS)
    assert bool(has_waited.py_func(0, terms)) is waited
    assert bool(ends_or_held.py_func(0, terms)) is due
    held = terms_at(day, standing_of([0.0], [90.0], [1.0], [21.0]), PARAMETERS, GUARDS)
    assert bool(ends_or_held.py_func(0, held)) is (day >= 28.0)
