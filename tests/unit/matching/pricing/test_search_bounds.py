"""Bounds by which the benchmark's compiled searches leave triples unlooked at: never beyond what they bound, and as near to
it as they say. Against the harness's own formulas, where the harness is there."""

from typing import Any

import numpy as np
import pytest

from benchmarks.matching import harness

pytestmark = pytest.mark.skipif(not harness.available(), reason=f"the matching harness is not in {harness.PLACE}")


@pytest.fixture(autouse=True)
def importable() -> None:
    harness.enable()


def households(count: int) -> np.ndarray:
    """Rows of households of all sizes and resources, also without any."""
    from benchmarks.matching.market import _HOUSEHOLD

    random = np.random.default_rng(5)
    rows = np.zeros(count, _HOUSEHOLD)
    rows["persons"] = random.integers(1, 7, count)
    rows["income"] = random.choice([0.0, 300.0, 900.0, 1500.0], count) + random.uniform(0.0, 50.0, count)
    rows["priority"] = random.choice([1.0, 1.5, 2.0], count)
    rows["dalo"] = random.random(count) < 0.3
    rows["max_commute_km"] = random.choice([12.0, 25.0, 35.0], count)
    rows["best_quality"] = random.uniform(0.3, 1.0, count)
    return rows


def test_the_least_effort_is_that_of_the_best_wage_in_reach() -> None:
    from mobi90.score import effort

    from benchmarks.matching.kernels import least_effort

    random = np.random.default_rng(1)
    inside = 0
    for h in households(300):
        rent = float(random.uniform(150.0, 900.0))
        lowest = float(random.uniform(0.0, 2500.0))
        wages = lowest, lowest + float(random.choice([0.0, 200.0, 1500.0]))
        tried = [effort(rent, h["persons"], h["income"] + wage) for wage in np.linspace(*wages, 800)]
        least = least_effort(rent, h, wages)
        assert least <= min(tried) + 1e-12
        assert least == pytest.approx(min(tried), abs=2e-4)  # the best wage lies between two of those tried
        inside += min(tried) < min(tried[0], tried[-1]) - 1e-6
    assert inside > 5  # at neither end: where the aid begins to fall


@pytest.mark.parametrize("weighs", [(True, True), (True, False), (False, True)])
def test_nothing_is_worth_more_than_the_ceiling_that_leaves_it_out(weighs: tuple[bool, bool]) -> None:
    from mobi90.gen import ROOMS_IDEAL
    from mobi90.score import OFFER_ROW, VACANCY_ROW, effort, quality

    from benchmarks.matching.kernels import ROUNDING, ceiling_of, worth_of

    random = np.random.default_rng(2)
    home, post = np.zeros(1, VACANCY_ROW), np.zeros(1, OFFER_ROW)
    met = 0
    for h in households(400):
        home["rent"], home["rooms"] = random.uniform(150.0, 700.0), ROOMS_IDEAL[h["persons"]] + random.integers(0, 3)
        home["x"], home["y"], post["x"] = 0.0, 0.0, random.uniform(0.0, h["max_commute_km"])
        post["wage"], post["required_skill"] = random.uniform(900.0, 2500.0), random.uniform(0.0, 0.2)
        rank, nth = int(random.integers(0, 5)), int(random.integers(0, 3))
        found = quality(h, home[0], post[0], rank, nth)
        if found < 0.0:
            continue
        met += 1
        spare = int(home["rooms"][0] - ROOMS_IDEAL[h["persons"]])
        job = (1.0 if nth == 0 else 0.75) * (1.0 - 2.0 * float(post["required_skill"][0]))
        near = 1.0 - float(post["x"][0]) / h["max_commute_km"]
        paid = effort(home["rent"][0], h["persons"], h["income"] + post["wage"][0])
        worth = worth_of(h, found, weighs)
        exact = ceiling_of(h, job, near, paid, rank, spare, weighs)
        assert worth <= exact <= worth + 2 * ROUNDING
        for looser in ((1.0, near, paid), (job, 1.0, paid), (job, near, 0.0)):
            assert ceiling_of(h, *looser, rank, spare, weighs) >= exact
    assert met > 100


def test_the_cells_around_a_place_hold_all_within_reach_and_none_is_nearer_than_said() -> None:
    from benchmarks.matching.kernels import REACH_KM, cell_of, km_to_cell

    side = 12
    random = np.random.default_rng(3)

    def anywhere() -> Any:
        """Also beyond the rim of the grid, which begins 144 km before the origin and ends 288 km behind it."""
        return random.uniform(-260.0, 400.0, 2)

    near = 0
    for _ in range(3000):
        x, y = anywhere()
        other = np.array([x, y]) + random.uniform(-40.0, 40.0, 2) if random.random() < 0.7 else anywhere()
        away = float(np.hypot(other[0] - x, other[1] - y))
        a, b = cell_of(x, y, side)
        cell = cell_of(other[0], other[1], side)
        assert km_to_cell(x, y, *cell, side) <= away + 1e-9
        if away <= REACH_KM:
            near += 1
            assert max(abs(cell[0] - a), abs(cell[1] - b)) <= 1
    assert near > 500
    # A cell's nearest point: 10 km before its western edge, level with it.
    assert km_to_cell(-10.0, 5.0, 4, 4, side) == pytest.approx(10.0)
    assert km_to_cell(39.0, 40.0, 4, 4, side) == pytest.approx(5.0)
