"""Several loops in one process: all are stopped together, and one that fails ends the process."""

import threading
import time

import pytest

from services.matching.slow_work import SlowWork


class Loop:
    """Waits to be stopped, or fails."""

    def __init__(self, failure: Exception | None = None, progressed_at: float = 0.0) -> None:
        self._failure = failure
        self._stopping = threading.Event()
        self.progressed_at = progressed_at
        self.active = False
        self.ran_to_the_end = False

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        self.active = True
        if self._failure is not None:
            raise self._failure
        self._stopping.wait(30)
        self.ran_to_the_end = True
        self.active = False


def test_one_that_fails_ends_all_and_its_failure_is_raised() -> None:
    sound = Loop()
    work = SlowWork([sound, Loop(ValueError("lost"))])
    with pytest.raises(ValueError, match="lost"):
        work.run()
    assert sound.ran_to_the_end


def test_stopping_ends_all() -> None:
    loops = [Loop(), Loop()]
    work = SlowWork(loops)
    thread = threading.Thread(target=work.run)
    thread.start()
    give_up = time.monotonic() + 30
    while not work.active:
        assert time.monotonic() < give_up
        time.sleep(0.01)
    work.stop()
    thread.join(30)
    assert all(one.ran_to_the_end for one in loops)
    assert not work.active


def test_it_stands_still_as_long_as_the_one_that_stands_still_longest() -> None:
    assert SlowWork([Loop(progressed_at=5.0), Loop(progressed_at=3.0)]).progressed_at == 3.0
