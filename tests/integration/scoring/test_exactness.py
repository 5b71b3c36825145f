"""The invariant of the counters: state from the stream == recount, to the last integer, whatever is killed meanwhile."""

from pathlib import Path

import pytest

from tests.scoring_chaos import PACKER, SCORER, WORKER, replay, scoring_platform

pytestmark = [pytest.mark.kafka, pytest.mark.redis]


@pytest.mark.timeout(1200)
def test_counters_are_exact_after_kills_and_republished_events(tmp_path: Path) -> None:
    with scoring_platform(tmp_path / "home") as (settings, _, running):
        outcome = replay(settings, running, seed=20261123, changes=20_000, kills=6, pause=0.2, tell=print)
    assert outcome.verification is not None
    assert outcome.republished >= 1, "inconclusive: nothing was published again"
    assert outcome.kills.keys() == {PACKER, WORKER, SCORER}, "inconclusive: a process was never killed"
    assert outcome.verification.repeated >= 1
    assert outcome.verification.events >= 20_000
    assert outcome.exact, (outcome.verification.reason, outcome.verification.differences[:10])
