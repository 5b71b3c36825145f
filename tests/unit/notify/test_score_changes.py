"""Which score records are worth telling."""

from hypothesis import given
from hypothesis import strategies as st

from services.notify.core.score_changes import Mark, Seen, apply, is_change, is_new
from shared.events import TerritoryScore


def record(
    score: float | None, *, position: int = 1, generation: str = "g1", score_class: int | None = 3
) -> TerritoryScore:
    return TerritoryScore(
        code="241500230",
        generation=generation,
        position=position,
        score=score,
        score_class=None if score is None else score_class,
        coverage=1.0,
        blocks={},
        contributions=(),
        counters={},
        as_of="2026-11-23T09:00:00.000Z",
        reference_version="0",
    )


def told(scores: list[float | None], minimum: float = 1.0, seen: Seen | None = None) -> list[float | None]:
    found: list[float | None] = []
    for position, score in enumerate(scores, start=1):
        seen, counting = apply(seen, record(score, position=position), [minimum])
        if minimum in counting:
            found.append(score)
    return found


def test_a_change_below_the_minimum_is_not_told() -> None:
    assert told([50.0, 50.9, 50.1]) == [50.0]


def test_small_changes_add_up() -> None:
    assert told([50.0, 50.4, 50.8, 51.2, 51.6, 52.0, 52.4]) == [50.0, 51.2, 52.4]


def test_a_change_of_class_is_told_however_small() -> None:
    assert is_change(Mark(59.9, 3), Mark(60.0, 4), 1.0)
    assert not is_change(Mark(59.9, 3), Mark(60.0, 3), 1.0)


def test_becoming_known_or_unknown_is_told_and_unknown_is_not_zero() -> None:
    assert told([None, 0.0, None, 0.5]) == [0.0, None, 0.5]


def test_a_territory_without_a_score_is_not_told_at_first() -> None:
    assert told([None, None]) == []


def test_a_minimum_asked_for_later_starts_from_the_last_value_known() -> None:
    seen, _ = apply(None, record(50.0), [1.0])
    seen, counting = apply(seen, record(50.3, position=2), [1.0, 0.5])
    assert counting == frozenset()
    _, counting = apply(seen, record(50.6, position=3), [1.0, 0.5])
    assert counting == {0.5}


def test_a_record_counts_once_and_only_forward() -> None:
    seen, _ = apply(None, record(50.0, position=7), [1.0])
    assert not is_new(seen, record(70.0, position=7))
    assert not is_new(seen, record(70.0, position=6))
    assert is_new(seen, record(70.0, position=8))


def test_a_new_generation_counts_whatever_its_position() -> None:
    seen, _ = apply(None, record(50.0, position=7), [1.0])
    assert is_new(seen, record(50.0, position=1, generation="g2"))


@given(st.lists(st.floats(0, 100), min_size=1, max_size=40), st.sampled_from([0.1, 1.0, 5.0]))
def test_what_was_told_last_is_never_a_minimum_away_from_the_truth(scores: list[float], minimum: float) -> None:
    seen: Seen | None = None
    for position, score in enumerate(scores, start=1):
        seen, _ = apply(seen, record(score, position=position), [minimum])
        last = seen.told[minimum].score
        assert last is not None
        assert abs(last - score) < minimum or last == score
