"""From walk to walk: what appears, changes, moves and ends, while it is read or in between."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.demo.stock import OfferRow
from deploy.simulators.france_travail.facts import facts_of
from deploy.simulators.france_travail.faults import Faults
from deploy.simulators.france_travail.searching import Limits
from services.ingest.core.france_travail.freshness import Ending
from shared.clock import utc_now
from tests.integration.ingest.france_travail.conftest import MakeWorld

QUIET = Faults(requests_per_second=None)


def test_the_second_walk_creates_changes_and_withdraws_only_what_did(make_world: MakeWorld) -> None:
    world = make_world()
    first = world.walk()
    universe = world.simulator.universe
    at = utc_now()
    ended, changed, made = universe.withdraw(5), universe.change(at, 4), universe.create(at - timedelta(seconds=2), 3)
    second = world.walk()
    assert world.published() == world.truth()
    readable = [number for number in made if universe.identifier(number) in world.truth()]
    assert second.created == len(readable)
    assert second.gone == len([number for number in ended if facts_of(universe, number).rome != "N9999"])
    assert second.updated == len([number for number in changed if universe.exists(number)])
    assert second.unchanged == first.created - second.gone - second.updated
    third = world.walk()
    assert (third.created, third.updated, third.gone, third.absent) == (0, 0, 0, 0)


def test_what_is_withdrawn_is_erased_and_its_end_is_told(make_world: MakeWorld) -> None:
    world = make_world()
    world.walk()
    universe = world.simulator.universe
    (number,) = universe.withdraw(1)
    reference = universe.identifier(number)
    world.walk()
    (row,) = world.rows(
        "SELECT * FROM offer WHERE owner = :o AND reference = :r",
        o=world.parts.desk.actor.organisation,
        r=reference,
    )
    assert row["withdrawn_reason"] == "gone_at_source"
    assert row["commune"] is None
    left = {name: value for name, value in row["state"].items() if value}
    assert set(left) <= {"id", "feed", "reference", "status", "contract", "source", "observed_at"}
    assert "url" not in left["source"]
    assert row["lineage"]["source"] == "france-travail"
    assert row["lineage"]["licence"]
    assert row["lineage"]["fetched_at"]


def test_an_offer_that_comes_back_is_a_new_episode(make_world: MakeWorld) -> None:
    world = make_world()
    world.walk()
    universe = world.simulator.universe
    (number,) = universe.withdraw(1)
    world.walk()
    universe.alive[number] = True
    again = world.walk()
    assert again.created == 1
    assert world.published() == world.truth()


@pytest.mark.parametrize("status", [204, 404, 410])
def test_an_ended_offer_is_withdrawn_however_its_address_says_so(make_world: MakeWorld, status: int) -> None:
    world = make_world(faults=QUIET.with_given({"gone_status": status}))
    world.walk()
    world.simulator.universe.withdraw(3)
    assert world.walk().gone == 3
    assert world.published() == world.truth()


def test_an_offer_that_the_search_lacks_and_its_address_shows_stays_until_it_was_absent_often(
    make_world: MakeWorld,
) -> None:
    world = make_world(absent_walks=3)
    world.walk()
    world.simulator.faults = QUIET.with_given({"shows_ended": True})
    world.simulator.universe.withdraw(2)
    walks = [world.walk() for _ in range(3)]
    assert [(walk.kept, walk.withdrawn) for walk in walks] == [(2, 0), (2, 0), (0, 2)]
    assert world.published() == world.truth()


def test_with_zero_its_address_always_wins(make_world: MakeWorld) -> None:
    world = make_world(absent_walks=0)
    world.walk()
    world.simulator.faults = QUIET.with_given({"shows_ended": True})
    world.simulator.universe.withdraw(2)
    assert [world.walk().kept for _ in range(2)] == [2, 2]


def test_what_could_not_be_asked_for_waits_for_the_next_walk(make_world: MakeWorld) -> None:
    world = make_world()
    world.walk()
    world.simulator.universe.withdraw(4)
    limited = world.walk(confirmations=0)
    assert (limited.gone, limited.left_alone) == (0, 4)
    assert world.walk().gone == 4


def test_an_offer_that_becomes_unreadable_stays_as_it_was_and_is_quarantined(make_world: MakeWorld) -> None:
    rows = (OfferRow("15014", "F1703", 6), OfferRow("15014", "Z9999", 1))
    world = make_world(rows)
    world.walk()
    assert len(world.published()) == 6
    quarantined = world.rows("SELECT reference, reason, field, value FROM feed_quarantine")
    assert [(row["reason"], row["field"], row["value"]) for row in quarantined] == [
        ("rome_unknown", "romeCode", "Z9999")
    ]
    universe = world.simulator.universe
    readable = next(number for number in universe.numbers() if universe.row_of(number).rome == "F1703")
    universe.row[readable] = 1
    walk = world.walk()
    assert (walk.quarantined, walk.absent) == (2, 0)
    assert universe.identifier(readable) in world.published()
    universe.row[:] = 0
    world.walk()
    assert world.rows("SELECT * FROM feed_quarantine") == []
    assert len(world.published()) == 7


def test_partners_offers_are_read_although_a_search_without_origin_hides_them(make_world: MakeWorld) -> None:
    world = make_world()
    world.walk()
    partners = {reference for reference in world.published() if reference.isdigit()}
    assert len(partners) == int((world.simulator.universe.partner & world.simulator.universe.alive).sum())


def test_offers_without_a_commune_are_read_and_published_unlocated(make_world: MakeWorld) -> None:
    world = make_world((OfferRow(None, "F1703", 30), OfferRow("15014", "F1703", 60)))
    world.walk()
    assert world.published() == world.truth()
    assert sum("commune" not in content for content in world.published().values()) >= 30


def test_one_departement_can_be_pulled_alone(make_world: MakeWorld) -> None:
    world = make_world((OfferRow("15014", "F1703", 30), OfferRow("48095", "K1304", 30)), departements="48")
    walk = world.walk()
    assert walk.seen == 30
    assert {content["rome"] for content in world.published().values()} == {"K1304"}


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    seed=st.integers(0, 10_000),
    same_second=st.integers(0, 30),
    page=st.integers(4, 12),
    pages=st.integers(2, 3),
    changes_every=st.integers(1, 6),
)
def test_nothing_that_exists_is_withdrawn_and_a_quiet_walk_ends_with_exactly_what_exists(
    make_world: MakeWorld, seed: int, same_second: int, page: int, pages: int, changes_every: int
) -> None:
    rows = (OfferRow("15014", "F1703", 25), OfferRow("15014", "K1304", 30), OfferRow("75101", "G1602", 30))
    world = make_world(
        rows,
        seed=seed,
        same_second=same_second,
        limits=Limits(page, page * pages),
        faults=Faults(requests_per_second=None, changes_every=changes_every),
        guard_percent=100,
        concurrency=1 + seed % 3,
    )
    world.walk()
    before = set(world.published())
    world.walk()
    lost = before - set(world.published())
    still = {world.simulator.universe.identifier(number) for number in world.simulator.universe.numbers()}
    assert not lost & still
    world.simulator.faults = QUIET
    last = world.walk()
    assert last.ending is Ending.DONE
    published, exact = world.published(), world.truth()
    if last.complete:
        assert published == exact
    else:  # more came into one second than can be read: said, and never more than that is missing
        assert last.unreached
        assert len(exact) - len(published) <= last.unreached
        assert {reference: exact.get(reference) for reference in published} == published
