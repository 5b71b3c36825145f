"""Criteria: each pulls the way it declares, and only lawful ones order households."""

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.core.acceptance import acceptance
from services.matching.core.commute import Commute, longest_commute_km
from services.matching.core.criteria import BY_CODE, CRITERIA, Use
from services.matching.core.lawful import own_scale, weight_between
from services.matching.core.model import Home, Household, Priority
from services.matching.core.policy import in_lawful_order
from services.matching.core.ranking import Lead, Option, home_terms, lawful_rank, lead_terms, utility
from tests.unit.matching.samples import MASON, TERRITORY, TODAY, a_home, a_household, a_market, a_post

# Between households, nothing but these: CCH L441-1, and code pénal 225-1 against economic vulnerability.
LAWFUL = {"priority", "declared_need", "waiting"}
MAY_ORDER = {"id", "priorities", "accessible_needed", "waiting_since"}
FORBIDDEN = ("origin", "relig", "nation", "sex", "age", "crime", "politi", "health", "refus", "absen", "status")
# Other values of every field, each of which changes what the field is about.
OTHER: dict[str, Any] = {
    "version": 9,
    "organisation": "org_9",
    "caseworker": "usr_9",
    "size": 2,
    "adults": 2,
    "programme": "generique",
    "rome": ("N4101",),
    "wanted": ("x", TERRITORY),
    "ranks": (1,),
    "excluded": frozenset({"200000000"}),
    "income_eur_per_month": 900.0,
    "driving_licence": False,
    "max_commute_minutes": 10,
    "contingents": frozenset({"state"}),
    "moves_from": date(2026, 12, 1),
    "moves_by": date(2027, 1, 1),
    "candidate_until": date(2027, 1, 1),
    "priorities": frozenset({Priority.DALO}),
    "accessible_needed": True,
    "waiting_since": date(2024, 1, 1),
}


def terms_of(household: Household, home: Home, **lead: Any) -> dict[str, float]:
    given = {"post": a_post(), "proximity": 1.0, "commute": Commute(5.0, 35.0, same_zone=True), **lead}
    return home_terms(household, home) | lead_terms(Lead(**given))


def test_only_lawful_criteria_order_households() -> None:
    between = [one for one in CRITERIA if one.use is Use.HOUSEHOLDS_FOR_A_HOME]
    assert {one.code for one in between} == LAWFUL
    assert {name for one in between for name in one.household} == MAY_ORDER - {"id"}
    assert not [
        one.code for one in CRITERIA for word in FORBIDDEN for text in (one.code, *one.household) if word in text
    ]
    assert len(BY_CODE) == len(CRITERIA)
    assert all(one.weight > 0 and one.source and one.higher for one in CRITERIA)


@pytest.mark.parametrize("name", sorted({field.name for field in fields(Household)} - MAY_ORDER))
def test_nothing_else_of_a_household_moves_its_place_or_its_weight(name: str) -> None:
    one = a_household()
    other = replace(one, **{name: OTHER[name]})
    assert lawful_rank(other) == lawful_rank(one)
    assert weight_between(other, TODAY) == weight_between(one, TODAY)


@pytest.mark.parametrize("name", sorted({field.name for field in fields(Household)} - {"id"}))
def test_a_criterion_reads_no_field_of_a_household_that_it_does_not_declare(name: str) -> None:
    one, home, post = a_household(size=3, adults=1, max_commute_minutes=30), a_home(), a_post()
    other = replace(one, **{name: OTHER[name]})

    def values(household: Household) -> dict[str, float]:
        rome = 1.0 if MASON in household.rome else 0.4
        commute = Commute(5.0, longest_commute_km(household), same_zone=True)
        terms = home_terms(household, home) | lead_terms(Lead(post, rome, commute))
        between = {
            "priority": float(bool(household.priorities)),
            "declared_need": float(bool(household.accessible_needed)),
            "waiting": weight_between(replace(household, priorities=frozenset(), accessible_needed=None), TODAY),
        }
        return terms | {"acceptance": acceptance(terms)} | between

    before, after = values(one), values(other)
    moved = {code for code in before if before[code] != after[code]}
    assert moved == {criterion.code for criterion in CRITERIA if name in criterion.household}


def test_each_lawful_criterion_multiplies_and_waiting_has_an_end() -> None:
    plain = a_household(waiting_since=TODAY)
    assert weight_between(plain, TODAY) == 1.0
    old = date(2020, 1, 1)
    assert weight_between(replace(plain, waiting_since=old), TODAY) == pytest.approx(1.25)
    labelled = replace(plain, priorities=frozenset({Priority.DALO, Priority.VIOLENCE}), accessible_needed=True)
    assert weight_between(labelled, TODAY) == pytest.approx(1.5 * 1.25)
    assert weight_between(replace(labelled, waiting_since=old), TODAY) == pytest.approx(1.5 * 1.25 * 1.25)
    assert weight_between(replace(plain, waiting_since=date(2999, 1, 1)), TODAY) == 1.0


