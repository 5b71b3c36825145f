"""Late, repeated and reordered inputs end in the same state."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.core.entities import (
    Known,
    Outcome,
    content_digest,
    observation,
    on_put,
    on_withdrawal,
    too_far_ahead,
)

T0 = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return T0 + timedelta(minutes=minutes)


def test_the_first_publication_creates() -> None:
    assert on_put(None, at(0), b"a") is Outcome.CREATED


def test_the_same_content_is_unchanged_however_late() -> None:
    known = Known(at(5), b"a", withdrawn=False)
    assert on_put(known, at(9), b"a") is Outcome.UNCHANGED
    assert on_put(known, at(1), b"a") is Outcome.UNCHANGED


def test_an_older_observation_never_replaces_a_newer_one() -> None:
    assert on_put(Known(at(5), b"a", withdrawn=False), at(4), b"b") is Outcome.SUPERSEDED


def test_two_contents_of_one_instant_are_ordered_by_digest() -> None:
    assert on_put(Known(at(5), b"a", withdrawn=False), at(5), b"b") is Outcome.UPDATED
    assert on_put(Known(at(5), b"b", withdrawn=False), at(5), b"a") is Outcome.SUPERSEDED


def test_a_late_older_update_does_not_revive_what_was_withdrawn() -> None:
    gone = Known(at(5), b"a", withdrawn=True)
    assert on_put(gone, at(5), b"b") is Outcome.SUPERSEDED
    assert on_put(gone, at(6), b"a") is Outcome.CREATED


def test_a_withdrawal_older_than_the_publication_is_superseded() -> None:
    assert on_withdrawal(Known(at(5), b"a", withdrawn=False), at(4)) is Outcome.SUPERSEDED
    assert on_withdrawal(Known(at(5), b"a", withdrawn=False), at(5)) is Outcome.WITHDRAWN
    assert on_withdrawal(None, at(5)) is Outcome.UNKNOWN


def test_an_input_without_observation_is_always_the_newest() -> None:
    known = Known(at(5), b"a", withdrawn=False)
    assert observation(None, at(3), known) > known.observed_at
    assert observation(None, at(9), known) == at(9)
    assert observation(at(1), at(9), known) == at(1)


def test_five_minutes_of_clock_difference_are_allowed() -> None:
    assert not too_far_ahead(at(5), at(0))
    assert too_far_ahead(at(5) + timedelta(seconds=1), at(0))


Inputs = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from([b"a", b"b", b"c", None])), min_size=1, max_size=5, unique=True
)


def _fold(inputs: tuple[tuple[int, bytes | None], ...]) -> tuple[datetime, bytes | None] | None:
    """The state after publications and withdrawals (None as content), as the registry keeps it."""
    known: Known | None = None
    for minute, content in inputs:
        if content is None:
            ended = on_withdrawal(known, at(minute))
            if known is not None and (
                ended is Outcome.WITHDRAWN or (ended is Outcome.UNCHANGED and at(minute) > known.observed_at)
            ):
                known = Known(at(minute), known.digest, withdrawn=True)
            continue
        outcome = on_put(known, at(minute), content)
        later = known is None or at(minute) > known.observed_at
        if outcome in (Outcome.CREATED, Outcome.UPDATED) or (outcome is Outcome.UNCHANGED and later):
            known = Known(at(minute), content, withdrawn=False)
    return None if known is None or known.withdrawn else (known.observed_at, known.digest)


@given(Inputs.filter(lambda inputs: all(content is not None for _, content in inputs)))
def test_publications_in_any_order_give_the_same_state(inputs: list[tuple[int, bytes | None]]) -> None:
    assert len({_fold(order) for order in permutations(inputs)}) == 1


@given(Inputs, st.sampled_from([b"a", b"b"]))
def test_publications_and_withdrawals_in_any_order_after_the_first_give_the_same_state(
    inputs: list[tuple[int, bytes | None]], first: bytes
) -> None:
    assert len({_fold(((-1, first), *order)) for order in permutations(inputs)}) == 1


@given(Inputs)
def test_repeating_every_input_changes_nothing(inputs: list[tuple[int, bytes | None]]) -> None:
    once = tuple(inputs)
    twice = tuple(item for pair in zip(inputs, inputs, strict=True) for item in pair)
    assert _fold(once) == _fold(twice)


def test_the_digest_does_not_depend_on_the_order_of_fields() -> None:
    from services.ingest.core.states import digest_source

    one = content_digest(digest_source({"commune": "15014", "typology": "T3"}))
    other = content_digest(digest_source({"typology": "T3", "commune": "15014"}))
    assert one == other
