"""Assignment of households to homes by auction: compiled, within `step` of the optimum for each match.

Households bid in turn for the home that leaves them most, by as much as it leaves more than their second choice or than
nothing, plus `step`. A home nobody bids for keeps price 0, so that nobody has to be matched (Bertsekas 1988).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import numba
import numpy as np

from services.matching.core.pricing.candidates import Amounts, Indices

NOBODY: Final = -1
STEP: Final = 1e-4  # of the largest weight: ten thousand matches lose less than one part in a thousand of the optimum

_Kernel = TypeVar("_Kernel", bound=Callable[..., object])


def compiled(function: _Kernel) -> _Kernel:
    """Compiles a kernel at its first call, and keeps the machine code where the installation or the user may write."""
    try:
        found: _Kernel = numba.njit(cache=True)(function)
    except RuntimeError:  # no place to keep it, as on a read-only image: compiled anew by each process
        found = numba.njit(function)
    return found


@dataclass(frozen=True, slots=True)
class Assignment:
    """`home_of`: (n,) home of each household or NOBODY. `price`: (homes,), never negative. `value`: weight of the matches.

    No matching weighs more than `bound`; `bound - value` is at most the number of matches times the step.
    """

    home_of: Indices
    price: Amounts
    value: float
    bound: float


def assign(
    household: Indices, home: Indices, weight: Amounts, *, households: int, homes: int, step: float | None = None
) -> Assignment:
    """Matches each household to at most one home and each home to at most one household, for the most weight.

    The m pairs are given by parallel arrays; pairs of no positive weight are never used. `step` in units of weight,
    STEP times the largest where not given. The same input gives the same output.
    """
    if not len(weight):
        return Assignment(np.full(households, NOBODY), np.zeros(homes), 0.0, 0.0)
    order = np.argsort(household, kind="stable")
    first = np.searchsorted(household[order], np.arange(households + 1)).astype(np.int64)
    sorted_home, sorted_weight = home[order].astype(np.int64), weight[order].astype(np.float64)
    gap = step if step is not None else STEP * max(float(weight.max()), 1e-12)
    home_of, price = _bid(first, sorted_home, sorted_weight, homes, gap)
    pays = np.zeros(households)
    np.maximum.at(pays, household, weight - price[home])
    matched = home_of[household] == home
    best = np.zeros(households)
    np.maximum.at(best, household[matched], weight[matched])
    return Assignment(home_of, price, float(best.sum()), float(pays.sum() + price.sum()))


@compiled
def _bid(first: Indices, home: Indices, weight: Amounts, homes: int, step: float) -> tuple[Indices, Amounts]:
    households = len(first) - 1
    price = np.zeros(homes)
    owner = np.full(homes, -1, np.int64)
    home_of = np.full(households, -1, np.int64)
    queue = np.arange(households)  # a ring: whoever is outbid waits for its turn again
    head, waiting = 0, households
    while waiting > 0:
        bidder = queue[head]
        head = head + 1 if head + 1 < households else 0
        waiting -= 1
        best, second, wanted = 0.0, 0.0, -1
        for pair in range(first[bidder], first[bidder + 1]):
            left = weight[pair] - price[home[pair]]
            if left > best:
                second, best, wanted = best, left, home[pair]
            elif left > second and home[pair] != wanted:
                second = left
        if wanted < 0:
            continue
        price[wanted] += best - second + step
        outbid = owner[wanted]
        if outbid >= 0:
            home_of[outbid] = -1
            tail = head + waiting
            queue[tail if tail < households else tail - households] = outbid
            waiting += 1
        owner[wanted] = bidder
        home_of[bidder] = wanted
    return home_of, price
