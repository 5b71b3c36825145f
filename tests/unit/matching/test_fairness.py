"""The fairness report tells groups of five and more, and nothing that would give a smaller one away."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.matching.core.fairness import ANYWHERE, Dimension, Subject, group_label, group_of, report
from services.matching.core.model import Household, Priority
from tests.unit.matching.samples import TERRITORY, TODAY, a_household


def subjects(*sizes_and_counts: tuple[int, int]) -> list[Subject]:
    return [
        Subject(a_household(f"hh_{size}_{number}", size=size), number % 2, number % 4 == 1, 0.5)
        for size, count in sizes_and_counts
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("changed", "dimension", "code"),
    [
        ({"size": 1}, Dimension.SIZE, "1"),
        ({"size": 4}, Dimension.SIZE, "3-4"),
        ({"size": 5}, Dimension.SIZE, "5+"),
        ({"accessible_needed": True}, Dimension.ACCESSIBILITY, "needed"),
        ({"accessible_needed": None}, Dimension.ACCESSIBILITY, "not_declared"),
        ({"waiting_since": TODAY - timedelta(days=100)}, Dimension.WAITING, "under_6"),
        ({"waiting_since": date(2023, 1, 1)}, Dimension.WAITING, "24+"),
        ({"priorities": frozenset({Priority.DALO})}, Dimension.PRIORITY, "with"),
        ({}, Dimension.TERRITORY, TERRITORY),
        ({"wanted": ()}, Dimension.TERRITORY, ANYWHERE),
    ],
)
def test_a_household_is_in_one_group_of_each_dimension(
    changed: dict[str, Any], dimension: Dimension, code: str
) -> None:
    household: Household = a_household(**changed)
    assert group_of(household, dimension, TODAY) == code
    assert group_label(code, "fr")
    assert group_label(code, "en")


def test_shares_are_of_the_group() -> None:
    (group,) = report(subjects((3, 8)), TODAY)[Dimension.SIZE]
    assert (group.code, group.households, group.exposed, group.served, group.optimum) == ("3-4", 8, 0.5, 0.25, 0.5)


def test_a_small_group_is_not_told_and_cannot_be_had_by_subtraction() -> None:
    groups = {group.code: group.households for group in report(subjects((1, 9), (2, 4), (3, 7)), TODAY)[Dimension.SIZE]}
    assert groups == {"1": 9, "2": None, "3-4": None}
    both = {group.code: group.households for group in report(subjects((1, 3), (2, 4), (3, 7)), TODAY)[Dimension.SIZE]}
    assert both == {"1": None, "2": None, "3-4": 7}
    hidden = report(subjects((1, 4)), TODAY)[Dimension.SIZE][0]
    assert (hidden.households, hidden.exposed, hidden.optimum, hidden.median_wait_months) == (None, None, None, None)


def test_nobody_is_no_group() -> None:
    assert all(groups == () for groups in report([], TODAY).values())
