"""The long kill test of ingest: `ancrage test chaos`. ANCRAGE_CHAOS_SEED and ANCRAGE_CHAOS_KILLS choose another run."""

import os
from pathlib import Path

import pytest

from tests.ingest_ledger import RELAY, VICTIMS, ingest_platform, write_through_kills

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1500)]
SEED = int(os.environ.get("ANCRAGE_CHAOS_SEED", "1"))
KILLS = int(os.environ.get("ANCRAGE_CHAOS_KILLS", "40"))


def test_nothing_answered_is_lost_or_reordered_through_many_kills(tmp_path: Path) -> None:
    with ingest_platform(tmp_path / "home") as (settings, platform):
        outcome = write_through_kills(settings, platform, seed=SEED, kills=KILLS, writers=4, tell=print)
    print(outcome)
    assert set(outcome.kills) == set(VICTIMS)
    assert outcome.kills[RELAY] >= KILLS // 8, "inconclusive: too few kills"
    assert outcome.repeated, "inconclusive: nothing was published again"
    assert outcome.faults == []
