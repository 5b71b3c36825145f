"""What weighs between households that could have the same home: lawful priorities, declared need, waiting time. No more.

Each household's options are first put on its own scale (its best option is 1), so that resources, effort, acceptance or a
richer choice never make one household worth more than another.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from services.matching.core.criteria import BY_CODE
from services.matching.core.model import Household
from services.matching.core.ranking import Option, worth

FULL_WAIT_MONTHS: Final = 36.0  # waiting counts up to three years, then no more
_DAYS_PER_MONTH: Final = 30.4375
_PRIORITY: Final = BY_CODE["priority"].weight
_NEED: Final = BY_CODE["declared_need"].weight
_WAITING: Final = BY_CODE["waiting"].weight


def weight_between(household: Household, today: date) -> float:
    """1 for a household without priority or need that asked today; each criterion multiplies. Never below 1.

    A household has a priority or not: labels do not add up to a rank of misfortunes.
    """
    days = max(0, (today - household.waiting_since).days)
    waited = min(1.0, days / _DAYS_PER_MONTH / FULL_WAIT_MONTHS)
    return (
        (1.0 + (_PRIORITY if household.priorities else 0.0))
        * (1.0 + (_NEED if household.accessible_needed else 0.0))
        * (1.0 + _WAITING * waited)
    )


def own_scale(options: Iterable[Option]) -> list[float]:
    """The worth of each option on the household's own scale: its best is 1. All 1 where none is worth anything."""
    values = [worth(option) for option in options]
    best = max(values, default=0.0)
    return [value / best if best > 0 else 1.0 for value in values]