@given(st.dates(date(2018, 1, 1), TODAY), st.dates(date(2018, 1, 1), TODAY))
def test_a_longer_wait_never_weighs_less(first: date, second: date) -> None:
    old, recent = sorted((first, second))
    assert weight_between(a_household(waiting_since=old), TODAY) >= weight_between(
        a_household(waiting_since=recent), TODAY
    )


@pytest.mark.parametrize("income", [600.0, 1250.0, 9000.0, None])
def test_a_households_best_option_is_worth_the_same_to_all_whatever_its_resources(income: float | None) -> None:
    household = a_household(income_eur_per_month=income)
    homes = [a_home(f"vac_{rent}", rent_eur_per_month=rent) for rent in (250.0, 300.0, 350.0)]
    terms = [home_terms(household, home) for home in homes]
    scale = own_scale(Option(home, None, term, (), utility(term)) for home, term in zip(homes, terms, strict=True))
    assert max(scale) == 1.0
    assert scale == sorted(scale, reverse=True)
    assert own_scale([]) == []


def in_order(households: list[Household], seed: int) -> list[str]:
    return list(in_lawful_order(a_market(*households), [one.id for one in households], seed))


def test_priority_then_need_then_the_longest_wait() -> None:
    recent, old = date(2026, 10, 1), date(2024, 1, 1)
    ordered = [
        a_household("a", priorities=frozenset({Priority.DALO}), accessible_needed=True, waiting_since=recent),
        a_household("b", priorities=frozenset({Priority.DALO}), waiting_since=recent),
        a_household("c", accessible_needed=True, waiting_since=recent),
        a_household("d", waiting_since=old),
        a_household("e", waiting_since=recent),
    ]
    backwards = ordered[::-1]
    for seed in range(20):
        assert in_order(backwards, seed) == ["a", "b", "c", "d", "e"]


def test_equals_take_turns_as_the_seed_changes() -> None:
    pair = [a_household("a"), a_household("b")]
    firsts = {in_order(pair, seed)[0] for seed in range(50)}
    assert firsts == {"a", "b"}
    assert all(in_order(pair, seed) == in_order(pair[::-1], seed) for seed in range(50))


RENTS = st.floats(0, 3000)


@given(RENTS, RENTS)
def test_effort_prefers_the_lower_rent(first: float, second: float) -> None:
    household = a_household()
    low, high = sorted((first, second))
    cheap, dear = (home_terms(household, a_home(rent_eur_per_month=rent)) for rent in (low, high))
    assert cheap["effort"] >= dear["effort"]
    assert utility(cheap) >= utility(dear)


@given(st.floats(0, 35), st.floats(0, 35))
def test_commute_prefers_the_nearer_post(first: float, second: float) -> None:
    near, far = (Commute(km, 35.0, same_zone=True) for km in sorted((first, second)))
    household, home = a_household(), a_home()
    assert utility(terms_of(household, home, commute=near)) >= utility(terms_of(household, home, commute=far))


@given(st.floats(0, 1), st.floats(0, 1))
def test_occupation_prefers_the_closer_one(first: float, second: float) -> None:
    low, high = sorted((first, second))
    household, home = a_household(), a_home()
    assert utility(terms_of(household, home, proximity=high)) >= utility(terms_of(household, home, proximity=low))


def test_territory_rank_follows_the_order_of_wishes() -> None:
    first = home_terms(a_household(wanted=(TERRITORY, "x")), a_home())
    second = home_terms(a_household(wanted=("x", TERRITORY)), a_home())
    assert first["territory_rank"] > second["territory_rank"]


def test_rooms_prefer_one_for_each_person() -> None:
    household = a_household(size=3)
    by_rooms = [home_terms(household, a_home(typology=f"T{rooms}"))["rooms"] for rooms in (1, 2, 3, 4)]
    assert by_rooms[0] < by_rooms[1] < by_rooms[2] > by_rooms[3]


def test_contract_prefers_what_lasts() -> None:
    commute = Commute(5.0, 35.0, same_zone=True)
    posts = (a_post(contract="CDI"), a_post(contract="CDD", duration_months=8.0), a_post(contract="MIS"))
    lasting = [lead_terms(Lead(post, 1.0, commute))["contract"] for post in posts]
    assert lasting == sorted(lasting, reverse=True)
    assert len(set(lasting)) == 3


def test_an_unknown_term_is_left_out_not_counted_as_nothing() -> None:
    household = a_household(income_eur_per_month=None)
    terms = home_terms(household, a_home())
    assert "effort" not in terms
    assert utility(terms) > utility(terms | {"effort": 0.0})
    assert utility({}) == 0.0


@given(st.dictionaries(st.sampled_from([one.code for one in CRITERIA]), st.floats(0, 1)))
def test_a_utility_stays_between_nothing_and_all(terms: dict[str, float]) -> None:
    assert 0.0 <= utility(terms) <= 1.0 + 1e-9
