"""The first ranking over whole markets: nothing twice, nothing missed, and the same in any order of arrival."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.core.explanation import explain
from services.matching.core.market import Market, resolved
from services.matching.core.model import Commitment, Home, Household, Post, Priority
from services.matching.core.options import OptionFinder, Touched
from services.matching.core.policy import Inputs, LawfulRanking, Proposal
from services.matching.core.ranking import Option
from services.matching.core.reasons import Eligible, Reason
from shared.geography import geography
from tests.unit.matching.playing import count_as_made
from tests.unit.matching.samples import (
    MASON,
    TERRITORY,
    TODAY,
    a_commitment,
    a_home,
    a_household,
    a_market,
    a_post,
)

COMMUNES = ("15014", "15012", "15113", "15140")
SEED = 7


def run(market: Market, inputs: Inputs, *, cap: int = 20, seed: int = SEED) -> list[Proposal]:
    """What the policy proposes without prices, the market counting each as made."""
    made = []
    for proposal in LawfulRanking().proposals(market, inputs, today=TODAY, seed=seed, cap=cap):
        assert isinstance(proposal, Proposal)
        made.append(proposal)
        count_as_made(market, proposal)
    return made


def everyone(market: Market) -> Inputs:
    return Inputs(households=frozenset(market.households))


@st.composite
def markets(draw: st.DrawFn) -> list[Household | Home | Post | Commitment]:
    """A small crowded market in which every constraint binds now and then."""
    households = [
        a_household(
            f"hh_{number}",
            size=draw(st.integers(1, 5)),
            caseworker=draw(st.sampled_from(["usr_1", "usr_2"])),
            income_eur_per_month=draw(st.sampled_from([None, 900.0, 1300.0, 2500.0])),
            driving_licence=draw(st.sampled_from([None, False, True])),
            accessible_needed=draw(st.sampled_from([None, True])),
            rome=draw(st.sampled_from([(MASON,), ("N4101",), (MASON, "N4101"), ()])),
            programme=draw(st.sampled_from(["emile", "generique", "plateforme-refugies"])),
            waiting_since=date(2026, 1, draw(st.integers(1, 28))),
            priorities=draw(st.sampled_from([frozenset(), frozenset({Priority.DALO})])),
        )
        for number in range(draw(st.integers(0, 7)))
    ]
    homes = [
        a_home(
            f"vac_{number}",
            commune=draw(st.sampled_from(COMMUNES)),
            typology=draw(st.sampled_from(["T1", "T2", "T3", "T4", "T5"])),
            surface_m2=draw(st.sampled_from([18.0, 45.0, 90.0])),
            rent_eur_per_month=draw(st.sampled_from([250.0, 400.0, 700.0])),
            accessible=draw(st.sampled_from([None, False, True])),
        )
        for number in range(draw(st.integers(0, 7)))
    ]
    posts = [
        a_post(
            f"off_{number}",
            commune=draw(st.sampled_from(COMMUNES)),
            rome=draw(st.sampled_from([MASON, "N4101", "F1702"])),
            openings=draw(st.sampled_from([None, 1, 2])),
            contract=draw(st.sampled_from(["CDI", "CDD", "MIS"])),
            licence_required=draw(st.sampled_from([None, False, True])),
        )
        for number in range(draw(st.integers(0, 5)))
    ]
    commitments = draw(
        st.sampled_from([[], [a_commitment(capacity_households=2)], [a_commitment("generique", status="paused")]])
    )
    return [*households, *homes, *posts, *commitments]


@settings(max_examples=150)
@given(markets(), st.integers(1, 4))
def test_nothing_is_promised_twice_and_every_limit_holds(
    things: list[Household | Home | Post | Commitment], cap: int
) -> None:
    market = a_market(*things)
    made = run(market, everyone(market), cap=cap)
    assert len({one.household.id for one in made}) == len(made)
    assert len({one.option.home.id for one in made}) == len(made)
    leads = Counter(one.option.lead.post.id for one in made if one.option.lead)
    for name, count in leads.items():
        assert count <= (market.posts[name].openings or 1)
    assert all(count <= cap for count in Counter(one.household.caseworker for one in made).values())
    emile = [one for one in made if one.household.programme == "emile"]
    if "emile:241500230" in market.commitments:
        assert len(emile) <= 2
    if "generique:241500230" in market.commitments:
        assert not [one for one in made if one.household.programme == "generique"]
    for one in made:
        check_independently(one)


def check_independently(proposal: Proposal) -> None:
    """The hard constraints once more, written apart from the code under test."""
    household, home, lead = proposal.household, proposal.option.home, proposal.option.lead
    least = {1: 9, 2: 16, 3: 25, 4: 34, 5: 43}[household.size]
    assert home.surface_m2 >= least
    assert int(home.typology[1:]) <= household.size + 1
    if household.income_eur_per_month is not None:
        # Never more aid than the rent ceiling and charges of the largest household of these markets (5 persons, zone 3).
        most_aid = 369.88 + 3 * 53.01 + 60.59 + 4 * 13.74
        assert home.rent_eur_per_month - most_aid <= 0.33 * household.income_eur_per_month
    assert not (household.accessible_needed and home.accessible is False)
    if lead is None:
        assert household.programme == "plateforme-refugies"
        return
    assert not (lead.post.licence_required and household.driving_licence is False)
    assert lead.commute.distance_km <= (12 if household.driving_licence is False else 35)
    assert lead.post.contract != "MIS" or household.programme != "emile"


@settings(max_examples=100)
@given(markets())
def test_nothing_possible_is_left_undone(things: list[Household | Home | Post | Commitment]) -> None:
    market = a_market(*things)
    run(market, everyone(market), cap=100)
    for name in market.without_placement():
        assert OptionFinder(market, market.households[name], today=TODAY, seed=SEED).ranked() == []


@settings(max_examples=100)
@given(markets(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(
    things: list[Household | Home | Post | Commitment], chance: random.Random
) -> None:
    shuffled = list(things)
    chance.shuffle(shuffled)
    first, second = a_market(*things), a_market(*shuffled)
    assert run(first, everyone(first)) == run(second, everyone(second))


@settings(max_examples=150)
@given(markets(), st.randoms(use_true_random=False))
def test_looking_only_at_what_changed_misses_nothing(
    things: list[Household | Home | Post | Commitment], chance: random.Random
) -> None:
    """Households first, then homes and posts one by one: in the end nobody who could be placed is left."""
    households = [thing for thing in things if isinstance(thing, Household | Commitment)]
    rest = [thing for thing in things if isinstance(thing, Home | Post)]
    chance.shuffle(rest)
    market = a_market(*households)
    run(market, everyone(market), cap=100)
    for thing in rest:
        if isinstance(thing, Home):
            market.put_home(thing)
            run(market, Inputs(homes=frozenset({thing.id})), cap=100)
        else:
            market.put_post(thing)
            run(market, Inputs(posts=frozenset({thing.id})), cap=100)
    for name in market.without_placement():
        assert OptionFinder(market, market.households[name], today=TODAY, seed=SEED).best() is None


@settings(max_examples=100)
@given(markets())
def test_touched_options_are_those_of_the_whole_that_involve_the_touched(
    things: list[Household | Home | Post | Commitment],
) -> None:
    market = a_market(*things)
    homes = frozenset(list(market.homes)[:2])
    for household in market.households.values():
        finder = OptionFinder(market, household, today=TODAY, seed=SEED)
        whole = {option.home.id: option for option in finder.ranked()}
        touched = finder.ranked(Touched(homes, frozenset()))
        assert {option.home.id for option in touched} == whole.keys() & homes


def test_a_household_in_front_is_served_before_one_that_could_pay_more() -> None:
    waiting = a_household("hh_a", waiting_since=date(2020, 1, 1), income_eur_per_month=1300.0)
    rich = a_household("hh_b", waiting_since=date(2026, 1, 1), income_eur_per_month=9000.0)
    market = a_market(waiting, rich, a_home(), a_post())
    assert [one.household.id for one in run(market, everyone(market))] == ["hh_a"]


@pytest.mark.parametrize(
    ("household", "home", "change"),
    [
        ({"driving_licence": False}, {}, "driving_licence"),
        ({"max_commute_minutes": 5}, {"commune": "15113"}, "max_commute_minutes"),
        ({"wanted": (), "excluded": frozenset({TERRITORY})}, {}, "excluded"),
        ({"moves_by": TODAY}, {}, "moving_dates"),
        ({"candidate_until": TODAY - timedelta(days=1)}, {}, "candidate_until"),
    ],
)
def test_a_counterfactual_is_true_when_it_is_tried(
    household: dict[str, Any], home: dict[str, Any], change: str
) -> None:
    post = a_post(licence_required=change == "driving_licence")
    market = a_market(a_household(**household), a_home(**home), post)
    known = market.households["hh_1"]
    found = explain(market, known, today=TODAY, seed=SEED)
    assert found.options == 0
    assert found.counterfactual is not None
    assert found.counterfactual.change == change
    assert market.households["hh_1"] == known
    relaxed: dict[str, Any] = {"driving_licence": True, "max_commute_minutes": None, "excluded": frozenset()}
    relaxed["candidate_until"] = None
    fields = {"moves_from": None, "moves_by": None} if change == "moving_dates" else {change: relaxed[change]}
    tried = replace(known, **fields)
    tried = replace(tried, wanted=(TERRITORY,))
    market.put_household(tried)
    assert len(OptionFinder(market, tried, today=TODAY, seed=SEED).ranked()) == found.counterfactual.options


def test_an_explanation_counts_each_reason_once_a_home() -> None:
    market = a_market(
        a_household(), a_home("vac_1", surface_m2=12.0), a_home("vac_2", rent_eur_per_month=999.0), a_post()
    )
    found = explain(market, market.households["hh_1"], today=TODAY, seed=SEED)
    assert (found.homes, found.options) == (2, 0)
    assert found.by_reason == {Reason.RENT_TOO_HIGH: 1, Reason.SURFACE_TOO_SMALL: 1}
    assert {near.vacancy for near in found.nearest} == {"vac_1", "vac_2"}


def test_without_an_occupation_a_home_alone_is_proposed_only_where_the_programme_allows_it() -> None:
    strict = a_market(a_household(rome=()), a_home(), a_post())
    assert run(strict, everyone(strict)) == []
    explained = explain(strict, strict.households["hh_1"], today=TODAY, seed=SEED)
    assert list(explained.by_reason) == [Reason.OCCUPATION_NOT_STATED]
    free = a_market(a_household(rome=(), programme="plateforme-refugies"), a_home())
    (made,) = run(free, everyone(free))
    assert made.option.lead is None


def test_a_chosen_lead_is_held_to_the_same_constraints() -> None:
    market = a_market(
        a_household(driving_licence=False), a_home(), a_post("off_1", licence_required=True), a_post("off_2")
    )
    finder = OptionFinder(market, market.households["hh_1"], today=TODAY, seed=SEED)
    home = market.homes["vac_1"]
    assert finder.option_with(home, market.posts["off_1"]).reasons == (Reason.LICENCE_REQUIRED,)  # type: ignore[union-attr]
    assert isinstance(finder.option_with(home, market.posts["off_2"]), Option)
    assert not isinstance(finder.option_with(home, market.posts["off_2"]), Eligible)


def test_a_departement_is_opened_into_its_territories_less_the_excluded() -> None:
    places = geography()
    household = resolved(a_household(wanted=("15",), excluded=frozenset({TERRITORY})), places, ())
    cantal = {territory.code for territory in places.territories_in("15")}
    assert set(household.wanted) == cantal - {TERRITORY}
    assert {household.wish(code) for code in household.wanted} == {(0, 1)}
    anywhere = resolved(a_household(wanted=()), places, (TERRITORY,))
    assert anywhere.wanted == (TERRITORY,)
    assert anywhere.wish(TERRITORY) is None  # no wish was said: none is the first


def test_territories_of_one_departement_are_wanted_alike_and_after_what_was_named_before() -> None:
    places = geography()
    cantal = [territory.code for territory in places.territories_in("15")]
    household = resolved(a_household(wanted=(cantal[-1], "15", "48")), places, ())
    assert household.wish(cantal[-1]) == (0, 3)
    assert {household.wish(code) for code in cantal[:-1]} == {(1, 3)}
    lozere = {territory.code for territory in places.territories_in("48")} - set(cantal)
    assert {household.wish(code) for code in lozere} == {(2, 3)}
    assert household.wish("x") is None
