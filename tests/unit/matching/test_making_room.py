"""Room made in the benchmark: nobody loses the place that the lawful order gave, or more than the bound, by it."""

import itertools
from collections import Counter
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.matching.room import Call, Rules, decided
from services.matching.core.model import Commitment, Home, Household, Post
from services.matching.core.options import OptionFinder
from services.matching.core.policy import Inputs, Proposal, in_lawful_order
from services.matching.core.ranking import Option, worth
from tests.unit.matching.samples import TERRITORY, TODAY, a_commitment, a_home, a_household, a_market, a_post
from tests.unit.matching.test_policy import SEED, check_independently, everyone, markets

Things = list[Household | Home | Post | Commitment]
FRONT, BEHIND = date(2020, 1, 1), date(2026, 1, 1)


def made(things: Things, rules: Rules | None, *, cap: int = 20, inputs: Inputs | None = None) -> dict[str, Proposal]:
    market = a_market(*things)
    call = Call(inputs or everyone(market), TODAY, SEED, cap)
    return {one.household.id: one for one in decided(market, call, rules)}


@settings(max_examples=200, deadline=None)
@given(markets(), st.integers(1, 4), st.sampled_from([0.5, 0.9, 1.0]), st.integers(1, 2))
def test_everyone_served_stays_served_within_the_bound_and_every_limit_holds(
    things: Things, cap: int, gives_way: float, longest: int
) -> None:
    strict = made(things, None, cap=cap)
    found = made(things, Rules(gives_way, longest), cap=cap)
    assert strict.keys() <= found.keys()
    for name, one in strict.items():
        assert worth(found[name].option) >= gives_way * worth(one.option)
    market = a_market(*things)
    homes = Counter(one.option.home.id for one in found.values())
    assert max(homes.values(), default=0) <= 1
    for name, count in Counter(one.option.lead.post.id for one in found.values() if one.option.lead).items():
        assert count <= (market.posts[name].openings or 1)
    assert all(count <= cap for count in Counter(one.household.caseworker for one in found.values()).values())
    emile = [one for one in found.values() if one.household.programme == "emile"]
    assert "emile:241500230" not in market.commitments or len(emile) <= 2
    for one in found.values():
        check_independently(one)
    if len(found) == len(strict) == len(market.households):
        assert found == strict


@settings(max_examples=100, deadline=None)
@given(markets())
def test_the_market_counts_what_is_proposed_and_nothing_else(things: Things) -> None:
    market = a_market(*things)
    found = decided(market, Call(everyone(market), TODAY, SEED, 20), Rules(0.5))
    reserved = {(one.household, one.vacancy, one.offer) for one in market.reservations.values()}
    assert reserved == {
        (one.household.id, one.option.home.id, one.option.lead.post.id if one.option.lead else None) for one in found
    }
    leads = Counter(one.option.lead.post.id for one in found if one.option.lead)
    assert {name: post.leads for name, post in market.posts.items()} == {name: leads[name] for name in market.posts}
    for name in market.without_placement():
        assert OptionFinder(market, market.households[name], today=TODAY, seed=SEED).best() is None


