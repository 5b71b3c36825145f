"""What was answered 2xx is on the topic as answered and in order, while API, relay, database and broker are killed."""

from pathlib import Path

import pytest

from tests.ingest_ledger import VICTIMS, ingest_platform, write_through_kills


@pytest.mark.kafka
@pytest.mark.timeout(1200)
def test_what_was_answered_is_on_the_topic_after_a_kill_of_each(tmp_path: Path) -> None:
    with ingest_platform(tmp_path / "home") as (settings, platform):
        outcome = write_through_kills(settings, platform, seed=20261126, kills=len(VICTIMS), tell=print)
    print(outcome.answered, "answered,", outcome.unanswered, "not,", outcome.repeated, "records published again")
    assert set(outcome.kills) == set(VICTIMS), "inconclusive: something was not killed"
    assert outcome.unanswered, "inconclusive: every call was answered"
    assert outcome.answered > 50, "inconclusive: hardly anything was written"
    assert outcome.faults == []
