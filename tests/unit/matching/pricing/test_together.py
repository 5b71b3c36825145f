"""Decisions taken together: never worth less than one after the other, within every limit."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.core.pricing.candidates import NO_POST, Candidates, Indices
from services.matching.core.pricing.decision import take
from services.matching.core.pricing.together import take_together

ROOM = {0: 1, 1: 2, 2: 1}


def judged(rows: list[tuple[int, int, int, float]]) -> tuple[Candidates, np.ndarray, Indices]:
    found = Candidates.of(*zip(*rows, strict=True)) if rows else Candidates.none()
    return found, found.value, np.argsort(-found.value, kind="stable")


def worth(rows: Indices, net: np.ndarray) -> float:
    return float(net[rows].sum())


def test_the_first_does_not_take_what_the_second_needs_more() -> None:
    found, net, order = judged([(0, 0, 0, 1.0), (0, 1, 1, 0.9), (1, 0, 2, 0.8)])
    assert take(order, found, ROOM.__getitem__).tolist() == [0]
    assert sorted(take_together(order, net, found, ROOM.__getitem__).tolist()) == [1, 2]


def test_what_a_guard_lets_pass_below_nothing_is_taken_with_what_is_left() -> None:
    found, net, order = judged([(0, 0, 0, 0.5), (0, 1, 1, 0.4), (1, 0, 2, 0.3), (2, 2, 1, -0.2)])
    assert take_together(order, net, found, ROOM.__getitem__).tolist()[-1] == 3


def test_who_stands_alone_is_taken_as_it_stands() -> None:
    found, net, order = judged([(0, 0, NO_POST, -0.3), (1, 1, NO_POST, 0.2)])
    assert take_together(order, net, found, ROOM.__getitem__).tolist() == [1, 0]


triples = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(0, 4), st.integers(NO_POST, 2), st.integers(-30, 100).map(lambda one: one / 100)
    ),
    max_size=24,
    unique_by=lambda one: one[:3],
)


@settings(max_examples=60, deadline=None)
@given(rows=triples)
def test_together_brings_at_least_as_much_and_keeps_every_limit(rows: list[tuple[int, int, int, float]]) -> None:
    found, net, order = judged(rows)
    together = take_together(order, net, found, ROOM.__getitem__)
    assert len(set(found.household[together].tolist())) == len(together)
    assert len(set(found.home[together].tolist())) == len(together)
    assert all((found.post[together] == post).sum() <= room for post, room in ROOM.items())
    positive = order[net[order] > 0]
    assert worth(together[net[together] > 0], net) >= worth(take(positive, found, ROOM.__getitem__), net) - 1e-9
    assert take_together(order, net, found, ROOM.__getitem__).tolist() == together.tolist()
    # Nothing that passes is left while it is still possible.
    more = [
        row
        for row in order.tolist()
        if found.household[row] not in found.household[together]
        and found.home[row] not in found.home[together]
        and (found.post[row] == NO_POST or (found.post[together] == found.post[row]).sum() < ROOM[int(found.post[row])])
    ]
    assert more == []
