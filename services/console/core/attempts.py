"""Limits on tries: at most so many failures in a window, for each name. Pure: time is an argument."""

from collections import deque
from dataclasses import dataclass, field


@dataclass
class Attempts:
    """Failures by name in the last `window_seconds`; at most `most_names` names are remembered."""

    limit: int
    window_seconds: float
    most_names: int = 20_000
    _failures: dict[str, deque[float]] = field(default_factory=dict)

    def wait_seconds(self, name: str, now: float) -> float:
        """Seconds until `name` may try again: 0 when it may try now."""
        times = self._recent(name, now)
        if len(times) < self.limit:
            return 0.0
        return max(0.0, times[0] + self.window_seconds - now)

    def failed(self, name: str, now: float) -> None:
        """Remembers a failure."""
        if name not in self._failures and len(self._failures) >= self.most_names:
            # The oldest name goes: a flood of names must not fill the memory.
            del self._failures[next(iter(self._failures))]
        times = self._failures.setdefault(name, deque(maxlen=self.limit))
        times.append(now)

    def succeeded(self, name: str) -> None:
        """Forgets the failures of a name."""
        self._failures.pop(name, None)

    def _recent(self, name: str, now: float) -> deque[float]:
        times = self._failures.get(name, deque())
        while times and now - times[0] >= self.window_seconds:
            times.popleft()
        if not times:
            self._failures.pop(name, None)
        return times
