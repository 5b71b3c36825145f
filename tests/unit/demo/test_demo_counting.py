"""When the demonstration believes that everything it loaded is counted."""

import pytest

from deploy.demo.api import DemoFailed
from deploy.demo.show import await_counts

EXPECTED = {"vacancies": 3, "offers": 5}


def counts(*readings: int) -> "list[dict[str, int]]":
    return [{"vacancies": reading, "offers": 5} for reading in readings]


@pytest.mark.parametrize("kept", [False, True])
def test_it_waits_for_the_last_one(kept: bool) -> None:
    readings = iter(counts(0, 2, 3))
    told: list[dict[str, int]] = []
    await_counts(lambda: next(readings), EXPECTED, told.append, kept=kept, quiet_seconds=0.001)
    assert told == counts(0, 2, 3)


def test_a_fresh_home_that_counts_something_else_fails_with_both_figures() -> None:
    with pytest.raises(DemoFailed, match=r"'vacancies': 7.*'vacancies': 3"):
        await_counts(
            lambda: counts(7)[0], EXPECTED, lambda _: None, kept=False, patience_seconds=0.01, quiet_seconds=0.001
        )


def test_a_kept_home_also_holds_what_came_before_and_has_only_to_stand_still() -> None:
    await_counts(lambda: counts(7)[0], EXPECTED, lambda _: None, kept=True, quiet_seconds=0.001)
