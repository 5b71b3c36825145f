"""Waiting for what happens elsewhere, however slow the machine is: a limit is there for what never comes."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 180.0


def until(look: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """What `look` gives once it gives something true. Fails the test where that has not come after `seconds`."""
    give_up = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < give_up, f"did not happen within {seconds:.0f} s"
        time.sleep(0.02)
    return found


@dataclass
class Patience:
    """Lost after `seconds` without progress; times are monotonic. Progress is a standing that was not seen before, so what
    goes round in circles is none."""

    seconds: float
    _seen: set[Hashable] = field(default_factory=set)
    _progress_at: float | None = None

    def lost(self, standing: Hashable, now: float) -> bool:
        """Whether nothing new has been seen for too long, with this standing at this time."""
        if standing not in self._seen or self._progress_at is None:
            self._seen.add(standing)
            self._progress_at = now
        return now - self._progress_at > self.seconds
