"""What each indicator brought to a territory's score, as readers get it."""

from collections.abc import Sequence
from math import isnan
from typing import Final

import numpy as np

from services.scoring.core.formulas import Array
from services.scoring.core.indicators import COMPUTED, SIMULATED_REFERENCE
from services.scoring.core.measures import Measured, flags_of
from shared.events import Contribution

_COUNT: Final = len(COMPUTED)
WIDTH: Final = 4 * _COUNT  # columns of figures: value, rank, flags and freshness of each indicator


def columns(measured: Sequence[Measured], fresh: Sequence[float]) -> list[Array]:
    """The `WIDTH` columns of figures that contributions are made from."""
    size = len(measured[0].value)
    return [
        *(one.value for one in measured),
        *(one.rank for one in measured),
        *(one.flags for one in measured),
        *(np.full(size, age) for age in fresh),
    ]


class Contributions:
    """Makes the contributions of territories (`rows` of them), and makes again only those whose figures have changed: one
    event moves few of a territory's indicators."""

    def __init__(self, rows: int) -> None:
        self._figures = np.full((rows, 4, _COUNT), np.nan)
        self._made: list[tuple[Contribution, ...] | None] = [None] * rows
        self._simulated: frozenset[str] = frozenset()

    def of(self, rows: Sequence[int], figures: Array, simulated: frozenset[str]) -> list[tuple[Contribution, ...]]:
        """Contributions of these rows of `figures`, whose first columns are those of `columns`. `simulated`: indicators
        whose reference comes from simulated figures."""
        if simulated != self._simulated:
            self._simulated = simulated
            self._made = [None] * len(self._made)
        wanted = figures[rows, :WIDTH].reshape(len(rows), 4, _COUNT)
        former = self._figures[rows]
        differ = ~((wanted == former) | (np.isnan(wanted) & np.isnan(former))).all(axis=1)
        self._figures[rows] = wanted
        made = []
        for row, moved, (values, ranks, flags, ages) in zip(rows, differ, wanted.tolist(), strict=True):
            kept = self._made[row]
            if kept is None or moved.any():
                kept = self._made[row] = tuple(
                    self._one(place, values[place], ranks[place], flags[place], ages[place])
                    if kept is None or differs
                    else kept[place]
                    for place, differs in enumerate(moved.tolist())
                )
            made.append(kept)
        return made

    def _one(self, place: int, value: float, rank: float, flags: float, age: float) -> Contribution:
        indicator = COMPUTED[place]
        simulated = (SIMULATED_REFERENCE,) if indicator.name in self._simulated else ()
        return Contribution(
            indicator=indicator.name,
            block=indicator.block.value,
            value=known(value, 6),
            rank=known(rank, 4),
            weight=indicator.weight,
            unit=indicator.unit.fr,
            flags=(*flags_of(flags), *simulated),
            freshness=round(age, 4),
        )


def known(value: float, digits: int) -> float | None:
    """The number rounded, None for nan."""
    return None if isnan(value) else round(value, digits)
