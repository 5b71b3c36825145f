"""Scores: counters and official figures of all territories to a score each, with what every indicator brought.

Everything is computed for all territories at once (some 1,260 rows, a few milliseconds), so a score depends on the
counters, the reference and the day alone, and never on the order in which counters came.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.scoring.core.commitments import Commitments
from services.scoring.core.counters import Counters
from services.scoring.core.formulas import Array
from services.scoring.core.freshness import freshness_of
from services.scoring.core.indicators import (
    CAPPED,
    COMPUTED,
    CONTEXT,
    COUNTED,
    NO_REFERENCE,
    OFFICIAL,
    SCORED,
    SIMULATED_REFERENCE,
    SMALL_SAMPLE,
    Block,
    Grain,
    Role,
    Scale,
)
from services.scoring.core.reach import Reach, reach_of
from services.scoring.core.reference import Reference
from shared.events import Contribution

SILENT_FEED: Final = "silent_feed"
PROJECTED: Final = "projected_from_departement"
COUNTERS_READ: Final = tuple(sorted(COUNTED))
LIVE_BLOCKS: Final = (Block.HOUSING, Block.JOBS)  # a live feed of either must speak: yearly figures make no score
MINIMUM_COVERAGE: Final = 0.25
_IN_REACH: Final = sorted(
    {name for one in COMPUTED if one.grain is Grain.REACH for name in one.inputs if name in COUNTED}
)
_TOTAL_WEIGHT: Final = sum(indicator.weight for indicator in SCORED)


@dataclass(frozen=True)
class Place:
    """A territory as scores need it. Official figures are None where unknown; `point`: latitude and longitude in degrees."""

    code: str
    name: str
    employment_zone: str
    departement: str
    official: Mapping[str, float | None]
    point: tuple[float, float] | None = None


@dataclass(frozen=True)
class Scored:
    """Score 0..100 (None: too little is known), class 1..5, block scores 0..1, contributions."""

    score: float | None
    score_class: int | None
    coverage: float
    blocks: dict[str, float | None]
    contributions: tuple[Contribution, ...]


@dataclass
class _Measured:
    """Of one indicator: values, ranks, and the rows of each flag."""

    value: Array
    rank: Array
    flags: dict[str, NDArray[np.bool_]]

    def flag_bits(self) -> Array:
        """The flags of each row as one number: a flag alone may change, as with a capped value whose sample grows."""
        bits = np.zeros(len(self.value))
        for place, rows in enumerate(self.flags.values()):
            bits += rows * 2.0**place
        return bits


@dataclass
class ScoreBoard:
    """Holds the counters of all territories as arrays. `update` changes rows; `compute` gives the scores of the rows whose
    figures differ from those of the last call. `today` and `vintages` (day of each kind of official source) decide how
    much old figures weigh; without them all weigh in full."""

    places: tuple[Place, ...]
    reference: Reference
    today: date | None = None
    vintages: Mapping[str, date] = field(default_factory=dict)
    _row: dict[str, int] = field(init=False)
    _commitments: Commitments = field(init=False)
    _reach: Reach = field(init=False)
    _counters: dict[str, Array] = field(init=False)
    _official: dict[str, Array] = field(init=False)
    _official_in_reach: dict[str, Array] = field(init=False)
    _last: NDArray[np.float64] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._row = {place.code: row for row, place in enumerate(self.places)}
        self._commitments = Commitments([place.departement for place in self.places])
        self._reach = reach_of([place.employment_zone for place in self.places], [place.point for place in self.places])
        self._counters = {name: np.zeros(len(self.places)) for name in COUNTERS_READ}
        self._official = {
            name: np.array(
                [np.nan if (known := place.official.get(name)) is None else known for place in self.places], np.float64
            )
            for name in OFFICIAL
        }
        self._official_in_reach = self._summed(self._official)
        # A figure that is known nowhere in reach is unknown there, not 0.
        known_in_reach = self._summed(
            {name: (~np.isnan(column)).astype(float) for name, column in self._official.items()}
        )
        for name, count in known_in_reach.items():
            self._official_in_reach[name] = np.where(count > 0, self._official_in_reach[name], np.nan)

    def update(self, code: str, counters: Counters) -> None:
        """The counters of a territory, or the commitments of a département. Other codes (unlocated) change nothing."""
        row = self._row.get(code)
        if row is not None:
            for name, column in self._counters.items():
                column[row] = counters.get(name, 0)
            self._commitments.update_territory(row, counters)
        else:
            self._commitments.update_departement(code, counters)

    def refer_to(self, reference: Reference, today: date | None = None) -> None:
        """Takes another reference, and another day; the next `compute` gives every territory whose figures move."""
        self.reference, self.today = reference, today or self.today

    def compute(self) -> dict[str, Scored]:
        """The scores that changed since the last call, by territory; all of them the first time."""
        measured = self._measure()
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
        ages = np.broadcast_to(np.array(fresh), (len(self.places), len(fresh)))
        figures = np.column_stack(
            [
                *(one.value for one in measured),
                *(one.rank for one in measured),
                *(one.flag_bits() for one in measured),
                ages,
                *blocks,
                coverage,
                scores,
            ]
        )
        if self._last is None:
            changed: Iterable[int] = range(len(self.places))
        else:
            same = (figures == self._last) | (np.isnan(figures) & np.isnan(self._last))
            changed = np.flatnonzero(~same.all(axis=1)).tolist()
        self._last = figures
        return {self.places[row].code: self._scored(row, measured, fresh, blocks, coverage, scores) for row in changed}

    def all(self) -> dict[str, Scored]:
        """The scores of all territories, without a word on what changed."""
        last, self._last = self._last, None
        try:
            return self.compute()
        finally:
            self._last = last

    def _measure(self) -> list[_Measured]:
        own = {**self._counters, **self._official}
        own.update(self._commitments.amounts(self._counters))
        projected = own.pop("projected") > 0
        reach = {**self._summed({name: self._counters[name] for name in _IN_REACH}), **self._official_in_reach}
        nowhere = np.zeros(len(self.places), dtype=bool)
        found = []
        for indicator in COMPUTED:
            amounts = own if indicator.grain is Grain.TERRITORY else reach
            raw = indicator.value(amounts.__getitem__)
            sample = indicator.sample(amounts.__getitem__)
            known = ~np.isnan(raw)
            small = known & ~(sample >= indicator.minimum_sample)
            value = raw if indicator.cap is None else np.minimum(raw, indicator.cap)
            without = indicator.scale is Scale.RANK and indicator.name not in self.reference.quantiles
            scored = indicator.role is Role.SCORED
            hidden = small if scored and not without else np.ones(len(raw), dtype=bool)
            rank = np.full(len(raw), np.nan) if hidden.all() else self.reference.rank(indicator, value)
            found.append(
                _Measured(
                    value,
                    np.where(hidden, np.nan, rank),
                    {
                        SMALL_SAMPLE: small,
                        CAPPED: nowhere if indicator.cap is None else raw > indicator.cap,
                        SILENT_FEED: amounts[indicator.feed] == 0 if indicator.feed else nowhere,
                        PROJECTED: projected & (indicator.feed == "known_commitments"),
                        NO_REFERENCE: known & without if scored else nowhere,
                        CONTEXT: nowhere if scored else known,
                    },
                )
            )
        return found

    def _summed(self, columns: Mapping[str, Array]) -> dict[str, Array]:
        """Sums over what each territory reaches; what is unknown for one territory is left out."""
        return dict(zip(columns, self._reach.sums(np.vstack(list(columns.values()))), strict=True))

    def _blocks(self, measured: list[_Measured], fresh: list[float]) -> tuple[list[Array], Array]:
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

    def _scored(
        self,
        row: int,
        measured: list[_Measured],
        fresh: list[float],
        blocks: list[Array],
        coverage: Array,
        scores: Array,
    ) -> Scored:
        score = _known(scores[row], 2)
        contributions = tuple(
            Contribution(
                indicator=indicator.name,
                block=indicator.block.value,
                value=_known(one.value[row], 6),
                rank=_known(one.rank[row], 4),
                weight=indicator.weight,
                unit=indicator.unit,
                flags=(
                    *(flag for flag, rows in one.flags.items() if rows[row]),
                    *((SIMULATED_REFERENCE,) if indicator.name in self.reference.simulated else ()),
                ),
                freshness=round(age, 4),
            )
            for indicator, age, one in zip(COMPUTED, fresh, measured, strict=True)
        )
        return Scored(
            score=score,
            score_class=None if score is None else self.reference.score_class(score),
            coverage=round(float(coverage[row]), 4),
            blocks={block.value: _known(column[row], 4) for block, column in zip(Block, blocks, strict=True)},
            contributions=contributions,
        )


def geometric_mean(blocks: list[Array]) -> Array:
    """100 × geometric mean of the known blocks: one at zero is not compensated. Unknown where none is known."""
    stacked = np.vstack(blocks)
    known = ~np.isnan(stacked)
    logs = np.log(np.where(known & (stacked > 0), stacked, 1.0))
    mean = np.exp(logs.sum(axis=0) / np.maximum(known.sum(axis=0), 1))
    mean = np.where((known & (stacked <= 0)).any(axis=0), 0.0, mean)
    return np.where(known.any(axis=0), 100.0 * mean, np.nan)


def _known(value: float, digits: int) -> float | None:
    return None if np.isnan(value) else round(float(value), digits)
