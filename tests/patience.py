"""Waiting for work that gets on, however slow the machine is."""

from collections.abc import Hashable
from dataclasses import dataclass, field


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
