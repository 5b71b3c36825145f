"""A commission's plan: valid, as good as trying everything, with candidates in lawful order and reasons in words."""

import itertools
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.core.lawful import own_scale, weight_between
from services.matching.core.model import Home, Household, Post, Priority
from services.matching.core.options import OptionFinder
from services.matching.core.plan import Plan, make_plan
from services.matching.core.ranking import Option
from services.matching.core.reasons import Reason
from services.matching.core.shortlist_words import too_few_sentence
from tests.unit.matching.samples import TODAY, a_home, a_household, a_market, a_post

SEED = 3
COMMUNES = ("15014", "15012", "15113")


def planned(things: list[Household | Home | Post], homes: list[Home] | None = None) -> Plan:
    market = a_market(*things)
    given_homes = [one for one in things if isinstance(one, Home)] if homes is None else homes
    names = [one.id for one in things if isinstance(one, Household)]
    return make_plan(market, names, given_homes, today=TODAY, seed=SEED)


@st.composite
def small_markets(draw: st.DrawFn) -> list[Household | Home | Post]:
    things: list[Household | Home | Post] = [
        a_household(
            f"hh_{number}",
            size=draw(st.integers(1, 4)),
            income_eur_per_month=draw(st.sampled_from([None, 900.0, 2600.0])),
            waiting_since=draw(st.sampled_from([date(2024, 1, 1), date(2026, 6, 1)])),
            priorities=draw(st.sampled_from([frozenset(), frozenset({Priority.DALO})])),
        )
        for number in range(draw(st.integers(1, 4)))
    ]
    things += [
        a_home(
            f"vac_{number}",
            commune=draw(st.sampled_from(COMMUNES)),
            typology=draw(st.sampled_from(["T2", "T3", "T4"])),
            rent_eur_per_month=draw(st.sampled_from([350.0, 800.0])),
        )
        for number in range(draw(st.integers(1, 4)))
    ]
    things += [
        a_post(f"off_{number}", commune=draw(st.sampled_from(COMMUNES)), openings=1)
        for number in range(draw(st.integers(1, 3)))
    ]
    return things


def worths(things: list[Household | Home | Post]) -> dict[tuple[str, str, str], float]:
    """Worth of every (household, home, post), each post tried by itself."""
    market = a_market(*things)
    homes = [one for one in things if isinstance(one, Home)]
    found: dict[tuple[str, str, str], float] = {}
    for household in (one for one in things if isinstance(one, Household)):
        finder = OptionFinder(market, household, today=TODAY, seed=SEED)
        best = {home.id: option for home in homes if isinstance(option := finder.option(home), Option)}
        scale = dict(zip(best, own_scale(best.values()), strict=True))
        for home in homes:
            for post in (one for one in things if isinstance(one, Post)):
                option = finder.option_with(home, post)
                if isinstance(option, Option):
                    part = scale[home.id] * own_scale([best[home.id], option])[1]
                    found[household.id, home.id, post.id] = weight_between(household, TODAY) * part
    return found


def best_of_all(values: dict[tuple[str, str, str], float]) -> float:
    """The best sum over every way to use each household, home and post once, by trying them all."""

    def best(names: list[str], homes: frozenset[str], posts: frozenset[str]) -> float:
        if not names:
            return 0.0
        first, rest = names[0], names[1:]
        found = best(rest, homes, posts)
        for (name, home, post), value in values.items():
            if name == first and home not in homes and post not in posts:
                found = max(found, value + best(rest, homes | {home}, posts | {post}))
        return found

    return best(sorted({name for name, _, _ in values}), frozenset(), frozenset())


@settings(max_examples=40, deadline=None)
@given(small_markets())
def test_a_plan_is_valid_and_as_good_as_trying_everything(things: list[Household | Home | Post]) -> None:
    plan = planned(things)
    chosen = [(one.home.id, candidate) for one in plan.homes for candidate in one.candidates if candidate.chosen]
    assert len({candidate.household for _, candidate in chosen}) == len(chosen) == plan.placements
    assert len({home for home, _ in chosen}) == len(chosen)
    posts = [candidate.option.lead.post.id for _, candidate in chosen if candidate.option.lead]
    assert len(set(posts)) == len(posts)
    values = worths(things)
    total = sum(
        values[candidate.household, home, candidate.option.lead.post.id]
        for home, candidate in chosen
        if candidate.option.lead
    )
    assert total <= best_of_all(values) + 1e-9
    assert plan.exact
    assert total == pytest.approx(best_of_all(values), abs=1e-5)
    names = {candidate.household for _, candidate in chosen} | {one.household for one in plan.waiting}
    assert names == {one.id for one in things if isinstance(one, Household)}


