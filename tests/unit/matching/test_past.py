"""Prices learnt from a past window, and the window played again: what prices bring, and when they are not used."""

import random
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from services.matching.adapters.prices import Verdict
from services.matching.core.market import Market
from services.matching.core.model import Home, Household, Post, Priority
from services.matching.core.past import Lessons, Past, Stay, learn_prices, share_of
from services.matching.core.policy import LawfulRanking
from services.matching.core.price_list import NO_PRICES, PriceList
from services.matching.core.pricing.model import PriceParameters
from services.matching.core.shadow_run import Outcome, play
from services.matching.learning import learn
from services.matching.settings import MatchingSettings
from shared.geography import geography
from tests.unit.matching.samples import TODAY, a_home, a_household, a_market, a_post

DAYS = 40.0
PLACES = geography()
TERRITORIES = [one for department in ("15", "12", "48") for one in PLACES.territories_in(department) if one.communes]


@cache
def a_past(seed: int, homes: int = 90, households: int = 150) -> Past:
    """Three départements: some territories are wanted more than others, few homes are accessible, few are large."""
    chance = random.Random(seed)
    supply = [1.0 / (rank + 1) for rank in range(len(TERRITORIES))]

    def place(weights: list[float]) -> tuple[str, str, str]:
        territory = chance.choices(TERRITORIES, weights)[0]
        commune = chance.choice(territory.communes)
        return territory.code, commune, PLACES.zone_of(commune)

    def stay(here: float, mean_days: float) -> Stay:
        begin = 0.0 if chance.random() < here else chance.uniform(0, DAYS)
        return Stay(begin, min(DAYS, begin + chance.expovariate(1 / mean_days)))

    known_households: dict[str, tuple[Household, Stay]] = {}
    for number in range(households):
        size = chance.choice([1, 1, 2, 2, 3, 4, 5])
        one = a_household(
            f"hh_{number:03}",
            size=size,
            wanted=tuple(dict.fromkeys(place(supply[::-1])[0] for _ in range(chance.randint(1, 4)))),
            caseworker=f"usr_{number}",
            waiting_since=TODAY - timedelta(days=chance.randrange(300)),
            priorities=frozenset({Priority.DALO}) if chance.random() < 0.2 else frozenset(),
            accessible_needed=True if chance.random() < 0.12 else None,
            income_eur_per_month=900.0 + 260 * size + chance.uniform(0, 600),
        )
        known_households[one.id] = (one, stay(0.3, 60))
    known_homes: dict[str, tuple[Home, Stay]] = {}
    for number in range(homes):
        rooms = chance.choice([1, 2, 2, 3, 3, 3, 4])
        territory, commune, zone = place(supply)
        home = a_home(
            f"vac_{number:03}",
            territory=territory,
            commune=commune,
            zone=zone,
            typology=f"T{rooms}",
            surface_m2=22.0 * rooms,
            rent_eur_per_month=240.0 + 70 * rooms + chance.uniform(-30, 60),
            accessible=chance.random() < 0.2,
        )
        known_homes[home.id] = (home, stay(0.2, 40))
    known_posts: dict[str, tuple[Post, Stay]] = {}
    for number in range(120):
        _, commune, zone = place(supply)
        post = a_post(f"off_{number:03}", commune=commune, zone=zone, openings=chance.choice([1, 2]))
        known_posts[post.id] = (post, stay(0.3, 30))
    return Past(TODAY, DAYS, known_households, known_homes, known_posts)


def empty() -> Market:
    return a_market()


@cache
def lessons(seed: int) -> Lessons:
    return learn_prices(a_past(seed), empty())


def played(seed: int, prices: PriceList) -> Outcome:
    return play(a_past(seed), empty(), LawfulRanking(prices), lessons(seed).best_worth)


def taught(seed: int = 1) -> PriceList:
    learnt = lessons(seed).prices
    return PriceList(1, learnt.homes, learnt.posts)


def test_the_optimum_bounds_what_any_policy_reaches_and_greedy_comes_near() -> None:
    without = played(2, NO_PRICES)
    assert 0.6 * lessons(2).optimum < without.value <= lessons(2).optimum + 1e-6
    assert without.held == 0


def test_what_few_have_and_many_want_is_dearer() -> None:
    scarce = learn_prices(a_past(1, homes=30), empty()).prices
    plenty = learn_prices(a_past(1, homes=180), empty()).prices
    assert sum(scarce.homes.values()) / len(scarce.homes) > sum(plenty.homes.values()) / len(plenty.homes)


