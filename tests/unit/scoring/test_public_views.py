"""Nothing under five, no score and no rank in anything that anyone may read."""

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.core import views
from services.scoring.core.indicators import COMPUTED, COUNTED
from services.scoring.core.places import Place
from shared.events import Contribution, TerritoryScore

# The only numbers that the public is shown beside counts: steps of five, and a share of what is known.
STEPS = {"score_class", "level", "coverage"}
PLACE = Place("a", "Territoire a", "z", "15", {"population": 1_000.0, "vacant_social_dwellings": 3.0})


def numbers(shown: Any, key: str = "") -> Iterator[tuple[str, float]]:
    """Every number of an answer with the key that holds it."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            yield from numbers(value, name)
    elif isinstance(shown, list):
        for value in shown:
            yield from numbers(value, key)
    elif isinstance(shown, int | float) and not isinstance(shown, bool):
        yield key, shown


def keys(shown: Any) -> Iterator[str]:
    if isinstance(shown, dict):
        for name, value in shown.items():
            yield name
            yield from keys(value)
    elif isinstance(shown, list):
        for value in shown:
            yield from keys(value)


@settings(max_examples=120, deadline=None)
@given(
    counters=st.dictionaries(st.sampled_from([*COUNTED, "vacancies_T3"]), st.integers(0, 9)),
    rank=st.floats(0, 1),
    value=st.floats(0, 4),
)
def test_no_public_answer_holds_a_count_under_five_a_score_or_a_rank(
    counters: dict[str, int], rank: float, value: float
) -> None:
    contributions = tuple(
        Contribution(one.name, one.block.value, value, rank, one.weight, one.unit.fr) for one in COMPUTED
    )
    blocks: dict[str, float | None] = {"housing": 0.5, "jobs": 0.4, "services": None, "territory": None}
    score = TerritoryScore(
        "a", "d-01A", 1, 61.5, 4, 0.8, blocks, contributions, counters, "2026-11-23T08:00:00.000Z", "0"
    )
    for shown in (views.public_summary(PLACE, score), views.public_detail(PLACE, score)):
        assert not {"score", "rank", "value", "weight", "blocks", "supply", "official"} & set(keys(shown))
        told = [(key, number) for key, number in numbers(shown) if key not in STEPS]
        assert all(number >= views.SHOWN_FROM for _, number in told), told
        for one in shown.get("profile", []):
            counter = next(item.shown_from_five for item in COMPUTED if item.name == one["indicator"])
            if counter and counters.get(counter, 0) < views.SHOWN_FROM:
                assert one["level"] is None
