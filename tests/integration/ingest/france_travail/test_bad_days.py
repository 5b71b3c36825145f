"""Errors, slow pages, refusals, limits, kills: nothing that exists is withdrawn, and the walk ends or goes on later."""

import json
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from deploy.demo.stock import OfferRow, load
from deploy.simulators.france_travail.faults import Faults
from deploy.simulators.france_travail.searching import Limits
from services.ingest.adapters.france_travail.errors import CredentialsRefused, Outage
from services.ingest.core.france_travail.freshness import Alert, Ending
from services.ingest.feeds.france_travail.puller import Busy, Puller, confirm
from shared.clock import utc_now
from tests.integration.ingest.france_travail.conftest import QUICK, SCHEDULE, MakeWorld
from tests.patience import until

QUIET = Faults(requests_per_second=None)


def test_errors_cut_bodies_and_tokens_that_are_revoked_are_overcome(make_world: MakeWorld) -> None:
    faults = Faults(requests_per_second=None, error_share=0.1, cut_share=0.05, revoke_every=7, token_seconds=60)
    world = make_world(faults=faults)
    walk = world.walk()
    assert walk.complete
    assert world.published() == world.truth()
    calls = world.simulator.calls
    assert calls["500"] > 0
    assert calls["401"] > 0
    assert calls["token"] > 1


def test_429_is_waited_for(make_world: MakeWorld) -> None:
    rows = (OfferRow("15014", "F1703", 40),)
    world = make_world(rows, faults=Faults(requests_per_second=None, throttle_next=2))
    started = time.monotonic()
    assert world.walk().complete
    assert world.simulator.calls["429"] == 2
    assert time.monotonic() - started >= 1, "Retry-After says a second"
    assert world.published() == world.truth()


def test_the_pace_of_the_settings_avoids_429(make_world: MakeWorld) -> None:
    world = make_world(
        rows=(OfferRow("15014", "F1703", 40),), faults=Faults(requests_per_second=40), requests_per_second=30
    )
    world.walk()
    assert world.simulator.calls["429"] == 0


def test_a_page_slower_than_the_timeout_is_asked_for_again(make_world: MakeWorld) -> None:
    faults = Faults(requests_per_second=None, slow_next=2, slow_seconds=5.0)
    world = make_world(faults=faults, timeout_seconds=2.0)
    assert world.walk().complete
    assert world.simulator.faults.slow_next == 0
    assert world.published() == world.truth()


def test_an_outage_leaves_the_walk_open_and_the_next_start_goes_on(make_world: MakeWorld) -> None:
    world = make_world(patience=replace(QUICK, outage_seconds=1.0))
    world.simulator.faults = QUIET.with_given({"down": True})
    puller = Puller(world.parts, SCHEDULE)
    with pytest.raises(Outage):
        puller.walk_once()
    (open_walk,) = world.rows("SELECT id, ending FROM feed_walk")
    assert open_walk["ending"] == Ending.WALKING
    world.simulator.faults = QUIET
    walk = puller.walk_once()
    assert walk.id == open_walk["id"]
    assert world.published() == world.truth()


def test_refused_credentials_are_said_and_nothing_is_withdrawn(make_world: MakeWorld) -> None:
    world = make_world()
    world.walk()
    parts = world.with_rules(client_id="someone-else")
    with pytest.raises(CredentialsRefused):
        Puller(parts, SCHEDULE).walk_once()
    assert world.published() == world.truth()


def test_an_api_that_announces_nothing_withdraws_nothing_and_raises_the_alert(make_world: MakeWorld) -> None:
    world = make_world()
    world.walk()
    published = world.published()
    world.simulator.universe.alive[:] = False
    walk = world.walk()
    assert walk.ending is Ending.ZERO
    assert world.published() == published
    assert Alert.SUSPICIOUS_ZERO in Puller(world.parts, SCHEDULE).health().alerts


def test_a_mass_disappearance_is_held_until_an_operator_confirms(make_world: MakeWorld) -> None:
    world = make_world(guard_minimum=5, guard_percent=25)
    world.walk()
    published, universe = world.published(), world.simulator.universe
    universe.withdraw(len(published) // 2)
    held = world.walk()
    assert held.ending is Ending.HELD
    assert world.published() == published
    puller = Puller(world.parts, SCHEDULE)
    assert puller.health().alerts == (Alert.HELD,)
    assert confirm(world.engine, at=utc_now()) is not None
    done = puller.walk_once()
    assert (done.id, done.ending) == (held.id, Ending.DONE)
    assert world.published() == world.truth()
    assert confirm(world.engine, at=utc_now()) is None
    assert puller.health().alerts == ()


def test_the_alert_is_raised_when_the_last_walk_is_older_than_the_licence_allows(make_world: MakeWorld) -> None:
    world = make_world()
    world.walk()
    puller = Puller(world.parts, SCHEDULE)
    assert puller.tell().alerts == ()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE feed_walk SET started_at = started_at - interval '25 hours'")
    assert puller.tell().alerts == (Alert.STALE,)


def test_a_second_that_cannot_be_cut_is_read_as_far_as_possible_and_what_is_not_seen_stays(
    make_world: MakeWorld,
) -> None:
    world = make_world((OfferRow("15014", "F1703", 60),), same_second=60, limits=Limits(10, 10), guard_percent=100)
    walk = world.walk()
    assert not walk.complete
    assert walk.unreached
    assert walk.unreached > 0
    assert set(world.published()) < set(world.truth())
    assert Alert.INCOMPLETE in Puller(world.parts, SCHEDULE).health().alerts
    known, universe = set(world.published()), world.simulator.universe
    universe.withdraw(20)
    world.walk()
    still = {universe.identifier(number) for number in universe.numbers()}
    assert known & still <= set(world.published()), "what the walk could not see was asked for by its id and stays"
    assert not set(world.published()) - still


def test_only_one_process_walks(make_world: MakeWorld) -> None:
    world = make_world()
    puller, other = Puller(world.parts, SCHEDULE), Puller(world.with_rules(concurrency=1), SCHEDULE)
    with puller._alone(), pytest.raises(Busy):
        other.walk_once()


def test_a_walk_that_is_killed_goes_on_where_it_was(make_world: MakeWorld) -> None:
    """Through the command, as the organisation France Travail, with the limits of the real API."""
    rows = (*load().in_departement("15").offers, *load().in_departement("48").offers)
    faults = Faults(requests_per_second=None, silent_after=10)
    world = make_world(rows, limits=Limits(), faults=faults, departements="15,48")
    world.as_the_feed()
    command = [sys.executable, "-m", "deploy.cli", "feed", "france-travail", "--once", "--json"]
    child = subprocess.Popen(command, env=world.environment())
    complete = "SELECT number FROM feed_shard WHERE reading = 'complete'"
    until(lambda: world.rows(complete))
    child.kill()
    child.wait()
    world.simulator.faults = QUIET
    read_before = {row["number"] for row in world.rows(complete)}
    (killed,) = world.rows("SELECT id, ending FROM feed_walk")
    assert killed["ending"] == Ending.WALKING, "the kill came too late to mean anything"
    assert read_before
    calls_before = world.simulator.calls["calls"]
    done = subprocess.run(command, env=world.environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["walk"] == killed["id"]
    assert report["seen"] == int(world.simulator.universe.alive.sum())
    assert world.published() == world.truth()
    whole = -(-len(world.simulator.universe) // 150)
    assert world.simulator.calls["calls"] - calls_before < whole, "what was read before the kill is not read again"
