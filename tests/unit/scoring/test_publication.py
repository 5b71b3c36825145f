"""Generations take over whole; scores go out at once, then at a bounded pace."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.core.publication import CountersView, Throttle, says_the_same
from shared.events import TerritoryCounters, TerritoryScore

OLD, NEW = "d-01A", "d-01B"


def counters(code: str, generation: str, position: int, amount: int = 1) -> TerritoryCounters:
    return TerritoryCounters(code, generation, position, {"open_vacancies": amount})


def complete_view() -> CountersView:
    view = CountersView(frozenset("ab"))
    assert view.take(counters("a", OLD, 1)) == set()
    assert not view.complete
    assert view.take(counters("b", OLD, 2)) == {"a", "b"}
    return view


def test_the_highest_position_of_a_territory_wins() -> None:
    view = complete_view()
    assert view.take(counters("a", OLD, 9, amount=9)) == {"a"}
    assert view.take(counters("a", OLD, 5, amount=5)) == set()
    assert view.take(counters("a", OLD, 9, amount=9)) == set()
    assert view.counters["a"].counters == {"open_vacancies": 9}


def test_a_new_generation_takes_over_when_it_is_whole() -> None:
    view = complete_view()
    assert view.take(counters("a", NEW, 1, amount=7)) == set()
    assert view.counters["a"].counters == {"open_vacancies": 1}
    assert view.take(counters("b", NEW, 1)) == {"a", "b"}
    assert str(view.generation) == NEW
    assert view.counters["a"].counters == {"open_vacancies": 7}
    assert view.take(counters("a", OLD, 99)) == set()


def test_a_generation_waits_for_the_occupations_that_its_territories_tell_of() -> None:
    def of(code: str, position: int, **amounts: int) -> TerritoryCounters:
        return TerritoryCounters(code, OLD, position, amounts)

    view = CountersView(frozenset(["a", "unlocated"]))
    assert view.take(of("unlocated", 1, offers_rome_K=4)) == set()
    assert view.take(of("a", 1, offers_rome_F=2, offers_rome_N=1)) == set()
    assert view.take(of("a/F", 1, F1703=2)) == set()
    assert view.take(of("a/N", 1, N4101=1)) == {"a", "unlocated", "a/F", "a/N"}
    assert view.take(of("a/F", 2, F1703=1)) == {"a/F"}


def test_a_territory_that_lost_its_offers_meanwhile_waits_for_no_occupation() -> None:
    view = CountersView(frozenset("a"))
    assert view.take(TerritoryCounters("a", OLD, 1, {"offers_rome_F": 1})) == set()
    assert view.take(TerritoryCounters("a", OLD, 2, {})) == {"a"}


def test_a_score_goes_out_at_once_and_then_once_in_the_interval() -> None:
    throttle = Throttle(0.25, 1.0)
    throttle.offer(["a"], 10.0)
    assert throttle.take_due(10.0, 9) == ["a"]
    throttle.offer(["a", "b"], 10.1)
    assert throttle.take_due(10.1, 9) == ["b"]
    throttle.offer(["a"], 10.2)
    assert throttle.seconds_to_next(10.2) == 0.05000000000000071
    assert throttle.take_due(10.249, 9) == []
    assert throttle.take_due(10.25, 9) == ["a"]
    assert throttle.seconds_to_next(10.25) is None


def test_what_only_neighbours_moved_goes_out_at_once_and_then_at_its_own_slower_pace() -> None:
    throttle = Throttle(0.25, 1.0)
    throttle.offer([], 10.0, around=["a"])
    assert throttle.take_due(10.0, 9) == ["a"]
    throttle.offer([], 10.1, around=["a"])
    assert throttle.seconds_to_next(10.1) == pytest.approx(0.9)
    assert throttle.take_due(10.9, 9) == []
    throttle.offer(["a"], 10.9)
    assert throttle.take_due(10.9, 9) == ["a"], "its own news does not wait for that"
    assert throttle.seconds_to_next(10.9) is None, "and has told what the neighbours did as well"
    throttle.offer(["a"], 11.0)
    throttle.offer([], 11.0, around=["a"])
    assert throttle.take_due(11.15, 9) == ["a"], "neighbours put nothing off"


def test_of_much_that_is_due_the_longest_waiting_goes_first_and_nothing_waits_for_ever() -> None:
    throttle = Throttle(0.25, 1.0)
    throttle.offer(["c"], 9.9, around=["z"])
    throttle.offer(["a", "b"], 10.0)
    assert throttle.take_due(10.0, 2) == ["c", "a"]
    throttle.offer(["d", "e"], 10.8)
    assert throttle.take_due(10.8, 2) == ["b", "d"]
    throttle.offer(["f"], 10.95)
    assert throttle.take_due(11.0, 2) == ["e", "z"], "what its neighbours moved stands back for a second, not longer"


@given(
    steps=st.lists(
        st.tuples(st.sampled_from("abc"), st.booleans(), st.floats(0.0, 0.4), st.integers(1, 3)),
        min_size=1,
        max_size=60,
    )
)
def test_whatever_is_offered_is_told_after_its_last_offer_and_never_twice_within_the_interval(
    steps: list[tuple[str, bool, float, int]],
) -> None:
    throttle, now = Throttle(0.25, 1.0), 0.0
    told: dict[str, list[float]] = {}
    offered: dict[str, float] = {}

    def take(most: int) -> None:
        for code in throttle.take_due(now, most):
            told.setdefault(code, []).append(now)

    for code, own, pause, most in steps:
        now += pause
        throttle.offer([code] if own else [], now, around=[] if own else [code])
        offered[code] = now
        take(most)
    while (left := throttle.seconds_to_next(now)) is not None:
        now += left
        take(1)
    for code, at in offered.items():
        assert told[code][-1] >= at
        assert all(later - earlier > 0.2499 for earlier, later in pairwise(told[code]))


def test_a_score_published_again_from_elsewhere_says_the_same() -> None:
    def score(position: int, as_of: str, value: float) -> TerritoryScore:
        return TerritoryScore("a", OLD, position, value, 3, 0.5, {"jobs": 0.5}, (), {"open_offers": 2}, as_of, "0")

    assert says_the_same(score(9, "later", 50.0), score(1, "earlier", 50.0))
    assert not says_the_same(score(1, "earlier", 51.0), score(1, "earlier", 50.0))
    assert not says_the_same(score(1, "earlier", 51.0), None)
