"""The chance of a yes: what may enter it, which way it pulls, and whether what is expected comes."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.core.acceptance import WEIGHTS, acceptance, calibration
from services.matching.core.criteria import BY_CODE
from services.matching.core.model import Priority
from services.matching.core.ranking import Option, home_terms, utility, worth
from tests.unit.matching.samples import TODAY, a_home, a_household

LEVELS = st.fixed_dictionaries({code: st.floats(0, 1) for code in WEIGHTS})


def test_only_wishes_and_features_of_home_and_post_enter() -> None:
    assert WEIGHTS.keys() == {"territory_rank", "occupation", "commute", "rooms", "contract"}
    assert all(weight >= 0 for weight in WEIGHTS.values())
    declared = set(BY_CODE["acceptance"].household)
    assert declared == {name for code in WEIGHTS for name in BY_CODE[code].household}
    assert not declared & {"income_eur_per_month", "priorities", "waiting_since", "accessible_needed", "programme"}


@given(LEVELS, st.floats(0, 1))
def test_effort_is_not_looked_at(terms: dict[str, float], effort: float) -> None:
    assert acceptance(terms | {"effort": effort}) == acceptance(terms)


@given(LEVELS, st.sampled_from(sorted(WEIGHTS)), st.floats(0, 1), st.floats(0, 1))
def test_what_is_wished_more_never_counts_less(terms: dict[str, float], code: str, first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert acceptance(terms | {code: low}) <= acceptance(terms | {code: high})


def test_labels_income_and_past_do_not_change_the_chances_of_an_option() -> None:
    one, home = a_household(), a_home()
    for other in (
        replace(one, income_eur_per_month=None),
        replace(one, priorities=frozenset(Priority)),
        replace(one, waiting_since=TODAY),
        replace(one, accessible_needed=True),
    ):
        assert acceptance(home_terms(other, home)) == acceptance(home_terms(one, home))


def test_an_unknown_term_is_neither_good_nor_bad() -> None:
    assert acceptance({}) == acceptance(dict.fromkeys(WEIGHTS, 0.5))


@given(LEVELS, LEVELS)
def test_an_option_better_in_every_term_is_worth_more(first: dict[str, float], second: dict[str, float]) -> None:
    best = {code: max(first[code], second[code]) for code in first}
    home = a_home()
    assert worth(Option(home, None, best, (), utility(best))) >= worth(Option(home, None, first, (), utility(first)))


def test_answers_drawn_as_expected_come_out_calibrated_and_others_do_not() -> None:
    draw = random.Random(11)
    options = [{code: draw.random() for code in WEIGHTS} for _ in range(4000)]
    honest = calibration((terms, draw.random() < acceptance(terms)) for terms in options)
    assert honest.answers == 4000
    assert honest.brier is not None
    assert honest.expected == pytest.approx(honest.accepted, abs=0.02)
    assert all(one.expected == pytest.approx(one.accepted, abs=0.06) for one in honest.bins if one.answers >= 100)
    upside_down = calibration((terms, draw.random() >= acceptance(terms)) for terms in options)
    assert upside_down.brier is not None
    assert upside_down.brier > honest.brier + 0.05
    assert any(abs(one.expected - one.accepted) > 0.2 for one in upside_down.bins)


def test_without_answers_nothing_is_said() -> None:
    assert calibration([]).brier is None
    assert calibration([]).bins == ()
