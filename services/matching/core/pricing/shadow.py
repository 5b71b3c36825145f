"""Shadow comparison: what prices bring, told every day against greedy on the same arrivals, and what is done about it.

Greedy's books are kept beside the real ones: it takes at once, by value, whatever is possible among what has come. Where
prices realise clearly less, they are made lower; where lower ones do too, the engine goes on without.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Verdict(StrEnum):
    """What a day's comparison says."""

    TOO_SOON = "too_soon"
    KEPT = "kept"
    LOWERED = "lowered"
    WITHOUT_PRICES = "without_prices"


@dataclass(frozen=True, slots=True)
class ShadowRules:
    """When prices are lowered: over the last `window_days` (at least `first_days` of them since the last change) they
    realised less than greedy by more than `margin`. Each time they fall to `damping` of what they were; below `least` of
    what the model says, to nothing.

    Prices wait on purpose: in the first days of a market they trail greedy by some 7 %: the margin leaves room for it.
    """

    window_days: int = 14
    first_days: int = 3
    margin: float = 0.08
    damping: float = 0.6
    least: float = 0.3


@dataclass(frozen=True, slots=True)
class Shadow:
    """State of the comparison. `price_scale`: what every price is multiplied by, 1 to begin with, 0 once given up.

    `days`: value realised by the engine and by greedy, a pair for each day since the last change of the scale.
    """

    rules: ShadowRules = field(default_factory=ShadowRules)
    price_scale: float = 1.0
    days: tuple[tuple[float, float], ...] = ()

    def after_day(self, engine_value: float, greedy_value: float) -> tuple["Shadow", Verdict]:
        """The state after one more whole day, and what was decided."""
        days = (*self.days, (engine_value, greedy_value))[-self.rules.window_days :]
        if self.price_scale == 0.0:
            return replace(self, days=days), Verdict.WITHOUT_PRICES
        if len(days) < self.rules.first_days:
            return replace(self, days=days), Verdict.TOO_SOON
        if not self.falls_short(days):
            return replace(self, days=days), Verdict.KEPT
        lower = self.price_scale * self.rules.damping
        if lower < self.rules.least:
            return replace(self, price_scale=0.0, days=()), Verdict.WITHOUT_PRICES
        return replace(self, price_scale=lower, days=()), Verdict.LOWERED

    def falls_short(self, days: Sequence[tuple[float, float]]) -> bool:
        """Whether the engine realised less than greedy by more than the margin."""
        engine = sum(mine for mine, _ in days)
        greedy = sum(theirs for _, theirs in days)
        return engine < (1.0 - self.rules.margin) * greedy
