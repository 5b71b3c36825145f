"""The commitments that hold in each territory: its own, its département's, or a set's that several share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.scoring.core.counters import SET_OF, Counters
from services.scoring.core.formulas import Array

COMMITMENT_COUNTERS: Final = (
    "known_commitments",
    "open_commitments",
    "commitments_capacity_unknown",
    "capacity_households",
)


@dataclass
class Commitments:
    """Keeps what commitments need beside the counters of territories. `departements`: that of each row."""

    departements: Sequence[str]
    _number: dict[str, int] = field(init=False)
    _of_row: NDArray[np.intp] = field(init=False)
    _of_departement: dict[str, Array] = field(init=False)
    _sets: dict[int, tuple[str, ...]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        names = sorted(set(self.departements))
        self._number = {name: number for number, name in enumerate(names)}
        self._of_row = np.array([self._number[name] for name in self.departements], dtype=np.intp)
        self._of_departement = {name: np.zeros(len(names)) for name in COMMITMENT_COUNTERS}

    def update_territory(self, row: int, counters: Counters) -> bool:
        """The named sets that a territory belongs to; whether they are others than before."""
        former = self._sets.pop(row, ())
        if sets := tuple(sorted(name for name in counters if name.startswith(SET_OF))):
            self._sets[row] = sets
        return sets != former

    def update_departement(self, code: str, counters: Counters) -> bool:
        """The commitments of a département; other codes change nothing. Whether anything changed."""
        number = self._number.get(code)
        if number is None:
            return False
        changed = False
        for name, column in self._of_departement.items():
            amount = counters.get(name, 0)
            changed |= bool(column[number] != amount)
            column[number] = amount
        return changed

    def amounts(self, counters: Mapping[str, Array]) -> dict[str, Array]:
        """Commitments of each territory, or its département's where it has none of its own (`projected`): then the
        households taken are those of the whole département too."""
        own = counters["known_commitments"] == 0
        projected = own & (self._of_departement["known_commitments"][self._of_row] > 0)
        found: dict[str, Array] = {
            name: np.where(projected, self._of_departement[name][self._of_row], counters[name])
            for name in COMMITMENT_COUNTERS
        }
        found["projected"] = projected.astype(np.float64)
        taken = counters["committed"] + counters["installed"]
        together = np.bincount(self._of_row, weights=taken, minlength=len(self._number))
        found["households_taken"] = np.where(projected, together[self._of_row], taken)
        for row, members in self._sharing().items():
            found["households_taken"][row] = taken[members].sum()
        return found

    def _sharing(self) -> dict[int, list[int]]:
        """For each territory of a named set the rows of all territories of its sets: they share one capacity."""
        members: dict[str, set[int]] = {}
        for row, sets in self._sets.items():
            for name in sets:
                members.setdefault(name, set()).add(row)
        return {row: sorted(set().union(*(members[name] for name in sets))) for row, sets in self._sets.items()}
