"""Scores: counters and official figures of all territories to a score each, with what every indicator brought.

Everything is computed for all territories at once (some 1,260 rows, about a millisecond), so a score depends on the
counters alone and never on the order in which they came.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.scoring.core.counters import SET_OF, Counters
from services.scoring.core.indicators import (
    CAPPED,
    DERIVED,
    INDICATORS,
    OFFICIAL,
    SIMULATED_REFERENCE,
    SMALL_SAMPLE,
    Array,
    Block,
    Grain,
)
from services.scoring.core.reference import Reference
from shared.events import Contribution

SILENT_FEED: Final = "silent_feed"
PROJECTED: Final = "projected_from_departement"
COUNTERS_READ: Final = tuple(
    sorted(
        {name for one in INDICATORS for name in (*one.inputs, one.feed) if name and name not in (*OFFICIAL, *DERIVED)}
    )
)
COMMITMENT_COUNTERS: Final = (
    "known_commitments",
    "open_commitments",
    "commitments_capacity_unknown",
    "capacity_households",
)
_SCORED_BLOCKS: Final = (Block.HOUSING, Block.JOBS)  # without either, nothing is known worth a number
MINIMUM_COVERAGE: Final = 0.25  # less than a live feed brings: a yearly figure alone would top the list


@dataclass(frozen=True)
class Place:
    """A territory as scores need it. Official figures are None where unknown."""

    code: str
    name: str
    employment_zone: str
    departement: str
    official: Mapping[str, float | None]


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
    """Holds the counters of all territories as arrays. `update` changes rows; `compute` gives the scores of the rows whose
    figures differ from those of the last call."""

    places: tuple[Place, ...]
    reference: Reference
    _row: dict[str, int] = field(init=False)
    _zone: NDArray[np.intp] = field(init=False)
    _departement: NDArray[np.intp] = field(init=False)
    _departements: dict[str, int] = field(init=False)
    _counters: dict[str, Array] = field(init=False)
    _of_departement: dict[str, Array] = field(init=False)
    _official: dict[str, Array] = field(init=False)
    _sets: dict[int, tuple[str, ...]] = field(init=False, default_factory=dict)
    _last: NDArray[np.float64] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._row = {place.code: row for row, place in enumerate(self.places)}
        self._zone = np.unique([place.employment_zone for place in self.places], return_inverse=True)[1]
        names = sorted({place.departement for place in self.places})
        self._departements = {name: number for number, name in enumerate(names)}
        self._departement = np.array([self._departements[place.departement] for place in self.places], dtype=np.intp)
        self._counters = {name: np.zeros(len(self.places)) for name in COUNTERS_READ}
        self._of_departement = {name: np.zeros(len(names)) for name in COMMITMENT_COUNTERS}
        self._official = {
            name: np.array(
                [np.nan if (known := place.official.get(name)) is None else known for place in self.places], np.float64
            )
            for name in OFFICIAL
        }

    def update(self, code: str, counters: Counters) -> None:
        """The counters of a territory, or the commitments of a département. Other codes (unlocated) change nothing."""
        row = self._row.get(code)
        if row is not None:
            for name, column in self._counters.items():
                column[row] = counters.get(name, 0)
            self._sets.pop(row, None)
            if sets := tuple(sorted(name for name in counters if name.startswith(SET_OF))):
                self._sets[row] = sets
        elif (number := self._departements.get(code)) is not None:
            for name, column in self._of_departement.items():
                column[number] = counters.get(name, 0)

    def compute(self) -> dict[str, Scored]:
        """The scores that changed since the last call, by territory; all of them the first time."""
        values, ranks, flags = self._measure()
        blocks, coverage = self._blocks(ranks)
        scores = np.where(coverage >= MINIMUM_COVERAGE, _geometric_mean(blocks), np.nan)
        figures = np.column_stack([*values, *ranks, *blocks, coverage, scores])
        if self._last is None:
            changed: Iterable[int] = range(len(self.places))
        else:
            same = (figures == self._last) | (np.isnan(figures) & np.isnan(self._last))
            changed = np.flatnonzero(~same.all(axis=1)).tolist()
        self._last = figures
        return {
            self.places[row].code: self._scored(row, values, ranks, flags, blocks, coverage, scores) for row in changed
        }

    def _measure(self) -> tuple[list[Array], list[Array], list[dict[str, NDArray[np.bool_]]]]:
        own = {**self._counters, **self._official}
        own.update(self._commitments())
        zone = {name: self._summed(column) for name, column in {**self._counters, **self._official}.items()}
        projected = own["projected"] > 0
        values, ranks, flags = [], [], []
        for indicator in INDICATORS:
            amounts = own if indicator.grain is Grain.TERRITORY else zone
            raw = indicator.value(amounts.__getitem__)
            sample = indicator.sample(amounts.__getitem__)
            small = ~np.isnan(raw) & ~(sample >= indicator.minimum_sample)
            capped = raw > indicator.cap if indicator.cap is not None else np.zeros(len(raw), dtype=bool)
            value = np.minimum(raw, indicator.cap) if indicator.cap is not None else raw
            values.append(value)
            ranks.append(np.where(small, np.nan, self.reference.rank(indicator, value)))
            flags.append(
                {
                    SMALL_SAMPLE: small,
                    CAPPED: capped,
                    SILENT_FEED: amounts[indicator.feed] == 0 if indicator.feed else np.zeros(len(raw), dtype=bool),
                    PROJECTED: projected & (indicator.feed == "known_commitments"),
                }
            )
        return values, ranks, flags

    def _summed(self, column: Array) -> Array:
        """Sum over each territory's zone d'emploi; what is unknown for one territory is left out of its zone."""
        summed: Array = np.bincount(self._zone, weights=np.nan_to_num(column, nan=0.0)).astype(np.float64)
        return summed[self._zone]

    def _commitments(self) -> dict[str, Array]:
        """Commitments of each territory, or its département's where it has none of its own: then the households taken are
        those of the whole département too."""
        projected = (self._counters["known_commitments"] == 0) & (
            self._of_departement["known_commitments"][self._departement] > 0
        )
        found = {
            name: np.where(projected, self._of_departement[name][self._departement], self._counters[name])
            for name in COMMITMENT_COUNTERS
        }
        found["projected"] = projected.astype(np.float64)
        taken = self._counters["committed"] + self._counters["installed"]
        of_departement = np.bincount(self._departement, weights=taken, minlength=len(self._departements))
        found["households_taken"] = np.where(projected, of_departement[self._departement], taken)
        for row, together in self._sharing().items():
            found["households_taken"][row] = taken[together].sum()
        return found

    def _sharing(self) -> dict[int, list[int]]:
        """For each territory of a named set the rows of all territories of its sets: they share one capacity."""
        members: dict[str, set[int]] = {}
        for row, sets in self._sets.items():
            for name in sets:
                members.setdefault(name, set()).add(row)
        return {row: sorted(set().union(*(members[name] for name in sets))) for row, sets in self._sets.items()}

    def _blocks(self, ranks: list[Array]) -> tuple[list[Array], Array]:
        blocks = []
        known_weight = np.zeros(len(self.places))
        for block in Block:
            members = [(one.weight, rank) for one, rank in zip(INDICATORS, ranks, strict=True) if one.block is block]
            total = np.zeros(len(self.places))
            weight = np.zeros(len(self.places))
            for member_weight, rank in members:
                total += np.where(np.isnan(rank), 0.0, member_weight * rank)
                weight += np.where(np.isnan(rank), 0.0, member_weight)
            blocks.append(np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), np.nan))
            known_weight += weight
        return blocks, known_weight / sum(indicator.weight for indicator in INDICATORS)

    def _scored(
        self,
        row: int,
        values: list[Array],
        ranks: list[Array],
        flags: list[dict[str, NDArray[np.bool_]]],
        blocks: list[Array],
        coverage: Array,
        scores: Array,
    ) -> Scored:
        score = _known(scores[row], 2)
        contributions = tuple(
            Contribution(
                indicator=indicator.name,
                block=indicator.block.value,
                value=_known(values[number][row], 6),
                rank=_known(ranks[number][row], 4),
                weight=indicator.weight,
                unit=indicator.unit,
                flags=(
                    *(flag for flag, rows in flags[number].items() if rows[row]),
                    *((SIMULATED_REFERENCE,) if indicator.name in self.reference.simulated else ()),
                ),
            )
            for number, indicator in enumerate(INDICATORS)
        )
        return Scored(
            score=score,
            score_class=None if score is None else self.reference.score_class(score),
            coverage=round(float(coverage[row]), 4),
            blocks={block.value: _known(column[row], 4) for block, column in zip(Block, blocks, strict=True)},
            contributions=contributions,
        )


def _geometric_mean(blocks: list[Array]) -> Array:
    """100 × geometric mean of the known blocks; unknown where neither housing nor jobs are known."""
    stacked = np.vstack(blocks)
    known = ~np.isnan(stacked)
    logs = np.log(np.where(known & (stacked > 0), stacked, 1.0))
    mean = np.exp(logs.sum(axis=0) / np.maximum(known.sum(axis=0), 1))
    mean = np.where((known & (stacked <= 0)).any(axis=0), 0.0, mean)
    worth = np.any([known[list(Block).index(block)] for block in _SCORED_BLOCKS], axis=0)
    return np.where(worth, 100.0 * mean, np.nan)


def _known(value: float, digits: int) -> float | None:
    return None if np.isnan(value) else round(float(value), digits)
