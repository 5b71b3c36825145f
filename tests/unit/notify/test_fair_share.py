"""How many deliveries are taken from each endpoint, and how many are in flight."""

from hypothesis import given
from hypothesis import strategies as st

from services.notify.core.fairness import Due, Load, share
from services.notify.core.lanes import AHEAD, Lanes
from services.notify.core.pace import FIRST_WINDOW, SLOW_SECONDS, next_window

IDLE = Load({})


def well(name: str, most: int = 100) -> Due:
    return Due(name, impaired=False, most=most)


def test_free_places_go_round_in_equal_parts() -> None:
    assert share([well("a"), well("b")], IDLE, capacity=10) == {"a": 5, "b": 5}


def test_no_endpoint_has_more_than_its_most() -> None:
    assert share([well("a", 16)], IDLE, capacity=100) == {"a": 16}
    assert share([well("a", 16)], Load({"a": 14}), capacity=100) == {"a": 2}


def test_impaired_endpoints_together_leave_three_quarters_to_the_others() -> None:
    due = [Due(f"dead{n}", impaired=True, most=1) for n in range(1000)] + [well("well")]
    given_to = share(due, IDLE, capacity=100)
    assert sum(places for name, places in given_to.items() if name.startswith("dead")) == 25
    assert given_to["well"] == 75


def test_what_waits_for_a_slow_receiver_leaves_its_place_to_others() -> None:
    full = Load({"slow": 100}, old=100)
    assert share([well("a")], full, capacity=100) == {"a": 100}
    assert share([well("a")], Load({"slow": 900}, old=900), capacity=100) == {}, "but not without end"


def test_nothing_is_given_where_nothing_is_free() -> None:
    assert share([well("a"), Due("b", impaired=True, most=1)], Load({"c": 10}), capacity=10) == {}


@given(
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=30, unique_by=lambda pair: pair[0]),
    st.dictionaries(st.integers(0, 30), st.integers(0, 8), max_size=10),
    st.integers(2, 60),
    st.integers(1, 20),
)
def test_capacity_and_limits_hold(
    endpoints: list[tuple[int, bool]], in_hand: dict[int, int], capacity: int, most: int
) -> None:
    load = Load({str(name): count for name, count in in_hand.items()})
    given_to = share([Due(str(n), impaired, most) for n, impaired in endpoints], load, capacity=capacity)
    assert sum(given_to.values()) <= max(0, capacity - load.total)
    for name, places in given_to.items():
        assert places >= 1
        assert places + load.by_endpoint.get(name, 0) <= most
    if capacity > load.total and any(
        not impaired and load.by_endpoint.get(str(n), 0) < most for n, impaired in endpoints
    ):
        assert given_to


def test_a_window_grows_by_quick_answers_and_shuts_at_the_first_failure() -> None:
    grown = FIRST_WINDOW
    for _ in range(5):
        grown = next_window(grown, delivered=True, seconds=0.01, most=16)
    assert grown == 16
    assert next_window(grown, delivered=True, seconds=SLOW_SECONDS, most=16) == 8
    assert next_window(1, delivered=True, seconds=10, most=16) == 1
    assert next_window(grown, delivered=False, seconds=0.01, most=16) == 1


def lanes(most: int = 16) -> Lanes[str]:
    return Lanes(most, lambda item: item)


def test_a_new_endpoint_begins_with_a_small_window_and_keeps_the_order() -> None:
    made = lanes()
    made.add("a", [f"m{n}" for n in range(10)])
    assert made.start("a", 0.0) == ["m0", "m1", "m2", "m3"]
    assert made.start("a", 0.0) == []
    assert made.end("a", "m0", 0.01, delivered=True) == []
    assert made.start("a", 0.01) == ["m4", "m5", "m6", "m7", "m8"]
    assert made.in_flight == 8


def test_a_failure_gives_back_what_waits_so_that_its_schedule_and_circuit_decide() -> None:
    made = lanes()
    made.add("a", [f"m{n}" for n in range(10)])
    made.start("a", 0.0)
    assert made.end("a", "m0", 0.01, delivered=False) == ["m4", "m5", "m6", "m7", "m8", "m9"]
    assert made.start("a", 0.01) == []
    assert made.most("a", failing=True) == 1


def test_a_try_in_flight_for_over_a_second_marks_its_endpoint_as_slow_and_is_no_load() -> None:
    made = lanes()
    made.add("a", ["m0", "m1"])
    made.start("a", 0.0)
    assert not made.is_slow("a", 0.5)
    assert made.load(0.5) == Load({"a": 2})
    assert made.is_slow("a", 1.5)
    assert made.load(1.5) == Load({"a": 2}, old=2)
    assert made.load(1.5).free(128) == 128
    made.end("a", "m0", 2.0, delivered=True)
    assert made.is_slow("a", 2.0)
    assert made.most("a", failing=False) == FIRST_WINDOW // 2
    made.end("a", "m1", 2.0, delivered=True)
    made.add("a", ["m2"])
    made.start("a", 2.0)
    made.end("a", "m2", 2.1, delivered=True)
    assert not made.is_slow("a", 2.1)


def test_what_was_not_tried_teaches_nothing() -> None:
    made = lanes()
    made.add("a", ["m0"])
    made.start("a", 0.0)
    made.end("a", "m0", 9.0, delivered=None)
    assert not made.is_slow("a", 9.0)
    assert made.most("a", failing=False) == FIRST_WINDOW * AHEAD


def test_a_stop_takes_back_what_was_not_begun() -> None:
    made = lanes()
    made.add("a", [f"m{n}" for n in range(6)])
    made.start("a", 0.0)
    assert made.take_waiting() == ["m4", "m5"]
    assert made.load(0.0).total == 4
