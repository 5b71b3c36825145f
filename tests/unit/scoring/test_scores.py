"""Scores: declared indicators, directions, unknowns, gates, and independence from the order of events."""

import random
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.adapters.places import scored_places
from services.scoring.adapters.references import shipped_reference
from services.scoring.core.counters import SET_OF, Counters
from services.scoring.core.indicators import BY_NAME, Direction
from services.scoring.core.measures import COUNTERS_READ
from services.scoring.core.places import Place
from services.scoring.core.reference import Reference, ReferenceInvalid, quantiles_of
from services.scoring.core.scores import ScoreBoard, Scored
from shared.events import Contribution

REFERENCE = shipped_reference()
AURILLAC = "241500230"
OFFICIAL_FIGURES = {"population": 50_000.0, "social_dwellings": 2_000.0, "vacant_social_dwellings": 50.0}


@cache
def places() -> tuple[Place, ...]:
    """Four départements side by side: territories of one zone, within reach of one another, and of one département."""
    return tuple(place for place in scored_places() if place.departement in {"12", "15", "19", "46"})


def village(code: str = "v", zone: str = "z", departement: str = "15", **official: float | None) -> Place:
    return Place(code, code, zone, departement, {**OFFICIAL_FIGURES, **official})


def score_of(counters: Counters, *others: tuple[Place, Counters], place: Place | None = None) -> Scored:
    """Score of one territory among others."""
    own = place or village()
    board = ScoreBoard((own, *(other for other, _ in others)), REFERENCE)
    board.update(own.code, counters)
    for other, theirs in others:
        board.update(other.code, theirs)
    return board.compute()[own.code]


def contribution(scored: Scored, name: str) -> Contribution:
    return next(one for one in scored.contributions if one.indicator == name)


FED: Counters = {
    "known_vacancies": 40,
    "open_vacancies": 40,
    "rent_known": 40,
    "rent_sum_eur": 16_000,
    "surface_sum_m2": 2_500,
    "dpe_known": 30,
    "dpe_fg": 4,
    "known_offers": 600,
    "open_offers": 600,
    "open_openings": 700,
    "durable_offers": 350,
    "offers_licence_known": 300,
    "offers_licence": 70,
    "known_commitments": 1,
    "open_commitments": 1,
    "capacity_households": 10,
    "committed": 2,
}
RANK_NAMES = sorted(REFERENCE.quantiles)


def test_more_official_vacancy_raises_the_score_up_to_its_cap() -> None:
    ranks = [
        contribution(score_of(FED, place=village(vacant_social_dwellings=vacant)), "official_vacancy")
        for vacant in (20.0, 100.0, 250.0, 900.0)
    ]
    assert [one.value for one in ranks] == [0.01, 0.05, 0.1, 0.1]
    assert ranks[0].rank is not None
    assert ranks[1].rank is not None
    assert ranks[0].rank < ranks[1].rank
    assert ranks[2].rank == ranks[3].rank
    assert "capped" in ranks[2].flags


@settings(max_examples=60, deadline=None)
@given(data=st.data(), name=st.sampled_from(RANK_NAMES))
def test_ranks_never_go_against_their_direction(data: st.DataObject, name: str) -> None:
    low, high = sorted(data.draw(st.tuples(st.floats(0, 400), st.floats(0, 400))))
    ranks = REFERENCE.rank(BY_NAME[name], np.array([low, high]))
    good = ranks if BY_NAME[name].direction is Direction.UP else -ranks
    assert good[0] <= good[1]


def test_a_silent_feed_an_unknown_and_an_observed_zero_are_three_things() -> None:
    silent = contribution(score_of({}), "live_supply")
    assert (silent.value, silent.rank, silent.flags) == (None, None, ("silent_feed",))
    zero = contribution(score_of({"known_vacancies": 3}), "live_supply")
    assert zero.value == 0.0
    assert zero.rank is not None
    assert zero.flags == ()
    unknown = contribution(score_of(FED, place=village(social_dwellings=None)), "live_supply")
    assert (unknown.value, unknown.flags) == (None, ())


def test_supply_is_what_no_placement_has_taken_and_never_below_zero() -> None:
    taken = contribution(score_of(FED | {"committed": 10}), "live_supply")
    assert taken.value == 15.0
    assert contribution(score_of(FED | {"committed": 90}), "live_supply").value == 0.0


def test_a_small_sample_is_shown_flagged_and_not_ranked() -> None:
    one = contribution(score_of(FED | {"dpe_known": 4, "dpe_fg": 4}), "energy")
    assert (one.value, one.rank) == (1.0, None)
    assert "small_sample" in one.flags


def test_nothing_known_is_no_score_and_no_zero() -> None:
    nothing = score_of({}, place=village(social_dwellings=None, vacant_social_dwellings=None))
    assert (nothing.score, nothing.score_class, nothing.coverage) == (None, None, 0.0)


def test_a_yearly_figure_alone_is_too_little_for_a_score() -> None:
    alone = score_of({})
    assert contribution(alone, "official_vacancy").rank is not None
    assert alone.score is None
    assert 0 < alone.coverage < 0.25


