"""The optimum in hindsight of a window and its prices: a linear programme by HiGHS, its columns generated."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_array

from services.matching.core.pricing.candidates import NO_POST, Amounts, Candidates, Indices, best_post_of_each_pair

_ALL_AT_ONCE: Final = 20_000  # below, every triple is a column from the start
_TOLERANCE: Final = 1e-7


class HindsightError(RuntimeError):
    """The solver did not reach the optimum."""


@dataclass(frozen=True, slots=True)
class Hindsight:
    """`bound`: value of the linear optimum, an upper bound of any placement. Prices: duals, one a party, never negative.

    value[r] <= household_price + home_price + post_price for every candidate r (within 1e-7), with equality for those
    used. `used`: (m,) share of each candidate in the optimum, 0..1.
    """

    bound: float
    household_price: Amounts
    home_price: Amounts
    post_price: Amounts
    used: Amounts


def hindsight(candidates: Candidates, households: int, homes: int, openings: Indices) -> Hindsight:
    """Best joint use of all candidates: each household and home at most once, post j at most openings[j] times.

    Candidates are those possible at some moment of the window, hidden departures known. Raises HindsightError.
    """
    posts = len(openings)
    if not len(candidates):
        return Hindsight(0.0, np.zeros(households), np.zeros(homes), np.zeros(posts), np.zeros(0))
    limits = np.concatenate([np.ones(households + homes), openings.astype(np.float64)])
    active = np.zeros(len(candidates), bool)
    if len(candidates) <= _ALL_AT_ONCE:
        active[:] = True
    else:
        active[best_post_of_each_pair(candidates, candidates.value, 2)] = True
    while True:
        columns = np.flatnonzero(active)
        shares, prices, bound = _solve(candidates.take(columns), households, homes, limits)
        household_price, home_price, post_price = np.split(prices, [households, households + homes])
        gain = candidates.value - household_price[candidates.household] - home_price[candidates.home]
        led = candidates.post != NO_POST
        gain[led] -= post_price[candidates.post[led]]
        missing = np.flatnonzero((gain > _TOLERANCE) & ~active)
        if not len(missing):
            used = np.zeros(len(candidates))
            used[columns] = shares
            return Hindsight(bound, household_price, home_price, post_price, used)
        active[missing[best_post_of_each_pair(candidates.take(missing), gain[missing])]] = True


def _solve(columns: Candidates, households: int, homes: int, limits: Amounts) -> tuple[Amounts, Amounts, float]:
    """Shares of the columns, duals of the rows and the optimum."""
    count = len(columns)
    led = columns.post != NO_POST
    every = np.arange(count)
    rows = np.concatenate([columns.household, households + columns.home, households + homes + columns.post[led]])
    matrix = csc_array(
        (np.ones(len(rows)), (rows, np.concatenate([every, every, every[led]]))), shape=(len(limits), count)
    )
    found = linprog(-columns.value, A_ub=matrix, b_ub=limits, bounds=(0, None), method="highs-ds")
    if found.status != 0:
        raise HindsightError(f"HiGHS stopped with status {found.status}: {found.message}")
    return np.asarray(found.x), np.maximum(-np.asarray(found.ineqlin.marginals), 0.0), float(-found.fun)
