"""Prices of a past window, and how prices are made and weigh."""

from dataclasses import dataclass, replace
from typing import Self

from services.matching.core.pricing.candidates import Amounts, Side


@dataclass(frozen=True, slots=True)
class PriceParameters:
    """How prices are made and weigh. Tuned on synthetic history (docs/matching-prices.md); the optimum is flat.

    `*_weight` multiply the potentials of the parties. `*_leave_rate_per_day`: how fast those who could still be there leave
    before their announced end; measure it where there is history. `*_fade`: power with which a price falls to 0 as its
    party runs out of time, a household's over its last `household_fade_days` only. `present_share`: how much a chance counts
    that is there already at the instant of a price: who is there now is judged as a candidate, it is not what waiting
    brings. A proposal is made from `threshold` on (in units of value).
    """

    household_weight: float = 0.73
    home_weight: float = 0.67
    post_weight: float = 0.55
    household_leave_rate_per_day: float = 0.012
    home_leave_rate_per_day: float = 0.008
    post_leave_rate_per_day: float = 0.015
    household_fade: float = 0.2
    home_fade: float = 0.4
    post_fade: float = 0.78
    household_fade_days: float = 27.0
    present_share: float = 0.5
    threshold: float = 0.02

    def weight(self, side: Side) -> float:
        """Multiplier of a side's potentials."""
        return (self.household_weight, self.home_weight, self.post_weight)[side]

    def scaled(self, factor: float) -> Self:
        """The same with every price a factor higher: what the shadow comparison lowers."""
        return replace(
            self,
            household_weight=factor * self.household_weight,
            home_weight=factor * self.home_weight,
            post_weight=factor * self.post_weight,
        )

    def leave_rate_per_day(self, side: Side) -> float:
        """Rate at which parties of a side leave before their announced end."""
        return (self.household_leave_rate_per_day, self.home_leave_rate_per_day, self.post_leave_rate_per_day)[side]

    def fade(self, side: Side) -> float:
        """Power of the fall of a side's prices."""
        return (self.household_fade, self.home_fade, self.post_fade)[side]

    def fade_days(self, side: Side) -> float | None:
        """Over how many last days a side's prices fall; None for the whole time from arrival to end."""
        return self.household_fade_days if side is Side.HOUSEHOLD else None


@dataclass(frozen=True, slots=True)
class PastParties:
    """The n parties of one side in a past window: when each was there (days), and its dual (never negative)."""

    begin_day: Amounts
    end_day: Amounts
    price: Amounts

    def __len__(self) -> int:
        return len(self.price)


@dataclass(frozen=True, slots=True)
class Trace:
    """One past window with its prices. `bound`: value of the optimum in hindsight of that window."""

    households: PastParties
    homes: PastParties
    posts: PastParties
    bound: float

    def side(self, side: Side) -> PastParties:
        """The parties of a side."""
        return (self.households, self.homes, self.posts)[side]
