"""A walk over real HTTP on real PostgreSQL: what is published is what exists."""

from services.ingest.core.france_travail.freshness import Ending
from tests.integration.ingest.france_travail.conftest import MakeWorld


def test_a_first_walk_publishes_all_that_exists_and_can_be_read(make_world: MakeWorld) -> None:
    world = make_world()
    walk = world.walk()
    assert walk.ending is Ending.DONE
    assert walk.complete
    assert walk.seen == int(world.simulator.universe.alive.sum())
    assert world.published() == world.truth()
    assert world.rows("SELECT 1 FROM feed_shard WHERE reading = 'split'"), "the stock was small enough for one search"
