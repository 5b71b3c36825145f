"""Housing benefit is estimated by the published formula, on the prudent side, and not where it cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.core.budget import budget
from services.matching.core.housing_aid import Composition, aid_eur_per_month
from services.matching.core.model import Home, Household
from tests.unit.matching.samples import a_home, a_household


def aid(household: Household, home: Home) -> float | None:
    known = budget(household, home)
    return known.aid_eur_per_month if known else None


ALONE = Composition(couple=False, dependants=0)
WHO = st.builds(Composition, st.booleans(), st.integers(0, 9))


def test_a_person_alone_without_resources_gets_the_ceiling_less_the_least_share() -> None:
    # L 272.12 + C 60.59 - P0 39.56 - 5 = 288.15, less 0.5 % of CRDS.
    assert aid_eur_per_month(400.0, 0.0, ALONE) == pytest.approx(286.71, abs=0.01)


def test_a_couple_with_a_child_and_wages_worked_out_by_hand() -> None:
    # L 369.88, C 74.33; R - R0 = 15000 - 8947 = 6053; RL = 369.88 / 399.89 = 0.92495; TL = 0.00135 + 0.0068 x 0.17495
    # = 0.0025397; Tp = 0.0295397; share 39.56 + 178.80 = 218.36; (444.21 - 218.36 - 5) x 0.995 = 219.74.
    assert aid_eur_per_month(410.0, 15000.0, Composition(True, 1)) == pytest.approx(219.74, abs=0.02)


def test_a_rent_far_beyond_the_ceiling_ends_the_aid() -> None:
    full, none = aid_eur_per_month(2.5 * 272.12, 0.0, ALONE), aid_eur_per_month(3.1 * 272.12, 0.0, ALONE)
    half = aid_eur_per_month(2.8 * 272.12, 0.0, ALONE)
    assert none == 0.0
    assert half == pytest.approx(full / 2, abs=0.02)


@given(st.floats(50, 900), st.floats(0, 60_000), st.floats(0, 60_000), WHO)
def test_more_resources_never_bring_more_aid_and_none_is_negative(
    rent: float, first: float, second: float, who: Composition
) -> None:
    low, high = sorted((first, second))
    assert aid_eur_per_month(rent, low, who) >= aid_eur_per_month(rent, high, who) >= 0.0


@given(st.floats(50, 900), st.floats(0, 60_000), WHO)
def test_the_aid_never_exceeds_rent_and_charges_of_the_scale(rent: float, income: float, who: Composition) -> None:
    assert aid_eur_per_month(rent, income, who) <= rent + 60.59 + 13.74 * who.dependants


def test_what_is_unknown_is_taken_where_it_gives_least() -> None:
    home = a_home()
    unknown, couple, alone = (aid(a_household(size=2, adults=adults), home) for adults in (None, 2, 1))
    assert unknown is not None
    assert couple is not None
    assert alone is not None
    assert unknown == min(couple, alone)
    assert couple != alone


def test_nothing_is_estimated_without_resources_or_outside_mainland_france() -> None:
    assert aid(a_household(income_eur_per_month=None), a_home()) is None
    assert aid(a_household(), a_home(commune="97411")) is None
    assert aid(a_household(), a_home()) is not None
    assert budget(a_household(income_eur_per_month=None), a_home()) is None
    overseas = budget(a_household(income_eur_per_month=1000.0, size=2), a_home(commune="97411"))
    assert overseas is not None
    assert overseas.effort == overseas.effort_before_aid == pytest.approx(0.41)
    assert overseas.left_eur_per_day == pytest.approx(590 / 2 / 30)
