"""Open offers of all territories by occupation, as columns: what an occupation view sums in microseconds."""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.scoring.core.occupation_counters import by_code, territory_of

Column = NDArray[np.int64]
OFFERS, OPENINGS, DURABLE = range(3)
_FIGURES: Final = 3


class OccupationTable:
    """Columns by ROME code over the territories given. `put` takes the counters of one place, whole."""

    def __init__(self, territories: Iterable[str]) -> None:
        self._row = {code: row for row, code in enumerate(territories)}
        self._columns: dict[str, NDArray[np.int64]] = {}
        self._codes: dict[str, frozenset[str]] = {}

    def replace(self, places: Mapping[str, Mapping[str, int]]) -> None:
        """Forgets everything, then takes these."""
        self._columns.clear()
        self._codes.clear()
        for place, counters in places.items():
            self.put(place, counters)

    def put(self, place: str, counters: Mapping[str, int]) -> None:
        """The counters of one place; what it counted before and no longer names is zero. Other territories: ignored."""
        row = self._row.get(territory_of(place))
        if row is None:
            return
        found = by_code(counters)
        for code in self._codes.get(place, frozenset()) - found.keys():
            self._columns[code][:, row] = 0
        for code, offers in found.items():
            column = self._columns.get(code)
            if column is None:
                column = self._columns[code] = np.zeros((_FIGURES, len(self._row)), dtype=np.int64)
            column[:, row] = offers.offers, offers.openings, offers.durable
        self._codes[place] = frozenset(found)

    def of(self, code: str) -> NDArray[np.int64]:
        """Offers, openings and durable offers (3 rows) of an occupation by territory; zeros where none is open."""
        column = self._columns.get(code)
        return np.zeros((_FIGURES, len(self._row)), dtype=np.int64) if column is None else column

    @property
    def codes(self) -> frozenset[str]:
        """The occupations that some territory counts or has counted."""
        return frozenset(self._columns)
