"""How many deliveries each endpoint may have in flight."""

from hypothesis import given
from hypothesis import strategies as st

from services.notify.core.fairness import Due, Load, share

IDLE = Load({}, 0)


def test_free_places_go_round_in_equal_parts() -> None:
    assert share([Due("a", False), Due("b", False)], IDLE, capacity=10, per_endpoint=100) == {"a": 5, "b": 5}


def test_no_endpoint_has_more_than_its_part() -> None:
    assert share([Due("a", False)], IDLE, capacity=100, per_endpoint=16) == {"a": 16}
    assert share([Due("a", False)], Load({"a": 14}, 0), capacity=100, per_endpoint=16) == {"a": 2}


def test_a_failing_endpoint_has_one_at_most() -> None:
    assert share([Due("a", True)], IDLE, capacity=100, per_endpoint=16) == {"a": 1}
    assert share([Due("a", True)], Load({"a": 1}, 1), capacity=100, per_endpoint=16) == {}


def test_failing_endpoints_together_leave_three_quarters_to_the_others() -> None:
    due = [Due(f"dead{n}", True) for n in range(1000)] + [Due("well", False)]
    given_to = share(due, IDLE, capacity=100, per_endpoint=100)
    assert sum(places for name, places in given_to.items() if name.startswith("dead")) == 25
    assert given_to["well"] == 75


def test_nothing_is_given_where_nothing_is_free() -> None:
    assert share([Due("a", False), Due("b", True)], Load({"c": 10}, 0), capacity=10, per_endpoint=16) == {}


@given(
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=30, unique_by=lambda pair: pair[0]),
    st.dictionaries(st.integers(0, 30), st.integers(0, 8), max_size=10),
    st.integers(2, 60),
    st.integers(1, 20),
)
def test_capacity_and_limits_hold(
    endpoints: list[tuple[int, bool]], in_flight: dict[int, int], capacity: int, per_endpoint: int
) -> None:
    load = Load({str(name): count for name, count in in_flight.items()}, 0)
    given_to = share(
        [Due(str(n), failing) for n, failing in endpoints], load, capacity=capacity, per_endpoint=per_endpoint
    )
    assert sum(given_to.values()) <= max(0, capacity - load.total)
    for name, places in given_to.items():
        assert places >= 1
        assert places + load.by_endpoint.get(name, 0) <= max(per_endpoint, 1)
    if capacity > load.total and any(
        not failing and load.by_endpoint.get(str(n), 0) < per_endpoint for n, failing in endpoints
    ):
        assert given_to
