"""Counters of many places as columns, kept current row by row: sums over all of France in microseconds."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.int64]


class CounterColumns:
    """A column of `rows` integers by counter name; a name that nobody has counted is a column of zeros."""

    def __init__(self, rows: int) -> None:
        self._none: Column = np.zeros(rows, dtype=np.int64)
        self._none.flags.writeable = False
        self._columns: dict[str, Column] = {}
        self._names: dict[str, frozenset[str]] = {}

    def clear(self) -> None:
        """Forgets everything."""
        self._columns.clear()
        self._names.clear()

    def put(self, place: str, row: int, counters: Mapping[str, int]) -> None:
        """The counters of one place, whole: what it named before and no longer names is zero in its row. Several places
        may share a row where they name different counters."""
        for name in self._names.get(place, frozenset()) - counters.keys():
            self._columns[name][row] = 0
        for name, amount in counters.items():
            column = self._columns.get(name)
            if column is None:
                column = self._columns[name] = self._none.copy()
            column[row] = amount
        self._names[place] = frozenset(counters)

    def of(self, name: str) -> Column:
        """The column of a counter, not to be written to."""
        return self._columns.get(name, self._none)

    def sum_of(self, names: Iterable[str]) -> Column:
        """The sum of several counters by row."""
        total = self._none.copy()
        for name in names:
            column = self._columns.get(name)
            if column is not None:
                total += column
        return total

    @property
    def names(self) -> Iterable[str]:
        """Counters that some place has named."""
        return self._columns.keys()
