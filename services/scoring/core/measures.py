"""What every indicator measures in every territory: raw values, ranks and flags as columns.

An indicator is computed again only when an amount that it reads has changed, and then for all territories at once; nothing
depends on the order in which counters came.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.scoring.core.commitments import COMMITMENT_COUNTERS, Commitments
from services.scoring.core.counters import Counters
from services.scoring.core.formulas import Array
from services.scoring.core.indicators import (
    CAPPED,
    COMPUTED,
    CONTEXT,
    COUNTED,
    NO_REFERENCE,
    OFFICIAL,
    SMALL_SAMPLE,
    Grain,
    Indicator,
    Role,
    Scale,
)
from services.scoring.core.places import Place
from services.scoring.core.reach import reach_of
from services.scoring.core.reference import Reference

SILENT_FEED: Final = "silent_feed"
PROJECTED: Final = "projected_from_departement"
FLAGS: Final = (SMALL_SAMPLE, CAPPED, SILENT_FEED, PROJECTED, NO_REFERENCE, CONTEXT)  # bit 0 first
COUNTERS_READ: Final = tuple(sorted(COUNTED))
_IN_REACH: Final = tuple(
    sorted({name for one in COMPUTED if one.grain is Grain.REACH for name in one.inputs if name in COUNTED})
)
_OF_COMMITMENTS: Final = frozenset((*COMMITMENT_COUNTERS, "households_taken"))
_MOVES_COMMITMENTS: Final = frozenset((*COMMITMENT_COUNTERS, "committed", "installed"))


@dataclass(frozen=True)
class Measured:
    """Of one indicator, a figure a territory: value and rank (nan: unknown), and its flags as bits of `FLAGS`."""

    value: Array
    rank: Array
    flags: Array


class Measures:
    """Amounts of all territories, brought up to date row by row, and what the indicators make of them."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._row = {place.code: row for row, place in enumerate(places)}
        self._rows: list[list[int] | None] = [None] * len(places)
        self._counters = {name: np.zeros(len(places)) for name in COUNTERS_READ}
        self._commitments = Commitments([place.departement for place in places])
        self._reach = reach_of([place.employment_zone for place in places], [place.point for place in places])
        official = {
            name: np.array(
                [np.nan if (known := place.official.get(name)) is None else known for place in places], np.float64
            )
            for name in OFFICIAL
        }
        self._own: dict[str, Array] = {**self._counters, **official}
        self._around = self._summed(official)
        # A figure that is known nowhere in reach is unknown there, not 0.
        known_around = self._summed({name: (~np.isnan(column)).astype(float) for name, column in official.items()})
        for name, count in known_around.items():
            self._around[name] = np.where(count > 0, self._around[name], np.nan)
        self._projected = np.zeros(len(places), dtype=np.bool_)
        self._stale = {*COUNTERS_READ, *_OF_COMMITMENTS}
        self._kept: dict[str, Measured] = {}
        self._reference: Reference | None = None

    def update(self, code: str, counters: Counters) -> None:
        """The counters of a territory, or the commitments of a département. Other codes (unlocated) change nothing."""
        row = self._row.get(code)
        if row is None:
            if self._commitments.update_departement(code, counters):
                self._stale |= _OF_COMMITMENTS
            return
        if self._commitments.update_territory(row, counters):
            self._stale |= _OF_COMMITMENTS
        amounts = [counters.get(name, 0) for name in COUNTERS_READ]
        former = self._rows[row]
        self._rows[row] = amounts
        for place, name in enumerate(COUNTERS_READ):
            if former is None or former[place] != amounts[place]:
                self._counters[name][row] = amounts[place]
                self._stale.add(name)

    def measure(self, reference: Reference) -> list[Measured]:
        """Of each computed indicator, in their order."""
        if reference is not self._reference:
            self._reference = reference
            self._kept.clear()
        self._bring_up_to_date()
        for indicator in COMPUTED:
            if indicator.name not in self._kept or not self._stale.isdisjoint(indicator.inputs):
                self._kept[indicator.name] = self._measured(indicator, reference)
        self._stale.clear()
        return [self._kept[indicator.name] for indicator in COMPUTED]

    def _bring_up_to_date(self) -> None:
        """Amounts that are made from counters: those of commitments, and the sums within reach."""
        if not self._stale.isdisjoint(_MOVES_COMMITMENTS) or not self._stale.isdisjoint(_OF_COMMITMENTS):
            amounts = self._commitments.amounts(self._counters)
            self._projected = amounts.pop("projected") > 0
            self._own.update(amounts)
            self._stale |= _OF_COMMITMENTS
        if moved := [name for name in _IN_REACH if name in self._stale]:
            self._around.update(self._summed({name: self._counters[name] for name in moved}))

    def _measured(self, indicator: Indicator, reference: Reference) -> Measured:
        amounts = self._own if indicator.grain is Grain.TERRITORY else self._around
        raw = indicator.value(amounts.__getitem__)
        known = ~np.isnan(raw)
        small = known & ~(indicator.sample(amounts.__getitem__) >= indicator.minimum_sample)
        value = raw if indicator.cap is None else np.minimum(raw, indicator.cap)
        scored = indicator.role is Role.SCORED
        without = indicator.scale is Scale.RANK and indicator.name not in reference.quantiles
        hidden = small if scored and not without else np.ones(len(raw), dtype=bool)
        rank = np.full(len(raw), np.nan) if hidden.all() else reference.rank(indicator, value)
        raised = {
            SMALL_SAMPLE: small,
            CAPPED: False if indicator.cap is None else raw > indicator.cap,
            SILENT_FEED: amounts[indicator.feed] == 0 if indicator.feed else False,
            PROJECTED: self._projected if indicator.feed == "known_commitments" else False,
            NO_REFERENCE: known if scored and without else False,
            CONTEXT: False if scored else known,
        }
        bits = sum((np.multiply(raised[flag], 2.0**place) for place, flag in enumerate(FLAGS)), np.zeros(len(raw)))
        return Measured(value, np.where(hidden, np.nan, rank), bits)

    def _summed(self, columns: Mapping[str, Array]) -> dict[str, Array]:
        """Sums over what each territory reaches; what is unknown for one territory is left out."""
        return dict(zip(columns, self._reach.sums(np.vstack(list(columns.values()))), strict=True))


def flags_of(bits: float) -> Iterable[str]:
    """The names of the flags that are raised."""
    return (flag for place, flag in enumerate(FLAGS) if int(bits) >> place & 1)
