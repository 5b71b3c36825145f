"""What a host territory can still take, over which area and in which period."""

from datetime import date, timedelta

import pytest

from services.matching.core.hosting import Arrival, period_start
from services.matching.core.market import Reservation
from tests.unit.matching.samples import TERRITORY, TODAY, a_commitment, a_market

SAINT_FLOUR, MAURIAC = "200066660", "241500271"


def carried(name: str, commitment: str, *, begun: date = TODAY, persons: int | None = 3) -> Reservation:
    return Reservation(
        name, f"hh_{name}", f"vac_{name}", None, "usr_1", commitment, open=False, begun=begun, persons=persons
    )


@pytest.mark.parametrize(
    ("period", "start"),
    [("at_once", None), ("month", date(2027, 8, 1)), ("quarter", date(2027, 7, 1)), ("year", date(2027, 1, 1))],
)
def test_a_period_begins_with_the_calendar(period: str, start: date | None) -> None:
    assert period_start(period, date(2027, 8, 17)) == start


def test_persons_and_households_both_have_to_fit() -> None:
    assert a_commitment(capacity_persons=6, persons=3).has_room(3)
    assert not a_commitment(capacity_persons=6, persons=3).has_room(4)
    assert not a_commitment(capacity_households=1, capacity_persons=60, households=1).has_room(1)
    assert a_commitment().has_room(12)


def test_what_a_commitment_carries_is_counted_in_households_and_persons() -> None:
    market = a_market(a_commitment(capacity_persons=6))
    market.reserve(carried("plc_1", "emile:241500230"))
    market.reserve(carried("plc_2", "emile:241500230", persons=None))
    found = market.commitment_over("emile", TERRITORY, TODAY)
    assert found is not None
    assert (found.households, found.persons) == (2, 4)
    market.release("plc_1")
    found = market.commitment_over("emile", TERRITORY, TODAY)
    assert found is not None
    assert (found.households, found.persons) == (1, 1)


def test_places_by_period_are_used_by_those_who_came_in_it_and_only_by_those() -> None:
    market = a_market(a_commitment(capacity_households=2, period="year"))
    key = "emile:241500230"
    market.reserve(carried("plc_1", key))
    market.reserve(carried("plc_2", key, begun=TODAY - timedelta(days=400)))
    market.arrive(key, "plc_3", Arrival(TODAY, 3, live=False))  # completed this year
    found = market.commitment_over("emile", TERRITORY, TODAY)
    assert found is not None
    assert found.households == 2
    assert market.is_tight(key, TODAY)
    next_year = market.commitment_over("emile", TERRITORY, TODAY.replace(year=TODAY.year + 1))
    assert next_year is not None
    assert next_year.households == 0


def test_what_has_ended_uses_no_place_at_one_time() -> None:
    market = a_market(a_commitment(capacity_households=1))
    market.arrive("emile:241500230", "plc_1", Arrival(TODAY, 3, live=False))
    assert not market.is_tight("emile:241500230", TODAY)


def test_a_named_set_covers_each_of_its_territories_and_shares_its_capacity() -> None:
    market = a_market(a_commitment(area=(TERRITORY, SAINT_FLOUR), capacity_households=1))
    market.reserve(carried("plc_1", "emile:241500230"))
    for territory in (TERRITORY, SAINT_FLOUR):
        found = market.commitment_over("emile", territory, TODAY)
        assert found is not None
        assert not found.has_room(1)
    assert market.commitment_for("emile", MAURIAC) is None
    assert market.commitment_for("generique", TERRITORY) is None
    assert market.open_territories("emile", TODAY) == tuple(sorted((TERRITORY, SAINT_FLOUR)))


def test_a_departement_stands_for_what_belongs_to_no_set() -> None:
    whole, own = a_commitment(code="15"), a_commitment(code=SAINT_FLOUR, status="paused")
    market = a_market(whole, own)
    found = {code: market.commitment_for("emile", code) for code in (TERRITORY, SAINT_FLOUR)}
    assert {code: one.key if one else None for code, one in found.items()} == {
        TERRITORY: "emile:15",
        SAINT_FLOUR: f"emile:{SAINT_FLOUR}",
    }
    assert SAINT_FLOUR not in market.open_territories("emile", TODAY)
    market.drop_commitment(own.key)
    assert SAINT_FLOUR in market.open_territories("emile", TODAY)


def test_a_named_set_of_a_departement_covers_its_territories_alone() -> None:
    market = a_market(a_commitment(code="15", area=(SAINT_FLOUR,)))
    assert market.commitment_for("emile", TERRITORY) is None
    assert market.open_territories("emile", TODAY) == (SAINT_FLOUR,)


def test_a_set_that_changes_its_area_leaves_what_it_no_longer_names() -> None:
    market = a_market(a_commitment(area=(TERRITORY, SAINT_FLOUR)))
    market.put_commitment(a_commitment(area=(TERRITORY, MAURIAC)))
    assert market.commitment_for("emile", SAINT_FLOUR) is None
    assert market.commitment_for("emile", MAURIAC) is not None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_sets_over_a_territory_the_open_one_counts_however_they_came(order: tuple[int, int]) -> None:
    both = [
        a_commitment(key="set:a", code="a", area=(TERRITORY,)),
        a_commitment(key="set:b", code="b", area=(TERRITORY,), status="closed"),
    ]
    market = a_market(*(both[index] for index in order))
    assert market.commitment_for("emile", TERRITORY) == both[0]
    market.drop_commitment("set:a")
    assert market.commitment_for("emile", TERRITORY) == both[1]
    market.drop_commitment("set:b")
    assert market.commitment_for("emile", TERRITORY) is None
