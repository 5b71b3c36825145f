"""How much a figure still weighs: half after each half-life since its vintage. Decided when scores are read, by the month,
so that no counter depends on the clock and scores do not stir every night."""

from collections.abc import Mapping, Sequence
from datetime import date

from services.scoring.core.indicators import Indicator


def freshness_of(indicators: Sequence[Indicator], vintages: Mapping[str, date], today: date | None) -> list[float]:
    """0..1 for each indicator: 1 for live figures, for a vintage that is not known, and for one to come."""
    return [_freshness(one, vintages, today) for one in indicators]


def _freshness(indicator: Indicator, vintages: Mapping[str, date], today: date | None) -> float:
    days = [vintages[kind] for kind in indicator.vintages if kind in vintages]
    if indicator.half_life_days is None or today is None or not days:
        return 1.0
    age = max(0, (today.replace(day=1) - min(days)).days)
    return float(0.5 ** (age / indicator.half_life_days))