@pytest.mark.parametrize("factor", [1.0, 1.6])
def test_prices_of_another_window_even_too_high_cost_next_to_nothing_against_greedy(factor: float) -> None:
    """The product's own path: the last days played again say how much of the prices is used, later days are others'."""
    policy = LawfulRanking(parameters=PriceParameters().scaled(factor))
    learnt = learn(a_past(1), NO_PRICES, SETTINGS, empty, policy)
    if learnt.verdict is Verdict.USED:
        policy = policy.with_prices(replace(learnt.prices, number=1))
    seeds = (2, 3, 4)
    with_prices = [play(a_past(seed), empty(), policy, lessons(seed).best_worth).value for seed in seeds]
    without = [played(seed, NO_PRICES).value for seed in seeds]
    assert sum(with_prices) >= 0.995 * sum(without)


def test_a_home_is_given_at_the_latest_when_it_has_waited_its_days() -> None:
    """Prices beyond any value: everything waits, and yet nearly as many are placed."""
    absurd = PriceList(1, {f"T{rooms}:{kind}": 99.0 for rooms in range(1, 7) for kind in ("accessible", "other")}, {})
    stopped, without = played(2, absurd), played(2, NO_PRICES)
    assert stopped.held > 20
    assert stopped.placements > 0.6 * without.placements


def test_the_same_window_gives_the_same_bytes_in_any_order() -> None:
    past = a_past(5)
    backwards = Past(
        past.first_day,
        past.days,
        dict(reversed(list(past.households.items()))),
        dict(reversed(list(past.homes.items()))),
        dict(reversed(list(past.posts.items()))),
    )
    assert learn_prices(backwards, empty()).prices.to_bytes() == lessons(5).prices.to_bytes()
    assert play(backwards, empty(), LawfulRanking(taught()), lessons(5).best_worth) == played(5, taught())


def test_the_end_of_a_window_keeps_who_was_there_then() -> None:
    past = a_past(1)
    late = past.since(30.0)
    assert (late.days, late.first_day) == (10.0, TODAY + timedelta(days=30))
    assert late.homes.keys() == {name for name, (_, stay) in past.homes.items() if stay.end_day > 30}
    for name, (_, stay) in late.homes.items():
        before = past.homes[name][1]
        assert stay.end_day == pytest.approx(before.end_day - 30)
        assert stay.begin_day == pytest.approx(max(0.0, before.begin_day - 30))


SETTINGS = MatchingSettings(price_least_households=50, price_shadow_days=14)


def test_a_list_is_used_only_when_playing_the_last_days_again_bears_it_out() -> None:
    good = learn(a_past(2), NO_PRICES, SETTINGS, empty)
    assert good.verdict is (
        Verdict.USED if good.figures["with_prices"] >= good.figures["without"] else Verdict.FALLBACK
    )
    assert good.figures["without"] <= good.figures["optimum"]
    # Prices that the drift cap keeps far too high: what they lose is seen, and the engine is told to do without.
    absurd = PriceList(9, dict.fromkeys(good.prices.homes, 500.0), {})
    bad = learn(a_past(2), absurd, SETTINGS, empty)
    assert bad.figures["with_prices"] < bad.figures["without"]
    assert bad.verdict is Verdict.FALLBACK


def test_too_short_a_past_teaches_nothing() -> None:
    few = learn(a_past(2), NO_PRICES, SETTINGS.model_copy(update={"price_least_households": 151}), empty)
    assert (few.verdict, few.prices) == (Verdict.TOO_LITTLE, NO_PRICES)
    assert few.figures["least_households"] == 151


def test_of_a_large_window_the_same_share_of_each_side_is_learnt_from() -> None:
    whole = a_past(1, homes=900, households=1500)
    drawn = share_of(whole, 500)
    assert drawn.share == pytest.approx(1 / 3)
    sides = ((drawn.households, whole.households), (drawn.homes, whole.homes), (drawn.posts, whole.posts))
    for some, every in sides:
        assert len(some) == pytest.approx(len(every) / 3, rel=0.25)
        assert dict(some).items() <= dict(every).items()
    assert (drawn.first_day, drawn.days) == (whole.first_day, whole.days)
    assert share_of(whole, 500) == drawn
    larger = share_of(whole, 800)
    assert drawn.households.keys() <= larger.households.keys()


def test_a_window_that_is_small_enough_is_learnt_from_whole() -> None:
    whole = a_past(1)
    assert share_of(whole, len(whole.households)) is whole
