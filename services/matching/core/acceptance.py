"""How likely a household is to say yes to an option: from its stated wishes and the features of home and post alone.

Never from labels, income, age, past refusals or absence (code pénal 225-1): a household
that says no keeps its rank, and its chances. It orders homes for one household and nothing else. The weights are assumptions
of ours, checked against answers by `calibration`; none is negative, so what is wished more never counts less.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp, fsum
from typing import Final

# Terms that may enter, and what each moves the log-odds by over its range.
WEIGHTS: Final[Mapping[str, float]] = {
    "territory_rank": 1.0,
    "occupation": 0.8,
    "commute": 0.8,
    "rooms": 0.5,
    "contract": 0.2,
}
CONSTANT: Final = -0.5
MIDDLE: Final = 0.5  # an unknown term counts as neither good nor bad
BINS: Final = 5


def acceptance(terms: Mapping[str, float]) -> float:
    """Probability of a yes, between 0 and 1. Terms that are not in `WEIGHTS` are not looked at."""
    odds = CONSTANT + fsum(weight * terms.get(code, MIDDLE) for code, weight in WEIGHTS.items())
    return 1.0 / (1.0 + exp(-odds))


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers whose expected probability lies in [low, high)."""

    low: float
    high: float
    answers: int
    expected: float
    accepted: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was expected beside what came. `brier` is the mean squared error, 0 at best; None without answers."""

    answers: int
    brier: float | None
    expected: float | None
    accepted: float | None
    bins: tuple[Bin, ...]


def calibration(answers: Iterable[tuple[Mapping[str, float], bool]]) -> Calibration:
    """Of answered options: their terms, and whether the household said yes."""
    pairs = [(acceptance(terms), said_yes) for terms, said_yes in answers]
    if not pairs:
        return Calibration(0, None, None, None, ())
    bins = []
    for number in range(BINS):
        low, high = number / BINS, (number + 1) / BINS
        inside = [pair for pair in pairs if low <= pair[0] < high]
        if inside:
            bins.append(Bin(low, high, len(inside), *_means(inside)))
    brier = sum((expected - said_yes) ** 2 for expected, said_yes in pairs) / len(pairs)
    return Calibration(len(pairs), brier, *_means(pairs), tuple(bins))


def _means(pairs: list[tuple[float, bool]]) -> tuple[float, float]:
    count = len(pairs)
    return sum(expected for expected, _ in pairs) / count, sum(said_yes for _, said_yes in pairs) / count