@settings(max_examples=50, deadline=None)
@given(markets(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(things: Things, chance: object) -> None:
    assert made(things, Rules()) == made(things[::-1], Rules())


@st.composite
def homes_alone(draw: st.DrawFn) -> Things:
    """Households that need no lead, and homes that suit some of them: small enough to try every arrangement."""
    households = [
        a_household(f"hh_{number}", size=draw(st.integers(1, 4)), programme="plateforme-refugies", rome=())
        for number in range(draw(st.integers(2, 5)))
    ]
    homes = [
        a_home(
            f"vac_{number}",
            typology=f"T{draw(st.integers(1, 5))}",
            rent_eur_per_month=draw(st.sampled_from([250.0, 300.0])),
        )
        for number in range(draw(st.integers(1, 4)))
    ]
    return [*households, *homes]


@settings(max_examples=150, deadline=None)
@given(homes_alone(), st.sampled_from([0.0, 0.7, 0.9]))
def test_a_household_is_left_out_only_where_no_single_lawful_move_within_the_bound_serves_it(
    things: Things, gives_way: float
) -> None:
    """Against every single move there is, each tried on the market that the strict pass leaves. A move is unlawful where one
    served in front of who profits would clearly rather have what it comes to."""
    strict, found = made(things, None), made(things, Rules(gives_way, 1))
    market = a_market(*things)
    every = {
        name: {one.home.id: one for one in OptionFinder(market, household, today=TODAY, seed=SEED).every()}
        for name, household in market.households.items()
    }
    taken = {one.option.home.id for one in strict.values()}
    order = {name: place for place, name in enumerate(in_lawful_order(market, market.households, SEED))}
    left_out = [name for name in order if name not in strict]
    free = market.homes.keys() - taken

    def is_lawful(name: str, giver: str) -> bool:
        home = strict[giver].option.home.id
        return not any(
            other != giver
            and order[other] < order[name]
            and home in every[other]
            and worth(one.option) < gives_way * worth(every[other][home])
            for other, one in strict.items()
        )

    possible = [
        (name, giver)
        for name, (giver, one) in itertools.product(left_out, strict.items())
        if one.option.home.id in every[name]
        and any(home in every[giver] and worth(every[giver][home]) >= gives_way * worth(one.option) for home in free)
        and is_lawful(name, giver)
    ]
    assert (len(found) > len(strict)) == bool(possible)


@settings(max_examples=300, deadline=None)
@given(homes_alone())
def test_nobody_in_front_would_clearly_rather_have_what_one_behind_came_to(things: Things) -> None:
    """Measured when it came to it; who is in front may have given way once more since, hence the square."""
    strict, found = made(things, None), made(things, Rules(0.9))
    market = a_market(*things)
    order = {name: place for place, name in enumerate(in_lawful_order(market, market.households, SEED))}
    for (name, one), (other, had) in itertools.product(found.items(), strict.items()):
        home = one.option.home
        if order[other] >= order[name] or (name in strict and strict[name].option.home.id == home.id):
            continue
        rather = OptionFinder(market, had.household, today=TODAY, seed=SEED).option(home)
        if isinstance(rather, Option):
            assert worth(found[other].option) >= 0.81 * worth(rather)


def test_the_one_in_front_leaves_what_the_next_alone_could_have_only_within_the_bound() -> None:
    front = a_household("hh_a", size=2, waiting_since=FRONT)
    behind = a_household("hh_b", size=3, waiting_since=BEHIND)
    # The dearer home is too small for three; the other suits both.
    large = a_home("vac_large", typology="T3", surface_m2=62.0, rent_eur_per_month=300.0)
    small = a_home("vac_small", typology="T3", surface_m2=20.0, rent_eur_per_month=320.0)
    things: Things = [front, behind, large, small, a_post(openings=5), a_commitment()]
    strict = made(things, None)
    assert {name: one.option.home.id for name, one in strict.items()} == {"hh_a": "vac_large"}
    kept = worth(made([front, small, a_post(openings=5), a_commitment()], None)["hh_a"].option) / worth(
        strict["hh_a"].option
    )
    assert 0.5 < kept < 1
    room = made(things, Rules(kept - 0.001))
    assert {name: one.option.home.id for name, one in room.items()} == {"hh_a": "vac_small", "hh_b": "vac_large"}
    assert made(things, Rules(kept + 0.001)) == strict


def seeking(identifier: str, year: int, **changed: object) -> Household:
    """A household for whom a home is enough, in the order of the year since which it waits."""
    waits = {"waiting_since": date(year, 1, 1), "programme": "plateforme-refugies", "rome": ()}
    return a_household(identifier, **({"size": 2} | waits | changed))


def a_small_place(identifier: str, rent_eur_per_month: float) -> Home:
    """For one or two persons."""
    return a_home(identifier, typology="T2", surface_m2=20.0, rent_eur_per_month=rent_eur_per_month)


def a_large_place(identifier: str, rent_eur_per_month: float, **changed: object) -> Home:
    """For two persons or three; who is alone cannot have it."""
    return a_home(identifier, **({"typology": "T3", "rent_eur_per_month": rent_eur_per_month} | changed))


def homes_of(found: dict[str, Proposal]) -> dict[str, str]:
    return {name: one.option.home.id for name, one in found.items()}


def test_room_is_made_only_where_several_households_or_homes_are_looked_at() -> None:
    things: Things = [
        seeking("hh_a", 2020),
        seeking("hh_b", 2021, size=1),
        a_small_place("vac_small", 300.0),
        a_large_place("vac_large", 310.0),
    ]
    both = {"hh_a": "vac_large", "hh_b": "vac_small"}
    for one in (Inputs(homes=frozenset({"vac_small"})), Inputs(households=frozenset({"hh_a"}))):
        assert homes_of(made(things, Rules(0.5), inputs=one)) == {"hh_a": "vac_small"}
    homes = Inputs(homes=frozenset({"vac_small", "vac_large"}))
    for several in (homes, Inputs(households=frozenset({"hh_a", "hh_b"}))):
        assert homes_of(made(things, Rules(0.5), inputs=several)) == both


def test_the_last_of_a_chain_keeps_its_share_of_what_it_was_given() -> None:
    """It is behind the one that takes its home: nothing but the bound speaks for it."""
    things: Things = [
        seeking("hh_a", 2020),
        seeking("hh_b", 2021, size=3),
        seeking("hh_c", 2022, size=1),
        a_small_place("vac_small", 300.0),
        a_large_place("vac_large", 300.0),
        a_large_place("vac_larger", 420.0, typology="T4"),  # for three
    ]
    strict = made(things, None)
    assert homes_of(strict) == {"hh_a": "vac_small", "hh_b": "vac_large"}
    room = made(things, Rules(0.0))
    assert homes_of(room) == {"hh_a": "vac_large", "hh_b": "vac_larger", "hh_c": "vac_small"}
    kept = {name: worth(room[name].option) / worth(one.option) for name, one in strict.items()}
    assert kept["hh_b"] + 0.01 < kept["hh_a"] < 1.0
    assert made(things, Rules(kept["hh_b"] - 0.001)) == room
    assert made(things, Rules(kept["hh_b"] + 0.001)) == strict


def test_a_post_that_a_move_leaves_goes_to_who_was_not_looked_at_again() -> None:
    things: Things = [
        a_household("hh_a", size=2, rome=("F1703", "N4101"), waiting_since=FRONT),
        seeking("hh_b", 2021, size=1),
        a_household("hh_c", size=4, waiting_since=BEHIND),
        a_small_place("vac_small", 300.0),
        a_large_place("vac_large", 310.0, commune="15012", surface_m2=30.0),
        a_home("vac_largest", typology="T5", surface_m2=80.0, rent_eur_per_month=300.0),  # for four
        a_post("off_mason", openings=1),
        a_post("off_driver", commune="15012", rome="N4101", openings=1),
        a_commitment(),
    ]
    strict = made(things, None)
    assert homes_of(strict) == {"hh_a": "vac_small"}
    assert strict["hh_a"].option.lead is not None
    assert strict["hh_a"].option.lead.post.id == "off_mason"
    room = made(things, Rules(0.5, left_out=1))
    assert homes_of(room) == {"hh_a": "vac_large", "hh_b": "vac_small", "hh_c": "vac_largest"}


def test_who_has_the_only_post_of_another_moves_to_a_post_of_his_own() -> None:
    things: Things = [
        a_household("hh_a", size=2, rome=("F1703", "N4101"), waiting_since=FRONT),
        a_household("hh_b", size=4, waiting_since=BEHIND),
        a_small_place("vac_small", 300.0),
        a_home("vac_largest", typology="T5", surface_m2=80.0, rent_eur_per_month=300.0),  # for four
        a_post("off_mason", openings=1),
        a_post("off_driver", commune="15012", rome="N4101", openings=1),
        a_commitment(),
    ]
    leads = {name: one.option.lead for name, one in made(things, Rules(0.5)).items()}
    assert {name: lead.post.id for name, lead in leads.items() if lead} == {"hh_a": "off_driver", "hh_b": "off_mason"}
    assert made(things, None).keys() == {"hh_a"}


def test_who_has_the_last_place_of_a_territory_moves_to_another() -> None:
    elsewhere = "200066660"
    things: Things = [
        seeking("hh_a", 2020, wanted=(TERRITORY, elsewhere)),
        seeking("hh_b", 2021, size=4),
        a_small_place("vac_small", 300.0),
        a_home("vac_largest", typology="T5", surface_m2=80.0, rent_eur_per_month=300.0),  # for four
        a_large_place("vac_elsewhere", 310.0, commune="15187", territory=elsewhere),
        a_commitment("plateforme-refugies", capacity_households=1),
    ]
    assert homes_of(made(things, None)) == {"hh_a": "vac_small"}
    assert homes_of(made(things, Rules(0.5))) == {"hh_a": "vac_elsewhere", "hh_b": "vac_largest"}


def test_nobody_gives_way_to_who_is_beyond_the_limit() -> None:
    things: Things = [
        *(seeking(f"hh_{number}", 2020 + number) for number in (0, 1)),
        *(seeking(f"hh_{number}", 2020 + number, size=1) for number in (2, 3)),
        *(a_small_place(f"vac_small_{number}", 300.0) for number in (0, 1)),
        *(a_large_place(f"vac_large_{number}", 310.0) for number in (0, 1)),
    ]
    assert made(things, Rules(0.5)).keys() == {"hh_0", "hh_1", "hh_2", "hh_3"}
    assert made(things, Rules(0.5, left_out=1)).keys() == {"hh_0", "hh_1", "hh_2"}


def test_of_those_in_the_way_the_one_behind_gives_way() -> None:
    things: Things = [
        seeking("hh_a", 2020),
        seeking("hh_b", 2021),
        seeking("hh_c", 2022, size=1),
        a_small_place("vac_first", 300.0),
        a_small_place("vac_second", 305.0),
        a_large_place("vac_free", 310.0),
    ]
    assert homes_of(made(things, None)) == {"hh_a": "vac_first", "hh_b": "vac_second"}
    room = {"hh_a": "vac_first", "hh_b": "vac_free", "hh_c": "vac_second"}
    assert homes_of(made(things, Rules(0.5))) == room


def test_what_is_left_for_one_goes_to_who_is_in_front_even_where_his_own_search_was_cut_short() -> None:
    things: Things = [
        seeking("hh_a", 2020, contingents=frozenset({"other"})),
        seeking("hh_b", 2021, size=3),
        seeking("hh_c", 2022),
        seeking("hh_d", 2023, size=1),
        a_small_place("vac_small", 300.0),
        a_large_place("vac_large", 310.0),
        a_large_place("vac_reserved", 320.0, reservation="other"),  # for the first alone
    ]
    assert homes_of(made(things, None)) == {"hh_a": "vac_small", "hh_b": "vac_large"}
    # Four looks: the third spends them on the second, who has nowhere to go; the first moves for the fourth.
    cut_short = Rules(0.5, looks_each=4)
    assert made(things[:3] + things[4:], cut_short).keys() == {"hh_a", "hh_b"}
    room = made(things, cut_short)
    assert homes_of(room) == {"hh_a": "vac_reserved", "hh_b": "vac_large", "hh_c": "vac_small"}


def test_nobody_is_served_beyond_what_his_caseworker_can_decide() -> None:
    things: Things = [
        seeking("hh_a", 2020),
        seeking("hh_b", 2021),
        a_small_place("vac_a", 300.0),
        a_small_place("vac_b", 310.0),
    ]
    assert made(things, Rules(0.0), cap=1) == made(things, None, cap=1)
    assert made(things, Rules(0.0), cap=1).keys() == {"hh_a"}


def test_what_is_left_for_one_behind_is_not_what_another_in_front_would_clearly_rather_have() -> None:
    front = a_household("hh_a", size=2, waiting_since=FRONT)
    second = a_household("hh_b", size=3, waiting_since=date(2021, 1, 1))
    last = a_household("hh_c", size=5, waiting_since=BEHIND)
    large = a_home("vac_large", typology="T3", surface_m2=62.0, rent_eur_per_month=300.0)
    small = a_home("vac_small", typology="T3", surface_m2=20.0, rent_eur_per_month=320.0)  # for two at most
    cramped = a_home("vac_cramped", typology="T1", surface_m2=30.0, rent_eur_per_month=340.0)  # for three at most
    rest: Things = [large, small, cramped, a_post(openings=5), a_commitment()]
    strict = made([front, second, last, *rest], None)
    assert {name: one.option.home.id for name, one in strict.items()} == {"hh_a": "vac_large", "hh_b": "vac_cramped"}
    assert made([front, second, last, *rest], Rules(0.9)) == strict
    assert made([front, last, *rest], Rules(0.9))["hh_c"].option.home.id == "vac_large"
