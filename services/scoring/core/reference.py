"""Frozen reference quantiles: what a raw value is compared with.

Percentiles against a moving population would let one vacancy move every score of the country; these are versioned,
and version "0" ships with the project.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from services.scoring.core.formulas import Array
from services.scoring.core.indicators import BY_NAME, SCORED, Direction, Indicator, Scale

QUANTILES: Final = 101
LOWEST, HIGHEST = 0.01, 0.99  # a rank at the end of the reference says no more than that


RANKED: Final = tuple(indicator for indicator in SCORED if indicator.scale is Scale.RANK)


class ReferenceInvalid(ValueError):
    """Not a usable set of quantiles."""


@dataclass(frozen=True)
class Reference:
    """`quantiles`: 101 growing values by ranked indicator; one without any known figure has none. `class_breaks`: the four
    scores between the five classes. `simulated`: indicators whose quantiles come from simulated figures, and say so in each
    contribution."""

    version: str
    quantiles: dict[str, Array]
    class_breaks: tuple[float, ...]
    simulated: frozenset[str]

    @classmethod
    def parse(cls, document: Any) -> "Reference":
        """Reads the JSON document of a reference. Raises ReferenceInvalid."""
        try:
            quantiles = {name: np.asarray(values, dtype=np.float64) for name, values in document["quantiles"].items()}
            breaks = tuple(float(score) for score in document["class_breaks"])
            reference = cls(str(document["version"]), quantiles, breaks, frozenset(document["simulated"]))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ReferenceInvalid(f"not a reference: {error!r}") from error
        reference._check()
        return reference

    def _check(self) -> None:
        if strange := sorted(set(self.quantiles) - {indicator.name for indicator in RANKED}):
            raise ReferenceInvalid(f"quantiles of {strange} are not wanted")
        if not self.quantiles:
            raise ReferenceInvalid("no quantiles at all")
        for name, values in self.quantiles.items():
            if values.shape != (QUANTILES,) or not np.all(np.isfinite(values)) or np.any(np.diff(values) < 0):
                raise ReferenceInvalid(f"quantiles of {name} are not {QUANTILES} growing numbers")
        if len(self.class_breaks) != 4 or list(self.class_breaks) != sorted(self.class_breaks):
            raise ReferenceInvalid("class breaks are not four growing scores")
        if not self.simulated <= set(BY_NAME):
            raise ReferenceInvalid(f"unknown indicators {sorted(self.simulated - set(BY_NAME))}")

    def rank(self, indicator: Indicator, values: Array) -> Array:
        """Goodness 0..1 of raw values, higher is better; nan stays nan."""
        if indicator.scale is Scale.SHARE:
            good = np.clip(values, 0.0, 1.0)
            return good if indicator.direction is Direction.UP else 1.0 - good
        # The middle of the places where a value stands among equal quantiles, so that ties rank as one.
        left, right = self._edges[indicator.name]
        below = np.interp(values, *left)
        above = np.interp(values, *right)
        share = np.clip((below + above) / 2.0, LOWEST, HIGHEST)
        good = share if indicator.direction is Direction.UP else 1.0 - share
        return np.where(np.isnan(values), np.nan, good)

    @cached_property
    def _edges(self) -> dict[str, tuple[tuple[Array, Array], tuple[Array, Array]]]:
        """For each ranked indicator its distinct quantiles with the first and with the last share of each."""
        return {name: (_left_edge(values), _right_edge(values)) for name, values in self.quantiles.items()}

    def document(self) -> dict[str, Any]:
        """What `parse` reads."""
        return {
            "version": self.version,
            "simulated": sorted(self.simulated),
            "quantiles": {name: [float(value) for value in values] for name, values in self.quantiles.items()},
            "class_breaks": list(self.class_breaks),
        }

    def score_class(self, score: float) -> int:
        """1 (lowest) to 5."""
        return 1 + sum(score >= limit for limit in self.class_breaks)


def _left_edge(quantiles: Array) -> tuple[Array, Array]:
    values, first = np.unique(quantiles, return_index=True)
    return values, first / (QUANTILES - 1)


def _right_edge(quantiles: Array) -> tuple[Array, Array]:
    values, first_from_end = np.unique(quantiles[::-1], return_index=True)
    return values, (QUANTILES - 1 - first_from_end) / (QUANTILES - 1)


def quantiles_of(values: Array) -> list[float]:
    """The 101 quantiles of the known values, as the document keeps them."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        raise ReferenceInvalid("no known value")
    return [float(f"{value:.6g}") for value in np.quantile(known, np.linspace(0.0, 1.0, QUANTILES))]
