"""What a dispatcher has in hand: a lane per endpoint, with what waits its turn and what is in flight."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from services.notify.core.fairness import Load
from services.notify.core.pace import FIRST_WINDOW, SLOW_SECONDS, next_window

# Taken ahead of the window, so that the next try never waits for SQL: this many windows in all.
AHEAD: Final = 6
MOST_IDLE: Final = 5000

T = TypeVar("T")


@dataclass
class _Lane(Generic[T]):
    window: int = FIRST_WINDOW
    slow: bool = False
    waiting: deque[T] = field(default_factory=deque)
    started: dict[str, float] = field(default_factory=dict)

    @property
    def held(self) -> int:
        return len(self.waiting) + len(self.started)


class Lanes(Generic[T]):
    """Lanes by endpoint. Times are seconds of one monotonic clock; `most` is the widest window."""

    def __init__(self, most: int, name: Callable[[T], str]) -> None:
        self._most = most
        self._name = name
        self._lanes: OrderedDict[str, _Lane[T]] = OrderedDict()
        self.in_flight = 0

    def add(self, endpoint: str, items: Iterable[T]) -> None:
        """Puts what was leased into its lane."""
        self._lane(endpoint).waiting.extend(items)

    def start(self, endpoint: str, now: float) -> list[T]:
        """What is to be sent now: as much as the window lets through."""
        lane = self._lane(endpoint)
        begun: list[T] = []
        while lane.waiting and len(lane.started) < lane.window:
            item = lane.waiting.popleft()
            lane.started[self._name(item)] = now
            self.in_flight += 1
            begun.append(item)
        return begun

    def end(self, endpoint: str, item: T, now: float, *, delivered: bool | None) -> list[T]:
        """Takes note of a try that ended; gives back what should not wait here any longer. `delivered` is None where it
        was not tried at all.
        """
        lane = self._lane(endpoint)
        seconds = now - lane.started.pop(self._name(item))
        self.in_flight -= 1
        if delivered is None:
            return []
        lane.slow = seconds >= SLOW_SECONDS
        lane.window = next_window(lane.window, delivered=delivered, seconds=seconds, most=self._most)
        self._forget_idle()
        if delivered and not lane.slow:
            return []
        returned = list(lane.waiting)
        lane.waiting.clear()
        return returned

    def most(self, endpoint: str, *, failing: bool) -> int:
        """How many an endpoint may have in hand."""
        lane = self._lanes.get(endpoint)
        if failing:
            return 1
        if lane is None:
            return FIRST_WINDOW * AHEAD
        return lane.window if lane.slow else lane.window * AHEAD

    def is_slow(self, endpoint: str, now: float) -> bool:
        """Whether its last answer was slow, or one is being waited for."""
        lane = self._lanes.get(endpoint)
        return lane is not None and (lane.slow or any(now - at >= SLOW_SECONDS for at in lane.started.values()))

    def is_low(self, endpoint: str) -> bool:
        """Whether a lane has less than a window waiting."""
        lane = self._lanes.get(endpoint)
        return lane is None or len(lane.waiting) < lane.window

    def load(self, now: float) -> Load:
        """What is in hand, as fairness sees it."""
        by_endpoint: dict[str, int] = {}
        old = impaired = 0
        for endpoint, lane in self._lanes.items():
            if not lane.held:
                continue
            by_endpoint[endpoint] = lane.held
            aged = sum(now - at >= SLOW_SECONDS for at in lane.started.values())
            old += aged
            if lane.slow or aged or lane.window == 1:
                impaired += lane.held - aged
        return Load(by_endpoint, old, impaired)

    def take_waiting(self) -> list[T]:
        """Empties all lanes of what was not begun."""
        waiting = [item for lane in self._lanes.values() for item in lane.waiting]
        for lane in self._lanes.values():
            lane.waiting.clear()
        return waiting

    def _lane(self, endpoint: str) -> _Lane[T]:
        lane = self._lanes.setdefault(endpoint, _Lane())
        self._lanes.move_to_end(endpoint)
        return lane

    def _forget_idle(self) -> None:
        while len(self._lanes) > MOST_IDLE:
            endpoint, lane = next(iter(self._lanes.items()))
            if lane.held:
                return
            del self._lanes[endpoint]
