"""Two copies of a process of scoring: they share the work, take over from each other, and one that wakes spoils nothing."""

import signal
import time
from collections.abc import Iterator

import pytest

from tests.scoring_chaos import PACKER, WORKER, Copy, answered, settled
from tests.scoring_live import SESSION_SECONDS, Live, eventually, frozen, live_scoring

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_scoring(tmp_path_factory.mktemp("scoring")) as found:
        yield found


def test_two_workers_and_two_packers_share_and_hand_over(live: Live) -> None:
    before = live.shown_vacancies()
    with Copy(live.running, WORKER, "1") as worker, Copy(live.running, PACKER, "1") as packer:
        worker.wait_ready()
        packer.wait_ready()
        taken = answered(worker.port, "/status")["records"]
        for _ in range(20):
            live.publish_vacancy()
        live.publish_everywhere(400)
        assert eventually(lambda: live.open_vacancies() == before + 20)
        assert eventually(lambda: answered(worker.port, "/status")["records"] > taken), "the copy has its share"
        assert eventually(lambda: answered(packer.port, "/status")["events"] > 0), "the copy has its share"
        assert settled(live.settings, seconds=60).exit_code == 0
        packer.send(signal.SIGKILL)
        worker.send(signal.SIGKILL)
        live.publish_everywhere(400)
        live.publish_vacancy()
        # The copies never come back: their partitions are free when their sessions end.
        assert eventually(lambda: live.open_vacancies() == before + 21, seconds=90)
        assert settled(live.settings, seconds=60).exit_code == 0


def test_a_worker_that_was_replaced_while_it_was_frozen_writes_nothing_behind_its_successor(live: Live) -> None:
    before = live.shown_vacancies()
    with Copy(live.running, WORKER, "1") as successor:
        successor.wait_ready()
        first = live.running.pids()[WORKER]
        with frozen(first):
            live.publish_everywhere(400)
            live.publish_vacancy()
            time.sleep(SESSION_SECONDS)
            assert eventually(lambda: live.open_vacancies() == before + 1, seconds=90), "the successor counts"
            assert settled(live.settings, seconds=60).unapplied == 0, "all partitions are the successor's"
        assert eventually(lambda: live.running.pids().get(WORKER) not in {None, first}, seconds=30), "it ended itself"
        live.publish_everywhere(400)
        live.publish_vacancy()
        assert eventually(lambda: live.open_vacancies() == before + 2, seconds=90)
        assert settled(live.settings, seconds=60).exit_code == 0
    # What the changelog holds is what a worker recovers after the copy is gone.
    live.running.kill(WORKER)
    live.running.wait_ready(WORKER)
    live.publish_vacancy()
    assert eventually(lambda: live.open_vacancies() == before + 3, seconds=90)
    assert settled(live.settings, seconds=60).exit_code == 0
