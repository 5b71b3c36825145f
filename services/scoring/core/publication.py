"""Publication: which territories' counters hold, and when a score goes out."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.scoring.core.generation import Generation
from shared.events import TerritoryCounters, TerritoryScore


@dataclass
class CountersView:
    """Counters of the newest complete generation. Records of another generation gather beside it; when each expected code
    has one, that generation takes over at once. Within a generation the highest position of a territory wins."""

    expected: frozenset[str]
    generation: Generation | None = None
    counters: dict[str, TerritoryCounters] = field(default_factory=dict)
    _gathering: dict[str, dict[str, TerritoryCounters]] = field(default_factory=dict)

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
        gathered = self._gathering.setdefault(record.generation, {})
        if _newer(record, gathered.get(record.code)):
            gathered[record.code] = record
        if len(gathered) < len(self.expected) or not self.expected <= gathered.keys():
            return set()
        self.generation, self.counters = generation, gathered
        self._gathering = {
            text: rest for text, rest in self._gathering.items() if Generation.parse(text).replaces(generation)
        }
        return set(gathered)

    @property
    def complete(self) -> bool:
        return self.generation is not None


def _newer(record: TerritoryCounters, known: TerritoryCounters | None) -> bool:
    return known is None or record.position > known.position


@dataclass
class Throttle:
    """At once on the leading edge, then at most one publication a territory in `interval` seconds. Times are monotonic."""

    interval: float
    _published_at: dict[str, float] = field(default_factory=dict)
    _waiting: dict[str, float] = field(default_factory=dict)

    def offer(self, codes: Iterable[str], now: float) -> None:
        """These territories have something new to publish."""
        for code in codes:
            self._waiting.setdefault(code, max(now, self._published_at.get(code, -self.interval) + self.interval))

    def take_due(self, now: float) -> list[str]:
        """The territories to publish now; they count as published."""
        due = [code for code, at in self._waiting.items() if at <= now]
        for code in due:
            del self._waiting[code]
            self._published_at[code] = now
        return due

    def seconds_to_next(self, now: float) -> float | None:
        """Until something is due; None when nothing waits."""
        return max(0.0, min(self._waiting.values()) - now) if self._waiting else None


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