def test_a_lead_that_two_homes_crowd_is_left_for_the_next_one_however_crowded_that_is() -> None:
    things: list[Household | Home | Post] = [
        *(a_household(f"hh_{number}", size=1) for number in range(3)),
        a_home("vac_0", commune="15012", typology="T2"),
        a_home("vac_1", commune="15012", typology="T2"),
        a_home("vac_2", commune="15113", typology="T2"),
        a_post("off_0", commune="15014", openings=1),
        a_post("off_1", commune="15012", openings=1),
    ]
    values = worths(things)
    chosen = [
        (one.home.id, candidate) for one in planned(things).homes for candidate in one.candidates if candidate.chosen
    ]
    total = sum(
        values[one.household, home, one.option.lead.post.id] for home, one in chosen if one.option.lead is not None
    )
    assert total == pytest.approx(best_of_all(values), abs=1e-5)


@settings(max_examples=15, deadline=None)
@given(small_markets(), st.randoms(use_true_random=False))
def test_the_order_of_what_comes_in_changes_nothing(things: list[Household | Home | Post], draw: object) -> None:
    market, shuffled = a_market(*things), list(things)
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    names = sorted(one.id for one in things if isinstance(one, Household))
    homes = sorted((one for one in things if isinstance(one, Home)), key=lambda one: one.id)
    first = make_plan(market, names, homes, today=TODAY, seed=SEED)
    assert make_plan(a_market(*shuffled), names, homes, today=TODAY, seed=SEED) == first
    assert {name: post.leads for name, post in market.posts.items()} == {
        one.id: one.leads for one in things if isinstance(one, Post)
    }


def three() -> list[Household | Home | Post]:
    return [
        a_household("hh_dalo", priorities=frozenset({Priority.DALO}), waiting_since=date(2026, 9, 1)),
        a_household("hh_old", waiting_since=date(2023, 1, 1)),
        a_household("hh_new", waiting_since=date(2026, 9, 1)),
        a_household("hh_fourth", waiting_since=date(2026, 10, 1)),
        a_home(),
        a_post(openings=9),
    ]


def test_the_shortlist_has_three_in_lawful_order_with_what_sets_them_apart() -> None:
    (home,) = planned(three()).homes
    assert [one.household for one in home.candidates] == ["hh_dalo", "hh_old", "hh_new"]
    assert (home.possible, [one.chosen for one in home.candidates]) == (4, [True, False, False])
    first, second, third = home.candidates
    assert first.gaps == ()
    assert second.gaps == (
        (
            "Le premier a une priorité reconnue par la loi, celui-ci n'en a pas de déclarée.",
            "The first has a lawful priority, this one has declared none.",
        ),
    )
    assert third.gaps == second.gaps


@pytest.mark.parametrize("income", [None, 700.0, 1250.0, 9000.0])
def test_resources_never_change_who_comes_first(income: float | None) -> None:
    things = [
        replace(one, income_eur_per_month=income) if isinstance(one, Household) and one.id == "hh_new" else one
        for one in three()
    ]
    (home,) = planned(things).homes
    assert home.candidates[0].household == "hh_dalo"
    assert [one.household for one in home.candidates].index("hh_old") == 1


def test_too_few_candidates_are_explained_and_a_household_without_home_learns_what_is_missing() -> None:
    things: list[Household | Home | Post] = [a_household("hh_1"), a_household("hh_big", size=9), a_home(), a_post()]
    plan = planned(things)
    (waiting,) = plan.waiting
    assert (waiting.household, waiting.missing, waiting.options) == ("hh_big", (Reason.SURFACE_TOO_SMALL,), 0)
    sentence = too_few_sentence(plan.homes[0].possible, 3)
    assert sentence is not None
    assert "un seul ménage" in sentence.fr
    assert too_few_sentence(3, 3) is None


def test_equals_are_drawn_and_the_lot_changes_with_the_seed() -> None:
    twins: list[Household | Home | Post] = [a_household(f"hh_{number}") for number in range(4)]
    market = a_market(*twins, a_home(), a_post(openings=9))
    names = [one.id for one in twins if isinstance(one, Household)]
    firsts = {
        make_plan(market, names, [a_home()], today=TODAY, seed=seed).homes[0].candidates[0].household
        for seed in range(40)
    }
    assert firsts == set(names)


def test_a_home_more_never_places_fewer() -> None:
    things = three()
    homes = [a_home(f"vac_{number}") for number in range(1, 4)]
    placed = [planned(things, homes[:count]).placements for count in range(4)]
    assert placed == sorted(placed) == [0, 1, 2, 3]


def test_gaps_name_no_figure_of_worth() -> None:
    for one, other in itertools.combinations(planned(three()).homes[0].candidates, 2):
        for sentence in (text for said in (*one.gaps, *other.gaps) for text in said):
            assert "prix" not in sentence
            assert "valeur" not in sentence
