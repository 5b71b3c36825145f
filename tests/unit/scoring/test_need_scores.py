"""The répertoire for a need: equal to a reading of the states themselves, zero where nothing suits, unknown where nobody
tells."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.adapters.counting_places import counting_places
from services.scoring.core.indicators import BY_NAME, Block, Role
from services.scoring.core.need_scores import (
    DURABLE_BY_NEED,
    DURABLE_SHARE_BY_NEED,
    HOMES_BY_NEED,
    OF_THOSE_WITHOUT_LICENCE,
    OPENINGS_BY_NEED,
    NeedScores,
)
from services.scoring.core.needs import Need, occupations_of
from services.scoring.core.published_columns import PublishedColumns
from services.scoring.core.reach import reach_of
from shared.events import Offer, Typology, Vacancy
from shared.geography import geography
from shared.occupations import occupations
from tests.scoring_history import offer, vacancy
from tests.unit.scoring.published_country import PLACES, Country, country, of_states

ROW = {place.code: row for row, place in enumerate(PLACES)}
REACH = reach_of([place.employment_zone for place in PLACES], [place.point for place in PLACES])
AURILLAC = "241500230"
MASON = Need((("F1703", 1.0),))


@cache
def typical() -> Country:
    return country(7, 1_500)


def test_the_indicators_that_a_need_judges_anew_are_declared() -> None:
    jobs = {OPENINGS_BY_NEED, DURABLE_BY_NEED, DURABLE_SHARE_BY_NEED, OF_THOSE_WITHOUT_LICENCE}
    assert {BY_NAME[name].block for name in jobs} == {Block.JOBS}
    assert BY_NAME[HOMES_BY_NEED].block is Block.HOUSING
    assert all(BY_NAME[name].role is Role.SCORED for name in (*jobs, HOMES_BY_NEED))


def test_without_any_wish_the_scores_are_those_published() -> None:
    found = typical().scored_for(Need())
    for place, score, coverage in zip(PLACES, found.score, found.coverage, strict=True):
        published = typical().published[place.code]
        assert coverage == pytest.approx(published.coverage, abs=1e-3)
        if published.score is None:
            assert np.isnan(score)
        else:
            assert score == pytest.approx(published.score, abs=0.05)  # ranks are published with four digits


@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 500),
    sizes=st.sets(st.sampled_from(list(Typology))),
    max_rent=st.one_of(st.none(), st.floats(10, 2_000)),
    asked=st.sets(st.sampled_from(("F1703", "K1304", "N4101")), min_size=1),
)
def test_what_suits_is_counted_as_a_reading_of_all_states_would(
    seed: int, sizes: set[Typology], max_rent: float | None, asked: set[str]
) -> None:
    found_country = country(seed, 120)
    need = Need(occupations_of(asked, occupations().near), tuple(sorted(sizes)), max_rent)
    found = found_country.scored_for(need)
    weights = dict(need.occupations)
    homes: dict[str, int] = {}
    offers: dict[str, int] = {}
    openings: dict[str, float] = {}
    for state in found_country.states:
        code = counting_places().of_commune(state.commune)
        if isinstance(state, Vacancy):
            fits = state.typology in (sizes or set(Typology))
            top = need.rent_counted_up_to_eur
            homes[code] = homes.get(code, 0) + (fits and (top is None or state.rent_eur_per_month <= top))
        elif isinstance(state, Offer):
            offers[code] = offers.get(code, 0) + (state.rome in asked)
            each = 1 if state.openings is None else state.openings
            openings[code] = openings.get(code, 0.0) + weights.get(state.rome, 0.0) * each
    for place in PLACES:
        row = ROW[place.code]
        around = [PLACES[one].code for one in REACH.of(row)]
        told = [code for code in around if code in offers]
        if told:
            assert found.offers_around[row] == sum(offers[code] for code in told)
            assert found.openings_around[row] == pytest.approx(sum(openings[code] for code in told))
        else:
            assert np.isnan(found.offers_around[row])
            assert np.isnan(found.openings_around[row])
        if need.of_homes:
            assert (found.homes[row] == homes[place.code]) if place.code in homes else np.isnan(found.homes[row])


def test_a_budget_never_counts_a_home_above_it() -> None:
    found = of_states([vacancy("a", rent_eur_per_month=451), vacancy("b", rent_eur_per_month=449)])
    for budget, homes in ((425.0, 0), (449.0, 0), (450.0, 1), (475.0, 2), (5_000.0, 2)):
        assert found.scored_for(Need(max_rent_eur_per_month=budget)).homes[ROW[AURILLAC]] == homes


def test_a_home_above_the_last_band_is_in_no_budget_but_in_the_whole() -> None:
    found = of_states([vacancy("a", rent_eur_per_month=1_800)])
    assert found.scored_for(Need(max_rent_eur_per_month=9_000.0)).homes[ROW[AURILLAC]] == 0
    assert found.scored_for(Need(typologies=(Typology.T3,))).homes[ROW[AURILLAC]] == 1


def test_homes_that_placements_have_taken_are_not_free() -> None:
    taken = {AURILLAC: {"committed": 1, "committed_T3": 1}}
    found = of_states([vacancy("a"), vacancy("b"), vacancy("c", typology=Typology.T2)], taken)
    assert found.scored_for(Need(typologies=(Typology.T3,))).homes[ROW[AURILLAC]] == 1
    assert found.scored_for(Need(typologies=(Typology.T2,))).homes[ROW[AURILLAC]] == 1


def test_an_observed_zero_of_what_is_asked_for_is_not_made_up_for() -> None:
    homes = [vacancy(f"v{n}", typology=Typology.T2) for n in range(50)]
    found = of_states([*homes, *[offer(f"o{n}") for n in range(50)]])
    row = ROW[AURILLAC]
    assert found.published[AURILLAC].score
    for need in (Need(typologies=(Typology.T4,)), Need((("K1304", 1.0),))):
        scores = found.scored_for(need)
        assert scores.score[row] == 0
        assert scores.score_class[row] == 1
    assert found.scored_for(Need((("F1703", 1.0),), (Typology.T2,))).score[row] > 0


def test_where_nobody_tells_is_unknown_and_not_zero() -> None:
    found = of_states([offer(f"o{n}") for n in range(50)])
    scores = found.scored_for(Need((("F1703", 1.0),), (Typology.T3,)))
    row = ROW[AURILLAC]
    assert np.isnan(scores.homes[row])
    assert scores.offers_around[row] == 50
    silent = next(row for row in range(len(PLACES)) if ROW[AURILLAC] not in REACH.of(row))
    assert np.isnan(scores.offers_around[silent])
    assert np.isnan(scores.openings_around[silent])


def test_near_occupations_count_by_their_proximity_and_not_as_the_asked_one() -> None:
    found = of_states([offer("a", rome="F1701", openings=4), offer("b", rome="F1703", openings=1)])
    row = ROW[AURILLAC]
    with_near = found.scored_for(Need(occupations_of(["F1703"], occupations().near)))
    alone = found.scored_for(Need(occupations_of(["F1703"], None)))
    proximity = dict(occupations().near("F1703"))["F1701"]
    assert with_near.openings_around[row] == pytest.approx(1 + 4 * proximity)
    assert alone.openings_around[row] == 1
    assert with_near.offers_around[row] == alone.offers_around[row] == 1


@pytest.mark.parametrize("better", [{"F1703": 9, "F1703d": 9}, {"F1703+": 30}])
def test_more_of_an_occupation_never_lowers_its_view(better: dict[str, int]) -> None:
    base = country(3, 800)
    row = ROW[AURILLAC]
    before = base.scored_for(MASON)
    grown = {**base.counters[f"{AURILLAC}/F"]}
    for name, amount in better.items():
        grown[name] = grown.get(name, 0) + amount
    base.occupations.put(f"{AURILLAC}/F", grown)
    after = base.scored_for(MASON)
    assert after.blocks["jobs"][row] >= before.blocks["jobs"][row]
    assert after.openings_around[row] > before.openings_around[row]


def test_who_drives_does_not_mind_offers_that_ask_for_a_licence() -> None:
    states = [offer(f"o{n}", licence_required=True) for n in range(40)]
    found = of_states(states)
    row = ROW[AURILLAC]

    def jobs(need: Need) -> NeedScores:
        return found.scored_for(need)

    without, drives = jobs(Need(has_licence=False)), jobs(Need(has_licence=True))
    assert drives.blocks["jobs"][row] > without.blocks["jobs"][row]
    assert not np.isnan(without.blocks["jobs"][row])


def test_columns_follow_a_territory_that_loses_counters_and_contributions() -> None:
    columns = PublishedColumns(PLACES)
    full, empty = typical().published[AURILLAC], of_states([]).published[AURILLAC]
    columns.put(full)
    columns.put(empty)
    row = columns.row[AURILLAC]
    assert all(columns.counters.of(name)[row] == 0 for name in full.counters)
    unranked = {one.indicator for one in empty.contributions if one.rank is None} & columns.ranks.keys()
    assert "live_supply" in unranked
    assert all(np.isnan(columns.ranks[name][row]) for name in unranked)


def test_every_near_occupation_is_one_that_the_rome_has() -> None:
    weights = dict(occupations_of(["K1304", "F1703"], occupations().near))
    assert weights["K1304"] == weights["F1703"] == 1.0
    assert all(0 < weight <= 1 and occupations().known(code) for code, weight in weights.items())
    assert geography().territory(AURILLAC) is not None
