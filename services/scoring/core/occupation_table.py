"""Open offers of all territories by occupation, as columns."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from services.scoring.core.counter_columns import CounterColumns
from services.scoring.core.occupation_counters import DURABLE, MORE_OPENINGS, territory_of

OFFERS, OPENINGS, DURABLE_OFFERS = range(3)


class OccupationTable:
    """Columns by ROME code over the territories given. `put` takes the counters of one place, whole."""

    def __init__(self, territories: Iterable[str]) -> None:
        self._row = {code: row for row, code in enumerate(territories)}
        self._columns = CounterColumns(len(self._row))

    def replace(self, places: Mapping[str, Mapping[str, int]]) -> None:
        """Forgets everything, then takes these."""
        self._columns.clear()
        for place, counters in places.items():
            self.put(place, counters)

    def put(self, place: str, counters: Mapping[str, int]) -> None:
        """The counters of one place; what it counted before and no longer names is zero. Other territories: ignored."""
        row = self._row.get(territory_of(place))
        if row is not None:
            self._columns.put(place, row, counters)

    def of(self, code: str) -> NDArray[np.int64]:
        """Offers, openings and durable offers (3 rows) of an occupation by territory; zeros where none is open."""
        offers = self._columns.of(code)
        return np.vstack([offers, offers + self._columns.of(code + MORE_OPENINGS), self._columns.of(code + DURABLE)])

    def weighted(self, weights: Mapping[str, float]) -> NDArray[np.float64]:
        """Offers, openings and durable offers of several occupations, each taken by its weight."""
        total = np.zeros((3, len(self._row)))
        for code, weight in weights.items():
            total += weight * self.of(code)
        return total