def test_capacity_none_declared_is_unknown_and_none_open_closes_the_territory() -> None:
    undeclared = {name: value for name, value in FED.items() if "commit" not in name and "capacity" not in name}
    assert contribution(score_of(undeclared), "absorption").rank is None
    closed = score_of(FED | {"open_commitments": 0, "capacity_households": 0})
    assert contribution(closed, "absorption").value == 0.0
    assert closed.score == 0.0
    unstated = score_of(FED | {"commitments_capacity_unknown": 1})
    assert contribution(unstated, "absorption").value is None


def test_jobs_are_judged_where_people_can_work() -> None:
    commuter = village("commuter", zone="pole")
    pole = (village("pole", zone="pole"), FED)
    away = (village("away", zone="elsewhere"), FED)
    assert contribution(score_of({}, pole, place=commuter), "job_openings").value == 7.0
    assert contribution(score_of({}, away, place=commuter), "job_openings").value is None


def test_a_departement_covers_its_territories_that_have_no_commitment_of_their_own() -> None:
    board = ScoreBoard((village("a"), village("b"), village("c", departement="48")), REFERENCE)
    board.update("a", {"committed": 3})
    board.update("b", {"known_commitments": 1, "open_commitments": 1, "capacity_households": 4, "committed": 1})
    board.update("15", {"known_commitments": 1, "open_commitments": 1, "capacity_households": 10})
    found = {code: contribution(scored, "absorption") for code, scored in board.compute().items()}
    assert found["a"].value == 0.6
    assert "projected_from_departement" in found["a"].flags
    assert found["b"].value == 0.75
    assert found["c"].value is None


def test_the_territories_of_a_named_set_share_its_capacity_and_the_households_it_has_taken() -> None:
    board = ScoreBoard((village("a"), village("b"), village("c")), REFERENCE)
    shared = {"known_commitments": 1, "open_commitments": 1, "capacity_households": 10, SET_OF + "a": 1}
    board.update("a", shared | {"committed": 4})
    board.update("b", shared | {"installed": 1})
    board.update("c", {"known_commitments": 1, "open_commitments": 1, "capacity_households": 10, "committed": 1})
    found = {code: contribution(scored, "absorption").value for code, scored in board.compute().items()}
    assert found == {"a": 0.5, "b": 0.5, "c": 0.9}
    board.update("b", {"known_commitments": 1, "open_commitments": 1, "capacity_households": 10})
    found = {code: contribution(scored, "absorption").value for code, scored in board.compute().items()}
    assert found == {"a": 0.6, "b": 1.0}


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_scores_do_not_depend_on_the_order_in_which_counters_came(seed: int) -> None:
    pick = random.Random(seed)
    codes = [place.code for place in places()]
    last: dict[str, Counters] = {}
    changes = []
    for _ in range(60):
        code = pick.choice(codes[:40])
        counters = {name: pick.randrange(0, 80) for name in COUNTERS_READ}
        last[code] = counters
        changes.append((code, counters))
    incremental = ScoreBoard(places(), REFERENCE)
    seen = dict(incremental.compute())
    for code, counters in changes:
        incremental.update(code, counters)
        if pick.random() < 0.2:
            seen |= incremental.compute()
    seen |= incremental.compute()
    whole = ScoreBoard(places(), REFERENCE)
    for code in pick.sample(sorted(last), k=len(last)):
        whole.update(code, last[code])
    assert seen == whole.compute()


def test_only_what_changed_is_computed_anew() -> None:
    board = ScoreBoard(places(), REFERENCE)
    assert len(board.compute()) == len(places())
    assert board.compute() == {}
    board.update(AURILLAC, {"known_vacancies": 9, "open_vacancies": 9})
    assert board.compute().keys() == {AURILLAC}


def test_the_shipped_reference_is_whole_and_names_what_is_simulated() -> None:
    assert REFERENCE.version == "0"
    assert {"rent_level", "energy"} <= REFERENCE.simulated
    assert "job_openings" not in REFERENCE.simulated
    flagged = contribution(score_of(FED), "rent_level").flags
    assert "simulated_reference" in flagged


def test_classes_go_from_one_to_five() -> None:
    assert [REFERENCE.score_class(score) for score in (0.0, *REFERENCE.class_breaks, 100.0)] == [1, 2, 3, 4, 5, 5]


def test_ties_in_the_reference_rank_as_one() -> None:
    flat = {**REFERENCE.quantiles, "energy": np.array([0.0] * 41 + [0.1] * 60)}
    ranks = replace(REFERENCE, quantiles=flat).rank(BY_NAME["energy"], np.array([0.0, 0.1]))
    assert ranks == pytest.approx([0.8, 0.295])


@pytest.mark.parametrize(
    "change",
    [
        {"quantiles": {}},
        {"class_breaks": [3, 2, 1, 0]},
        {"simulated": ["unheard_of"]},
        {"version": None, "quantiles": 3},
    ],
)
def test_a_reference_that_does_not_fit_the_indicators_is_refused(change: dict[str, object]) -> None:
    document: dict[str, object] = {
        "version": "0",
        "quantiles": {name: values.tolist() for name, values in REFERENCE.quantiles.items()},
        "class_breaks": [20, 40, 60, 80],
        "simulated": [],
    }
    assert Reference.parse(document).version == "0"
    with pytest.raises(ReferenceInvalid):
        Reference.parse(document | change)


def test_quantiles_leave_the_unknown_out() -> None:
    assert quantiles_of(np.array([np.nan, 1.0, 3.0]))[50] == 2.0
    with pytest.raises(ReferenceInvalid):
        quantiles_of(np.array([np.nan]))
