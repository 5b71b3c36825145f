"""What is kept for good is not looked through, and yet not kept beyond its use."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from shared.garbage import drop_what_was_kept, keep_for_good


class Cycle:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def looked_through_again() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_a_cycle_that_was_kept_for_good_is_freed_once_what_was_kept_is_dropped() -> None:
    kept = Cycle()
    known = weakref.ref(kept)
    keep_for_good()
    del kept
    gc.collect()
    assert known() is not None
    drop_what_was_kept()
    assert known() is None
