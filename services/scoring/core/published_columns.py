"""What is published of all territories, as columns: the ground on which a view for one household's need is scored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.scoring.core.counter_columns import CounterColumns
from services.scoring.core.formulas import Array
from services.scoring.core.indicators import BY_NAME, Role
from services.scoring.core.places import Place
from shared.events import TerritoryScore


@dataclass
class PublishedColumns:
    """Rows are `places`, in their order. `ranks` and `freshness` are of the indicators that count. A territory without a
    score, and a rank that is unknown, are nan. `reference` is the version of the reference that a territory's ranks and
    score come from, "" without a score: while another is taken, two versions stand beside each other."""

    places: tuple[Place, ...]
    counters: CounterColumns = field(init=False)
    ranks: dict[str, Array] = field(init=False, default_factory=dict)
    freshness: dict[str, Array] = field(init=False, default_factory=dict)
    score: Array = field(init=False)
    reference: NDArray[np.object_] = field(init=False)
    row: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.row = {place.code: row for row, place in enumerate(self.places)}
        self.counters = CounterColumns(len(self.places))
        self.score = self._unknown()
        self.reference = np.full(len(self.places), "", dtype=np.object_)

    def replace(self, scores: Iterable[TerritoryScore]) -> None:
        """Forgets everything, then takes these."""
        self.counters.clear()
        self.ranks.clear()
        self.freshness.clear()
        self.score[:] = np.nan
        self.reference[:] = ""
        for score in scores:
            self.put(score)

    def put(self, score: TerritoryScore) -> None:
        """One territory's score, whole. Another territory than `places`: ignored."""
        row = self.row.get(score.code)
        if row is None:
            return
        self.counters.put(score.code, row, score.counters)
        self.score[row] = np.nan if score.score is None else score.score
        self.reference[row] = score.reference_version
        for column in self.ranks.values():
            column[row] = np.nan
        for one in score.contributions:
            declared = BY_NAME.get(one.indicator)
            if declared is None or declared.role is not Role.SCORED:
                continue
            if one.indicator not in self.ranks:
                self.ranks[one.indicator], self.freshness[one.indicator] = self._unknown(), self._unknown()
            self.ranks[one.indicator][row] = np.nan if one.rank is None else one.rank
            self.freshness[one.indicator][row] = one.freshness

    @property
    def references(self) -> tuple[str, ...]:
        """Versions of the references that the scores come from, each once."""
        return tuple(sorted(set(self.reference.tolist()) - {""}))

    def _unknown(self) -> Array:
        return np.full(len(self.places), np.nan)
