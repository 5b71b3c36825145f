"""How a list weighs on the options of a household: quotes before kinds, guards, reasons and ends of what waits."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.core.model import Home, Household, Priority
from services.matching.core.options import OptionFinder
from services.matching.core.policy import Held, Inputs, LawfulRanking, Proposal
from services.matching.core.price_list import PriceList, Quote
from services.matching.core.pricing.decision import HoldReason
from services.matching.core.pricing.potentials import KNOTS
from services.matching.core.ranking import Option, lead_terms, lead_utility, utility
from tests.unit.matching.samples import MASON, TODAY, a_home, a_household, a_market, a_post

NEW = a_household(waiting_since=TODAY)
DAY = float(TODAY.toordinal())


def quote(price: float, days: float = 28.0) -> Quote:
    """Falls evenly from a price today to nothing."""
    return Quote(DAY, DAY + days, tuple(price * (1 - knot / (KNOTS - 1)) for knot in range(KNOTS)))


def decided(
    prices: PriceList, *homes: Home, household: Household = NEW, policy: LawfulRanking | None = None, later: int = 0
) -> Proposal | Held | None:
    """What becomes of a household that looks at some homes, or of the first home that waits."""
    market = a_market(household, *homes, a_post())
    policy = policy or LawfulRanking(prices)
    inputs = Inputs(households=frozenset({household.id}))
    day = TODAY + timedelta(days=later)
    return next(policy.proposals(market, inputs, today=day, seed=1, cap=9), None)


def test_a_home_of_its_own_price_is_not_priced_by_its_kind() -> None:
    dear_kind = PriceList(1, {"T3:other": 9.0})
    assert isinstance(decided(dear_kind, a_home()), Held)
    assert isinstance(decided(replace(dear_kind, quotes={"vac_1": quote(0.0)}), a_home()), Proposal)
    cheap_kind = PriceList(1, {"T3:other": 0.0}, quotes={"vac_1": quote(9.0)})
    assert isinstance(decided(cheap_kind, a_home()), Held)


def test_a_quote_falls_with_time_and_a_home_is_held_no_longer_than_until_it_passes() -> None:
    # 1 - 0.67 x 2 x (1 - day / 28) passes on day 7.5: after the longest hold. With 1.6 on day 2.4.
    late = decided(PriceList(1, quotes={"vac_1": quote(2.0)}), a_home())
    soon = decided(PriceList(1, quotes={"vac_1": quote(1.6)}), a_home())
    assert isinstance(late, Held)
    assert isinstance(soon, Held)
    assert late.days == 7.0
    assert 1.5 < soon.days < 3.0
    listed = PriceList(1, quotes={"vac_1": quote(1.6)})
    assert isinstance(decided(listed, a_home(), later=1), Held)
    assert isinstance(decided(listed, a_home(), later=3), Proposal)


def test_quotes_that_come_later_are_taken_up_without_another_list() -> None:
    first = LawfulRanking(PriceList(4, {"T3:other": 9.0}, base=4))
    assert isinstance(decided(first.prices, a_home(), policy=first), Held)
    more = first.with_quotes(5, {"vac_1": quote(0.0), "vac_other": quote(1.0)})
    assert (more.price_number, more.price_base) == (5, 4)
    assert isinstance(decided(more.prices, a_home(), policy=more), Proposal)
    # The same as a list that was read at once with all its quotes.
    fresh = LawfulRanking(more.prices)
    assert decided(fresh.prices, a_home(), policy=fresh) == decided(more.prices, a_home(), policy=more)


@pytest.mark.parametrize(
    ("prices", "reason"),
    [
        (PriceList(1, {"T3:other": 9.0}), HoldReason.SCARCE_HOME),
        (PriceList(1, {}, {MASON: 9.0}), HoldReason.SCARCE_POST),
        (PriceList(1, {}, {}, {"3:any": 9.0}), HoldReason.BETTER_HOME_EXPECTED),
    ],
)
def test_what_weighs_most_is_the_reason(prices: PriceList, reason: HoldReason) -> None:
    held = decided(prices, a_home())
    assert isinstance(held, Held)
    assert (held.reason, held.days) == (reason, 7.0)


def test_a_home_that_ends_soon_or_was_promised_and_a_household_that_waits_long_are_never_kept_waiting() -> None:
    dear = PriceList(1, {"T3:other": 9.0}, {MASON: 9.0}, {"3:any": 9.0})
    assert isinstance(decided(dear, a_home()), Held)
    assert isinstance(decided(dear, a_home(available_until=TODAY + timedelta(days=1))), Proposal)
    asked = replace(NEW, waiting_since=TODAY - timedelta(days=365))
    assert isinstance(decided(dear, a_home(), household=asked), Proposal)
    market = a_market(NEW, a_home(), a_post())
    policy, inputs = LawfulRanking(dear), Inputs(households=frozenset({"hh_1"}))
    market.not_to_hold = frozenset({"vac_1"})
    assert isinstance(next(policy.proposals(market, inputs, today=TODAY, seed=1, cap=9)), Proposal)
    market.not_to_hold = frozenset()
    assert isinstance(next(policy.proposals(market, inputs, today=TODAY, seed=1, cap=9)), Held)


def test_a_home_with_an_end_waits_until_two_days_before_it() -> None:
    held = decided(PriceList(1, {"T3:other": 90.0}), a_home(available_until=TODAY + timedelta(days=5)))
    assert isinstance(held, Held)
    assert held.days == 3.0


@given(st.floats(0, 3), st.floats(0, 3), st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_a_higher_price_never_turns_a_wait_into_a_proposal(
    low: float, more: float, post: float, household: float, priority: bool
) -> None:
    asking = replace(NEW, priorities=frozenset({Priority.DALO})) if priority else NEW
    listed = [PriceList(1, {"T3:other": price}, {MASON: post}, {"3:any": household}) for price in (low, low + more)]
    cheap, dear = (decided(prices, a_home(), household=asking) for prices in listed)
    assert isinstance(cheap, Proposal) or isinstance(dear, Held)
    # A lawful priority never waits where the same household without it would not.
    if isinstance(decided(listed[0], a_home()), Proposal):
        assert isinstance(decided(listed[0], a_home(), household=replace(NEW, priorities=asking.priorities)), Proposal)


@given(st.integers(900, 9000), st.integers(900, 9000), st.floats(0, 2))
def test_resources_never_say_what_a_household_may_still_expect(first: int, second: int, level: float) -> None:
    """Of one home: whether it is proposed or waits is the same whatever the household earns, as long as it can pay."""
    prices = PriceList(1, {"T3:other": 0.4}, {}, {"3:any": level})
    ends = [
        type(
            decided(
                prices, a_home(rent_eur_per_month=200.0), household=replace(NEW, income_eur_per_month=float(income))
            )
        )
        for income in (first, second)
    ]
    assert ends[0] is ends[1]


@given(st.floats(0, 1), st.floats(0, 60), st.sampled_from([10.0, 35.0]), st.sampled_from(["CDI", "CDD", "MIS"]))
def test_a_post_compared_quickly_is_worth_the_same_to_the_last_digit(
    proximity: float, distance: float, longest: float, contract: str
) -> None:
    finder = OptionFinder(a_market(NEW, a_home(), a_post()), NEW, today=TODAY, seed=1)
    option = finder.option(a_home())
    assert isinstance(option, Option)
    lead = option.lead
    assert lead is not None
    for months in (None, 3.0, 12.0):
        post = a_post(contract=contract, duration_months=months)
        compared = replace(lead, post=post, proximity=proximity)
        compared = replace(compared, commute=replace(lead.commute, distance_km=distance, longest_km=longest))
        assert lead_utility(post, proximity, distance, longest) == utility(lead_terms(compared))
