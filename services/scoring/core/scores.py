"""Scores: counters and official figures of all territories to a score each, with what every indicator brought.

Everything is computed for all territories at once (some 1,260 rows, a few milliseconds), so a score depends on the
counters, the reference and the day alone, and never on the order in which counters came. What readers get of a territory
is made when it is asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np

from services.scoring.core.contributions import WIDTH, Contributions, columns, known
from services.scoring.core.counters import Counters
from services.scoring.core.formulas import Array
from services.scoring.core.freshness import freshness_of
from services.scoring.core.indicators import COMPUTED, SCORED, Block, Role
from services.scoring.core.measures import Measured, Measures
from services.scoring.core.places import Place
from services.scoring.core.reference import Reference
from shared.events import Contribution

LIVE_BLOCKS: Final = (Block.HOUSING, Block.JOBS)  # a live feed of either must speak: yearly figures make no score
MINIMUM_COVERAGE: Final = 0.25
_TOTAL_WEIGHT: Final = sum(indicator.weight for indicator in SCORED)


@dataclass(frozen=True)
class Scored:
    """Score 0..100 (None: too little is known), class 1..5, block scores 0..1, contributions."""

    score: float | None
    score_class: int | None
    coverage: float
    blocks: dict[str, float | None]
    contributions: tuple[Contribution, ...]


@dataclass
class ScoreBoard:
    """The scores of all territories. `update` takes counters; `refresh` computes and names the territories whose figures
    differ from those of the last call; `scored` tells of some. `today` and `vintages` (day of each kind of official source)
    decide how much old figures weigh; without them all weigh in full."""

    places: tuple[Place, ...]
    reference: Reference
    today: date | None = None
    vintages: Mapping[str, date] = field(default_factory=dict)
    _row: dict[str, int] = field(init=False)
    _measures: Measures = field(init=False)
    _contributions: Contributions = field(init=False)
    _figures: Array | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._row = {place.code: row for row, place in enumerate(self.places)}
        self._measures = Measures(self.places)
        self._contributions = Contributions(len(self.places))

    def update(self, code: str, counters: Counters) -> None:
        """The counters of a territory, or the commitments of a département. Other codes (unlocated) change nothing."""
        self._measures.update(code, counters)

    def refer_to(self, reference: Reference, today: date | None = None) -> None:
        """Takes another reference, and another day; the next `refresh` names every territory whose figures move."""
        self.reference, self.today = reference, today or self.today

    def refresh(self) -> list[str]:
        """Computes. The territories whose figures changed since the last call; all of them the first time."""
        former, figures = self._figures, self._computed()
        self._figures = figures
        if former is None:
            return list(self._row)
        same = (figures == former) | (np.isnan(figures) & np.isnan(former))
        return [self.places[row].code for row in np.flatnonzero(~same.all(axis=1)).tolist()]

    def scored(self, codes: Iterable[str]) -> dict[str, Scored]:
        """What the last `refresh` found of these territories."""
        if self._figures is None:
            raise LookupError("nothing is computed yet")
        return self._told([self._row[code] for code in codes], self._figures)

    def compute(self) -> dict[str, Scored]:
        """`refresh`, and what it found of the territories that changed."""
        return self.scored(self.refresh())

    def all(self) -> dict[str, Scored]:
        """The scores of all territories, without a word on what changed."""
        return self._told(range(len(self.places)), self._computed())

    def _computed(self) -> Array:
        """The figures of all territories: those of contributions, blocks, coverage, score."""
        measured = self._measures.measure(self.reference)
        fresh = freshness_of(COMPUTED, self.vintages, self.today)
        blocks, coverage = self._blocks(measured, fresh)
        live = np.any(
            [
                ~np.isnan(one.rank)
                for indicator, one in zip(COMPUTED, measured, strict=True)
                if indicator.feed and indicator.role is Role.SCORED and indicator.block in LIVE_BLOCKS
            ],
            axis=0,
        )
        scores = np.where(live & (coverage >= MINIMUM_COVERAGE), geometric_mean(blocks), np.nan)
        return np.column_stack([*columns(measured, fresh), *blocks, coverage, scores])

    def _blocks(self, measured: list[Measured], fresh: list[float]) -> tuple[list[Array], Array]:
        """Weighted means of the known ranks by block, and the share of all weight that is known. A shut gate is 0."""
        blocks = []
        known_weight = np.zeros(len(self.places))
        of_block: dict[Block, list[tuple[float, float, bool, Array]]] = {block: [] for block in Block}
        for indicator, age, one in zip(COMPUTED, fresh, measured, strict=True):
            if indicator.role is Role.SCORED:
                of_block[indicator.block].append((indicator.weight, age, indicator.gate, one.rank))
        for members in of_block.values():
            total, weight = np.zeros(len(self.places)), np.zeros(len(self.places))
            shut = np.zeros(len(self.places), dtype=bool)
            for declared, age, gate, rank in members:
                known = ~np.isnan(rank)
                total += np.where(known, declared * age * rank, 0.0)
                weight += np.where(known, declared * age, 0.0)
                known_weight += np.where(known, declared, 0.0)
                shut |= gate & (rank == 0)
            mean = np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), np.nan)
            blocks.append(np.where(shut, 0.0, mean))
        return blocks, known_weight / _TOTAL_WEIGHT

    def _told(self, rows: Sequence[int], figures: Array) -> dict[str, Scored]:
        contributions = self._contributions.of(rows, figures, self.reference.simulated)
        found = {}
        for row, own, brought in zip(rows, figures[rows, WIDTH:].tolist(), contributions, strict=True):
            *blocks, coverage, raw = own
            score = known(raw, 2)
            found[self.places[row].code] = Scored(
                score=score,
                score_class=None if score is None else self.reference.score_class(score),
                coverage=round(coverage, 4),
                blocks={block.value: known(figure, 4) for block, figure in zip(Block, blocks, strict=True)},
                contributions=brought,
            )
        return found


def geometric_mean(blocks: list[Array]) -> Array:
    """100 × geometric mean of the known blocks: one at zero is not compensated. Unknown where none is known."""
    stacked = np.vstack(blocks)
    known = ~np.isnan(stacked)
    logs = np.log(np.where(known & (stacked > 0), stacked, 1.0))
    mean = np.exp(logs.sum(axis=0) / np.maximum(known.sum(axis=0), 1))
    mean = np.where((known & (stacked <= 0)).any(axis=0), 0.0, mean)
    return np.where(known.any(axis=0), 100.0 * mean, np.nan)
