"""A circuit breaker: after failures in a row nobody calls for a while, then one call tries. Pure: the time is given."""

from dataclasses import dataclass, replace
from enum import StrEnum


class State(StrEnum):
    """CLOSED: calls pass. OPEN: none does. HALF_OPEN: one does, and decides."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True)
class Circuit:
    """Seconds are those of any steady clock. A longer series of failures waits longer, up to `longest_seconds`."""

    failures_to_open: int = 5
    first_seconds: float = 5.0
    longest_seconds: float = 120.0
    failures: int = 0
    openings: int = 0
    opened_at: float | None = None
    trying: bool = False

    def state(self, now: float) -> State:
        """What a caller finds at `now`."""
        if self.opened_at is None:
            return State.CLOSED
        return State.OPEN if self.wait_seconds(now) > 0 else State.HALF_OPEN

    def wait_seconds(self, now: float) -> float:
        """Seconds until a call may be tried; 0 when it may."""
        if self.opened_at is None:
            return 0.0
        pause = min(self.longest_seconds, self.first_seconds * 2.0 ** max(0, self.openings - 1))
        return max(0.0, self.opened_at + pause - now)

    def admit(self, now: float) -> "tuple[bool, Circuit]":
        """Whether a call may go, and the circuit after that. Half open admits one call until it reports."""
        state = self.state(now)
        if state is State.CLOSED:
            return True, self
        if state is State.OPEN or self.trying:
            return False, self
        return True, replace(self, trying=True)

    def succeeded(self) -> "Circuit":
        """After an answer that shows the other side alive."""
        return replace(self, failures=0, openings=0, opened_at=None, trying=False)

    def failed(self, now: float) -> "Circuit":
        """After a failure; opens at the threshold, and again at once when the trial call failed."""
        failures = self.failures + 1
        if self.trying or (self.opened_at is None and failures >= self.failures_to_open):
            return replace(self, failures=failures, openings=self.openings + 1, opened_at=now, trying=False)
        return replace(self, failures=failures)
