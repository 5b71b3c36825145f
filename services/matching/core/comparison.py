"""What the days compared say of the prices in force: the product's use of `pricing.shadow`, day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.matching.core.pricing.shadow import Shadow, ShadowRules


@dataclass(frozen=True, slots=True)
class ComparedDay:
    """What a day's placements were worth when it was played again, with the prices in force and without.

    `scale`: what was left of prices after it.
    """

    day: date
    with_prices: float
    without: float
    scale: float


def shadow_of(days: Sequence[ComparedDay], rules: ShadowRules, today: date) -> Shadow:
    """The state after some days, oldest first. What was lowered is tried whole again after `window_days`.

    Days are counted from the change of the scale: the day that changed it belongs to what was before.
    """
    scale = days[-1].scale if days else 1.0
    changed = next((place for place in range(len(days) - 1, 0, -1) if days[place - 1].scale != scale), 0)
    lowered = days[changed] if days and scale != 1.0 else None
    if lowered is not None and (today - lowered.day).days > rules.window_days:
        return Shadow(rules)
    since = days[changed + 1 :] if changed or scale != 1.0 else days
    return Shadow(rules, scale, tuple((one.with_prices, one.without) for one in since[-rules.window_days :]))
