"""The indexes give what going through everything would: homes that fit, whatever came and went before."""

import random
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.core.eligibility import home_verdict
from services.matching.core.market import Market, Reservation
from services.matching.core.model import Commitment, Home, Household, Post
from services.matching.core.reasons import Eligible
from tests.unit.matching.samples import TODAY, a_home, a_household, a_market
from tests.unit.matching.test_policy import markets

Things = list[Household | Home | Post | Commitment]


def by_rule(market: Market, household: Household) -> set[str]:
    bans = market.bans[household.id]
    return {
        home.id
        for home in market.homes.values()
        if isinstance(home_verdict(household, home, today=TODAY, bans=bans), Eligible)
    }


def homes_are_those_of_the_rules(market: Market, household: Household) -> None:
    """Reserved homes may be given beside; who asks leaves them out."""
    free = {name for name in by_rule(market, household) if not market.is_reserved(name)}
    found = set(market.fitting(household.id, TODAY))
    assert free <= found <= by_rule(market, household)
    assert {name for name in market.homes if market.fits(household.id, name, TODAY)} == free


def posts_are_those_of_the_rules(market: Market, household: Household) -> None:
    near = market.near(household.rome)
    zones = {home.zone for home in market.homes.values()} | {post.zone for post in market.posts.values()}
    found = {
        (post.id, proximity)
        for zone in zones
        for posts in market.suitable_posts(household.rome, zone).values()
        for post, proximity in posts
    }
    assert found == {(post.id, near[post.rome]) for post in market.posts.values() if post.rome in near}


def a_home_changes(market: Market, home: Home, chance: random.Random) -> None:
    """It is reserved, or free again, or comes, or goes."""
    if home.id in market.homes and chance.random() < 0.5:
        if market.release(f"plc {home.id}") is None:
            market.reserve(Reservation(f"plc {home.id}", None, home.id, None, "usr_1", None, open=False))
    elif chance.random() < 0.6:
        market.put_home(home)
    else:
        market.drop_home(home.id)


@settings(max_examples=150)
@given(markets(), st.randoms(use_true_random=False))
def test_homes_that_fit_are_those_of_the_rules_after_any_comings_and_goings(
    things: Things, chance: random.Random
) -> None:
    market = a_market()
    for _ in range(3):
        chance.shuffle(things)
        for thing in things:
            here = chance.random() < 0.6
            match thing:
                case Household() if here:
                    market.put_household(thing)
                case Household():
                    market.drop_household(thing.id)
                case Home():
                    a_home_changes(market, thing, chance)
                case Post() if here:
                    market.put_post(thing)
                case Post():
                    market.drop_post(thing.id)
                case Commitment():
                    market.put_commitment(thing)
            for household in chance.sample(list(market.households.values()), min(2, len(market.households))):
                homes_are_those_of_the_rules(market, household)
                posts_are_those_of_the_rules(market, household)
    for household in market.households.values():
        homes_are_those_of_the_rules(market, household)
        for name in by_rule(market, household):
            assert household.id in market.in_reach(market.homes[name])
        posts_are_those_of_the_rules(market, household)


def test_a_new_day_asks_the_rules_again() -> None:
    market = a_market(a_household(), a_home(available_until=TODAY))
    assert set(market.fitting("hh_1", TODAY)) == {"vac_1"}
    assert set(market.fitting("hh_1", TODAY + timedelta(days=1))) == set()


def test_a_home_that_came_and_went_or_changed_since_a_household_was_asked_about_is_not_among_its_homes() -> None:
    market = a_market(a_household())
    assert set(market.fitting("hh_1", TODAY)) == set()
    market.put_home(a_home("vac_1"))
    market.put_home(a_home("vac_2"))
    market.drop_home("vac_1")
    market.put_home(a_home("vac_2", rent_eur_per_month=9_000.0))
    assert set(market.fitting("hh_1", TODAY)) == by_rule(market, market.households["hh_1"]) == set()
