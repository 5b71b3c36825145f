"""All France through two packers and two workers while they are killed a hundred times: the counters are the recount.

Bounded and seeded: ANCRAGE_CHAOS_SEED, ANCRAGE_CHAOS_KILLS and ANCRAGE_CHAOS_ENTITIES (a prefix of the stock) choose another
run. About a quarter of an hour on two cores; the figures are printed.
"""

import asyncio
import os
import random
import time
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from services.scoring.adapters.verification import read_states
from tests.scoring_chaos import PACKER, SCORER, WORKER, Kept, scoring_platform, settled
from tests.scoring_history import Published, Relay
from tests.scoring_national import national_events

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.timeout(7200)]
SEED = int(os.environ.get("ANCRAGE_CHAOS_SEED", "1"))
KILLS = int(os.environ.get("ANCRAGE_CHAOS_KILLS", "100"))
ENTITIES = int(os.environ.get("ANCRAGE_CHAOS_ENTITIES", "0")) or None
RUN = 2_000
AGAIN_EVERY, LATE_EVERY = 20, 30
KEPT = ((PACKER, "0"), (PACKER, "1"), (WORKER, "0"), (WORKER, "1"))


def runs(seed: int) -> Iterator[list[Published]]:
    records = national_events(seed, entities=ENTITIES)
    while run := list(islice(records, RUN)):
        yield run


def recovery_seconds(workers: list[Kept]) -> float:
    """From the kill of all workers until the state is recovered and served again."""
    began = time.monotonic()
    for worker in workers:
        worker.strike()
    for worker in workers:
        worker.wait_ready()
    return time.monotonic() - began


async def size_of_state(kafka: str) -> str:
    states = await read_states(kafka)
    sizes = [len(msgspec.json.encode(state)) for state in states.values()]
    return f"{len(sizes)} buckets, {sum(sizes)} bytes of state, the largest {max(sizes)}"


def test_counters_of_all_france_are_exact_after_a_hundred_kills(tmp_path: Path) -> None:
    pick = random.Random(SEED)
    published = again = late = 0
    with scoring_platform(tmp_path / "home", processes=()) as (settings, _, running):
        processes = [Kept(running, name, instance) for name, instance in KEPT]
        scorer = Kept(running, SCORER, "0")
        relay = Relay(settings.kafka_bootstrap)
        began = time.monotonic()
        try:
            for process in processes:
                process.wait_ready()
            victims = [processes[number % len(processes)] for number in range(KILLS)]
            pick.shuffle(victims)
            kill_at = time.monotonic() + pick.uniform(1, 5)
            former: deque[list[Published]] = deque(maxlen=20)
            for number, run in enumerate(runs(SEED), start=10):
                relay.publish(run)
                published += len(run)
                former.append(run)
                if number % AGAIN_EVERY == 0:
                    again += relay.publish_again()
                if number % LATE_EVERY == 0:
                    # Long after newer versions, and in no order: what compaction or a mirror of the topic may bring.
                    old = list(pick.choice(former))
                    pick.shuffle(old)
                    relay.publish(old)
                    late += len(old)
                if victims and time.monotonic() > kill_at:
                    victims.pop().strike()
                    kill_at = time.monotonic() + pick.uniform(0.5, 4)
                for process in processes:
                    process.look()
            while victims:
                time.sleep(pick.uniform(0.5, 4))
                victims.pop().strike()
                relay.publish_again()
                for process in processes:
                    process.look()
            for process in processes:
                process.wait_ready()
            result = settled(settings, seconds=600, tell=print)
            recovery = recovery_seconds([process for process in processes if process.name == WORKER])
            told = asyncio.run(size_of_state(settings.kafka_bootstrap))
        finally:
            relay.close()
            for process in (*processes, scorer):
                process.close()
    kills = {f"{process.name} {process.instance}": process.kills for process in processes}
    ends = {f"{process.name} {process.instance}": process.ends for process in processes}
    print(f"{published} records, {again} again, {late} late, kills {kills}, ended by themselves {ends}")
    print(f"{result.events} events, {result.repeated} repeated, {time.monotonic() - began:.0f} s")
    print(f"{told}; both workers ready {recovery:.1f} s after their kill")
    assert again, "inconclusive: nothing was published again"
    assert late, "inconclusive: nothing came late"
    assert sum(kills.values()) >= KILLS
    assert (result.exit_code, result.unapplied) == (0, 0), (result.reason, result.differences[:10])
    assert result.repeated >= again
