"""Decisions with prices: the same limits, the lawful order untouched, and a home that waits is said to wait."""

from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.core.market import Market
from services.matching.core.model import Commitment, Home, Household, Post, Priority
from services.matching.core.options import OptionFinder
from services.matching.core.policy import Held, Inputs, LawfulRanking, Proposal
from services.matching.core.price_list import PriceList, kind_of_home
from services.matching.core.pricing.model import PriceParameters
from tests.unit.matching.playing import count_as_made
from tests.unit.matching.samples import TERRITORY, TODAY, a_home, a_household, a_market, a_post
from tests.unit.matching.test_policy import check_independently, markets

SEED = 7
Things = list[Household | Home | Post | Commitment]
NEVER = PriceParameters(threshold=-100.0)  # prices order, and never refuse

price_lists = st.builds(
    PriceList,
    st.just(1),
    st.dictionaries(
        st.sampled_from([f"T{rooms}:{kind}" for rooms in range(1, 6) for kind in ("accessible", "other")]),
        st.floats(0, 4),
    ),
    st.dictionaries(st.sampled_from(["F1703", "N4101", "F1702"]), st.floats(0, 4)),
)


def decided(market: Market, policy: LawfulRanking, *, cap: int = 20) -> tuple[list[Proposal], list[Home]]:
    """Everyone looked at: what is proposed, counted as made, and what waits."""
    made, held = [], []
    inputs = Inputs(households=frozenset(market.households))
    for one in policy.proposals(market, inputs, today=TODAY, seed=SEED, cap=cap):
        if isinstance(one, Held):
            held.append(one.home)
        else:
            made.append(one)
            count_as_made(market, one)
    return made, held


@settings(max_examples=150)
@given(markets(), price_lists, st.integers(1, 4))
def test_prices_lift_no_limit(things: Things, prices: PriceList, cap: int) -> None:
    market = a_market(*things)
    made, held = decided(market, LawfulRanking(prices), cap=cap)
    assert len({one.household.id for one in made}) == len({one.option.home.id for one in made}) == len(made)
    for one in made:
        check_independently(one)
    assert all(post.leads <= (post.openings or 1) for post in market.posts.values())
    assert all(count <= cap for count in market.open_by_caseworker.values())
    assert not {home.id for home in held} & {one.option.home.id for one in made}


@settings(max_examples=100)
@given(markets(), price_lists)
def test_whoever_could_be_placed_and_is_not_is_kept_waiting_by_a_home_that_is_said_to_wait(
    things: Things, prices: PriceList
) -> None:
    market = a_market(*things)
    _, held = decided(market, LawfulRanking(prices), cap=100)
    waiting = {home.id for home in held}
    for name in market.without_placement():
        for option in OptionFinder(market, market.households[name], today=TODAY, seed=SEED).ranked():
            assert option.home.id in waiting


@settings(max_examples=100)
@given(markets(), price_lists)
def test_a_home_that_may_no_longer_wait_is_given(things: Things, prices: PriceList) -> None:
    market = a_market(*things)
    market.not_to_hold = frozenset(market.homes)
    _, held = decided(market, LawfulRanking(prices), cap=100)
    assert held == []
    for name in market.without_placement():
        assert OptionFinder(market, market.households[name], today=TODAY, seed=SEED).ranked() == []


@settings(max_examples=100)
@given(st.integers(900, 9000), st.integers(900, 9000), st.floats(1.2, 3.0), st.booleans())
def test_neither_income_nor_effort_ever_moves_a_household_before_another(
    first_income: int, second_income: int, price: float, priority: bool
) -> None:
    """Two households that could both have one home: who gets it depends on priority and waiting alone."""
    front = a_household(
        "hh_a",
        waiting_since=date(2026, 5, 1),
        income_eur_per_month=float(first_income),
        priorities=frozenset({Priority.DALO}) if priority else frozenset(),
    )
    behind = a_household("hh_b", waiting_since=date(2026, 9, 1), income_eur_per_month=float(second_income))
    cheap = a_home(rent_eur_per_month=200.0)
    market = a_market(front, behind, cheap, a_post(openings=1))
    made, held = decided(market, LawfulRanking(PriceList(1, {"T3:other": price}, {})))
    if made:
        assert [one.household.id for one in made] == ["hh_a"]
    else:
        assert held == [cheap]


def test_no_price_lets_a_richer_household_pass_one_in_front() -> None:
    """Every price from one that stops nobody to one that stops both."""
    for hundredths in range(100, 260, 2):
        front = a_household("hh_a", waiting_since=date(2026, 5, 1), income_eur_per_month=1300.0)
        behind = a_household("hh_b", waiting_since=date(2026, 9, 1), income_eur_per_month=6000.0)
        market = a_market(front, behind, a_home(), a_post(openings=1))
        made, _ = decided(market, LawfulRanking(PriceList(1, {"T3:other": hundredths / 100}, {})))
        assert [one.household.id for one in made] in (["hh_a"], []), hundredths


def test_between_homes_worth_about_the_same_the_rare_one_is_left_to_others() -> None:
    common, rare = a_home("vac_common", typology="T3"), a_home("vac_rare", typology="T3", accessible=True)
    prices = PriceList(1, {kind_of_home(rare)[0]: 0.8, kind_of_home(common)[0]: 0.1}, {})
    for seed in range(10):
        market = a_market(a_household(), common, rare, a_post())
        inputs = Inputs(households=frozenset({"hh_1"}))
        (made,) = LawfulRanking(prices, NEVER).proposals(market, inputs, today=TODAY, seed=seed, cap=20)
        assert isinstance(made, Proposal)
        assert made.option.home == common


def test_a_household_with_a_priority_gets_the_home_that_others_wait_for() -> None:
    price = PriceList(1, {"T3:other": 2.0}, {})
    ordinary = a_household(waiting_since=TODAY)
    assert decided(a_market(ordinary, a_home(), a_post()), LawfulRanking(price)) == ([], [a_home()])
    first = replace(ordinary, priorities=frozenset({Priority.DALO}))
    made, held = decided(a_market(first, a_home(), a_post()), LawfulRanking(price))
    assert (len(made), held) == (1, [])


def test_who_has_waited_for_long_is_not_kept_waiting_by_a_price() -> None:
    price = PriceList(1, {"T3:other": 9.0}, {})
    long_ago = a_household(waiting_since=TODAY.replace(year=TODAY.year - 2), wanted=(TERRITORY,))
    made, _ = decided(a_market(long_ago, a_home(), a_post()), LawfulRanking(price))
    assert len(made) == 1


def test_equals_take_turns_at_a_home_as_seeds_change() -> None:
    winners = set()
    for seed in range(30):
        market = a_market(a_household("hh_a"), a_household("hh_b"), a_home(), a_post())
        inputs = Inputs(homes=frozenset({"vac_1"}))
        one = next(LawfulRanking().proposals(market, inputs, today=TODAY, seed=seed, cap=20))
        assert isinstance(one, Proposal)
        winners.add(one.household.id)
    assert winners == {"hh_a", "hh_b"}
