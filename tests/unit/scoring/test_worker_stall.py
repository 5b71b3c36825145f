"""A worker that gets nowhere ends, and is started again; one that counts, or waits for its group for a while, does not."""

import asyncio
import time
from typing import Any

import pytest

from services.scoring.adapters import counters_table
from services.scoring.adapters.counters_table import UNREADY_SECONDS, CountersKeeper, Output, Watchdog


class Ended(Exception):
    pass


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> CountersKeeper:
    def end(code: int, event: str, **_: Any) -> None:
        raise Ended(code, event)

    monkeypatch.setattr(counters_table, "end_process", end)
    nowhere: Any = None
    return CountersKeeper(
        table={}, output=Output(nowhere, nowhere), digest="d", bucket_count=8, partitions=8, watchdog=Watchdog(1e9)
    )


def look(keeper: CountersKeeper, *, ready: bool) -> None:
    asyncio.run(keeper.check(None, (), ready=ready))


def test_a_worker_that_waits_for_its_group_is_left_alone_for_a_while(keeper: CountersKeeper) -> None:
    look(keeper, ready=True)
    keeper.progress.ready_at -= UNREADY_SECONDS - 5
    keeper.progress.applied_at -= UNREADY_SECONDS - 5
    look(keeper, ready=False)
    assert not keeper.progress.ready


def test_a_worker_that_never_comes_back_from_a_rebalance_ends(keeper: CountersKeeper) -> None:
    look(keeper, ready=True)
    keeper.progress.ready_at -= UNREADY_SECONDS + 5
    keeper.progress.applied_at -= UNREADY_SECONDS + 5
    with pytest.raises(Ended):
        look(keeper, ready=False)


def test_what_is_still_counted_meanwhile_keeps_it_alive_and_so_does_having_been_ready(keeper: CountersKeeper) -> None:
    keeper.progress.ready_at -= UNREADY_SECONDS + 5
    keeper.progress.applied_at = time.monotonic()
    look(keeper, ready=False)
    keeper.progress.applied_at -= UNREADY_SECONDS + 5
    look(keeper, ready=True)
    look(keeper, ready=False)
