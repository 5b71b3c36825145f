"""Jobs are judged where people can work: the zone d'emploi, and what lies within 45 minutes."""

import numpy as np

from services.scoring.adapters.places import scored_places
from services.scoring.adapters.references import shipped_reference
from services.scoring.core.places import Place
from services.scoring.core.reach import KM_PER_MINUTE, REACH_MINUTES, reach_of
from services.scoring.core.scores import ScoreBoard, Scored
from shared.events import Contribution

KM_PER_DEGREE_OF_LATITUDE = 111.2
JOBS = {"known_offers": 600, "open_offers": 600, "open_openings": 700, "durable_offers": 350, "durable_openings": 400}
FIGURES = {"population": 50_000.0, "social_dwellings": 2_000.0, "vacant_social_dwellings": 50.0}


def place(code: str, zone: str, north_km: float | None = None) -> Place:
    point = None if north_km is None else (45.0 + north_km / KM_PER_DEGREE_OF_LATITUDE, 2.0)
    return Place(code, code, zone, "15", FIGURES, point)


def scores(*places: Place, jobs_at: str) -> dict[str, Scored]:
    board = ScoreBoard(places, shipped_reference())
    board.update(jobs_at, JOBS)
    return board.compute()


def openings(scored: Scored) -> Contribution:
    return next(one for one in scored.contributions if one.indicator == "job_openings")


def test_a_commuter_territory_beside_a_job_pole_is_not_scored_zero_for_jobs() -> None:
    found = scores(place("pole", "z1", 0), place("commuter", "z2", 30), place("away", "z3", 200), jobs_at="pole")
    assert openings(found["commuter"]).value == 7.0
    assert found["commuter"].blocks["jobs"] is not None
    assert found["commuter"].blocks["jobs"] > 0
    assert openings(found["away"]).value is None
    assert "silent_feed" in openings(found["away"]).flags


def test_what_is_far_counts_where_the_zone_is_the_same_and_what_is_near_counts_across_zones() -> None:
    limit = REACH_MINUTES * KM_PER_MINUTE
    reach = reach_of(["a", "b", "b", "c"], [(45.0, 2.0), (45.0 + (limit - 1) / 111.2, 2.0), (47.0, 2.0), None])
    assert reach.of(0) == [0, 1]
    assert reach.of(1) == [0, 1, 2]
    assert reach.of(2) == [1, 2]
    assert reach.of(3) == [3]


def test_sums_over_reach_leave_the_unknown_out() -> None:
    reach = reach_of(["a", "a", "b"], [None, None, None])
    assert reach.sums(np.array([[1.0, np.nan, 5.0]])).tolist() == [[1.0, 1.0, 5.0]]


def test_in_all_france_everybody_reaches_themselves_and_reach_is_mutual() -> None:
    places = scored_places()
    reach = reach_of([one.employment_zone for one in places], [one.point for one in places])
    reached = [set(reach.of(row)) for row in range(len(places))]
    assert all(row in found for row, found in enumerate(reached))
    assert all(row in reached[other] for row, found in enumerate(reached) for other in found)
    assert 5 < sum(map(len, reached)) / len(places) < 60


def test_a_figure_that_is_known_nowhere_in_reach_is_unknown_and_not_nothing() -> None:
    found = scores(place("pole", "z1", 0), place("commuter", "z2", 30), jobs_at="pole")
    (competition,) = [one for one in found["commuter"].contributions if one.indicator == "competition"]
    assert (competition.value, competition.rank) == (None, None)
