"""When a placement now is worth more than what its home and its post are worth to others, and when prices have no say."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from services.matching.core.model import Home, Household
from services.matching.core.price_list import PriceList
from services.matching.core.ranking import Option

EXPIRING_DAYS: Final = 2
_FULL_PRICE_DAYS: Final = 30  # a home that stays longer fetches its whole price


@dataclass(frozen=True, slots=True)
class Weighing:
    """How prices weigh. Values are on the scale of `PriceList`; days are calendar days.

    A price never makes a home wait that ends within `expiring_days`, nor a household that has waited `long_wait_days`. The
    weights stay below 1: the homes of the past were known in hindsight, today's are not (tuned on the bench's seeds).
    """

    home_weight: float = 0.57
    post_weight: float = 0.4
    home_fade: float = 0.7
    threshold: float = 0.04
    expiring_days: int = EXPIRING_DAYS
    long_wait_days: int = 365

    def net(self, value: float, option: Option, prices: PriceList, today: date) -> float:
        """`value` less the weighted prices of home and post; a home that ends soon costs less."""
        net = self.net_of_home(value, option.home, prices, today)
        if option.lead is not None:
            net -= self.post_weight * prices.of_post(option.lead.post)
        return net

    def net_of_home(self, value: float, home: Home, prices: PriceList, today: date) -> float:
        """`value` less the weighted price of the home alone: no option of this home nets more."""
        return value - self.home_weight * prices.of_home(home) * self._left(home, today)

    def must_not_wait(self, household: Household, home: Home, today: date) -> bool:
        """Whether prices may rank, but no longer refuse."""
        until = home.available_until
        expiring = until is not None and (until - today).days < self.expiring_days
        return expiring or (today - household.waiting_since).days >= self.long_wait_days

    def _left(self, home: Home, today: date) -> float:
        if home.available_until is None:
            return 1.0
        days = max(0, (home.available_until - today).days)
        return float(min(1.0, days / _FULL_PRICE_DAYS) ** self.home_fade)
