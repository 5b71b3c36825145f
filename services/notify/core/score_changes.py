"""Which score records are worth telling: territory-scores is a state topic, so its guard and its thresholds are here.

A record counts only beyond the (generation, position) last applied for its territory; in another generation it counts
whatever its position, for a key's records come in the topic's order. A change is measured from the value last *told* at the
same minimum, so that many small changes add up to one that is told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.events import TerritoryScore

DEFAULT_MINIMUM: Final = 1.0


@dataclass(frozen=True)
class Mark:
    """A score and its class (None: nothing known)."""

    score: float | None
    score_class: int | None


@dataclass(frozen=True)
class Seen:
    """What is known of a territory: the guard, the last value, and per minimum the value last told."""

    generation: str
    position: int
    last: Mark
    told: Mapping[float, Mark] = field(default_factory=dict)


def is_new(seen: Seen | None, record: TerritoryScore) -> bool:
    """Whether a record is beyond the guard."""
    return seen is None or seen.generation != record.generation or record.position > seen.position


def is_change(before: Mark | None, after: Mark, minimum: float) -> bool:
    """Whether `after` differs from `before` in class, in being known, or by `minimum` points."""
    if before is None:
        return after.score is not None
    if before.score_class != after.score_class or (before.score is None) != (after.score is None):
        return True
    return before.score is not None and after.score is not None and abs(after.score - before.score) >= minimum


def apply(seen: Seen | None, record: TerritoryScore, minimums: Iterable[float]) -> tuple[Seen, frozenset[float]]:
    """The state after a new record, and the minimums at which it is told.

    A minimum asked for the first time starts from the last value known.
    """
    after = Mark(record.score, record.score_class)
    told: dict[float, Mark] = dict(seen.told) if seen else {}
    counting: set[float] = set()
    for minimum in minimums:
        before = told.get(minimum, seen.last if seen else None)
        if is_change(before, after, minimum):
            counting.add(minimum)
            told[minimum] = after
        elif before is not None:
            told[minimum] = before
    return Seen(record.generation, record.position, after, told), frozenset(counting)
