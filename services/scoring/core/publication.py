"""Publication: which territories' counters hold, and when a score goes out."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from services.scoring.core.generation import Generation
from services.scoring.core.occupation_counters import expected_places, is_occupations
from shared.events import TerritoryCounters, TerritoryScore


@dataclass
class _Gathering:
    """Counters of a generation that is not whole yet, and the places that it still lacks."""

    missing: set[str]
    counters: dict[str, TerritoryCounters] = field(default_factory=dict)

    def take(self, record: TerritoryCounters) -> None:
        former = self.counters.get(record.code)
        if not _newer(record, former):
            return
        self.counters[record.code] = record
        self.missing.discard(record.code)
        if not is_occupations(record.code):
            if former is not None:
                self.missing -= expected_places(record.code, former.counters)
            self.missing |= expected_places(record.code, record.counters) - self.counters.keys()


@dataclass
class CountersView:
    """Counters of the newest complete generation. Records of another generation gather beside it; when each expected code
    has one, and each occupation place that a territory's counters tell of, that generation takes over at once. Within a
    generation the highest position of a place wins."""

    expected: frozenset[str]
    generation: Generation | None = None
    counters: dict[str, TerritoryCounters] = field(default_factory=dict)
    _gathering: dict[str, _Gathering] = field(default_factory=dict)

    def take(self, record: TerritoryCounters) -> set[str]:
        """The codes whose counters are not what they were: one, none, or all when a generation takes over.

        Raises ValueError for a generation that reads wrong.
        """
        generation = Generation.parse(record.generation)
        if self.generation is not None and generation.epoch <= self.generation.epoch:
            if generation != self.generation or not _newer(record, self.counters.get(record.code)):
                return set()
            self.counters[record.code] = record
            return {record.code}
        gathered = self._gathering.get(record.generation)
        if gathered is None:
            gathered = self._gathering[record.generation] = _Gathering(set(self.expected))
        gathered.take(record)
        if gathered.missing:
            return set()
        self.generation, self.counters = generation, gathered.counters
        self._gathering = {
            text: rest for text, rest in self._gathering.items() if Generation.parse(text).replaces(generation)
        }
        return set(self.counters)

    @property
    def complete(self) -> bool:
        return self.generation is not None


def _newer(record: TerritoryCounters, known: TerritoryCounters | None) -> bool:
    return known is None or record.position > known.position


@dataclass
class Throttle:
    """When each territory is told. What moved its own counters goes out at once on the leading edge, then at most once in
    `interval` seconds; a score that only its neighbours moved at most once in `around` seconds: one event moves some ten
    scores a little, and nobody waits for nine of them. Times are monotonic."""

    interval: float
    around: float
    _published_at: dict[str, float] = field(default_factory=dict)
    _own: dict[str, float] = field(default_factory=dict)
    _around: dict[str, float] = field(default_factory=dict)

    def offer(self, own: Iterable[str], now: float, *, around: Iterable[str] = ()) -> None:
        """These territories have something new to tell: of their own, or because of those around them."""
        for code in own:
            self._around.pop(code, None)
            self._own.setdefault(code, self._not_before(code, self.interval, now))
        for code in around:
            if code not in self._own:
                self._around.setdefault(code, self._not_before(code, self.around, now))

    def take_due(self, now: float, most: int) -> list[str]:
        """The territories to tell now, at most so many, the longest due first; they count as published. Those that only
        neighbours moved stand back for `around` seconds, and no longer: none is left waiting for ever."""
        due = [(at, code) for code, at in self._own.items() if at <= now]
        due += [(at + self.around, code) for code, at in self._around.items() if at <= now]
        taken = [code for _, code in sorted(due)[:most]]
        for code in taken:
            self._own.pop(code, None)
            self._around.pop(code, None)
            self._published_at[code] = now
        return taken

    def seconds_to_next(self, now: float) -> float | None:
        """Until something is due; None when nothing waits."""
        waiting = [*self._own.values(), *self._around.values()]
        return max(0.0, min(waiting) - now) if waiting else None

    def _not_before(self, code: str, pause: float, now: float) -> float:
        return max(now, self._published_at.get(code, -pause) + pause)


@dataclass(frozen=True)
class Told:
    """A score with its JSON, made once for the topic and for Redis."""

    score: TerritoryScore
    body: bytes

    @classmethod
    def of(cls, score: TerritoryScore) -> "Told":
        return cls(score, msgspec.json.encode(score))


def says_the_same(score: TerritoryScore, other: TerritoryScore | None) -> bool:
    """Whether two publications tell a reader the same, whenever and from whatever position they were made."""
    return other is not None and (
        score.generation,
        score.score,
        score.coverage,
        score.blocks,
        score.contributions,
        score.counters,
        score.reference_version,
    ) == (
        other.generation,
        other.score,
        other.coverage,
        other.blocks,
        other.contributions,
        other.counters,
        other.reference_version,
    )
