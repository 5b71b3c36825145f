"""Prices in hindsight of a large window, near those of the linear programme: a price for each post, the rest by auction.

Each pair takes the post that leaves it most, households and homes are assigned, posts asked too often grow dearer and others
cheaper: a subgradient of the dual, whose value no use of the window exceeds. How far a step goes follows from how much the
dual is hoped to fall still; the hope shrinks when it does not (Polyak's step with a target, after Goffin and Kiwiel).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from services.matching.core.pricing.auction import assign, compiled
from services.matching.core.pricing.candidates import NO_POST, Amounts, Candidates, Indices

_ROUNDS: Final = 50  # on 180,000 candidates 1.0005 of the linear optimum
_FIRST_HOPE: Final = 0.1  # of the bound: as much as scarce posts may ask for
_LEAST_HOPE: Final = 1e-4  # nearer is not looked for
_PATIENCE: Final = 2  # rounds without a lower dual value before less is hoped for
_LESS: Final = 0.6


@dataclass(frozen=True, slots=True)
class NearHindsight:
    """As `Hindsight` without the use of each candidate: prices cover each candidate's value and add up to `bound`.

    No use of the window is worth more than `bound`; it is above the linear optimum by some part in a thousand at most in
    windows like real ones.
    """

    bound: float
    household_price: Amounts
    home_price: Amounts
    post_price: Amounts


def near_hindsight(candidates: Candidates, households: int, homes: int, openings: Indices) -> NearHindsight:
    """Prices of the best joint use of all candidates: each household and home at most once, post j at most openings[j]
    times. The same input gives the same prices."""
    best = NearHindsight(0.0, np.zeros(households), np.zeros(homes), np.zeros(len(openings)))
    if not len(candidates):
        return best
    rows = candidates.take(np.lexsort((candidates.home, candidates.household)))
    begins = (np.diff(rows.household, prepend=-1) != 0) | (np.diff(rows.home, prepend=-1) != 0)
    start = np.append(np.flatnonzero(begins), len(rows)).astype(np.int64)
    household, home = rows.household[start[:-1]], rows.home[start[:-1]]
    post = np.where(rows.post == NO_POST, len(openings), rows.post)
    room = openings.astype(np.float64)
    price = np.zeros(len(openings) + 1)  # the last stands for no post and stays free
    lowest = np.inf
    hope, idle = _FIRST_HOPE, 0
    for _ in range(_ROUNDS):
        taken = _best_rows(start, rows.value, post, price)
        worth = rows.value[taken] - price[post[taken]]
        found = assign(household, home, worth, households=households, homes=homes)
        bound = found.bound + float((price[:-1] * room).sum())
        idle = 0 if bound < lowest else idle + 1
        if bound < lowest:
            lowest = bound
            surplus = np.zeros(households)
            np.maximum.at(surplus, household, worth - found.price[home])
            best = NearHindsight(bound, surplus, found.price, price[:-1].copy())
        if idle == _PATIENCE:
            hope, idle = _LESS * hope, 0
        asked = np.bincount(post[taken[found.home_of[household] == home]], minlength=len(price))[:-1]
        slope = np.where((price[:-1] > 0.0) | (asked > room), asked - room, 0.0)
        length = float((slope**2).sum())
        if length == 0.0 or hope < _LEAST_HOPE:
            break
        pace = (bound - (1.0 - hope) * lowest) / length
        price[:-1] = np.maximum(price[:-1] + pace * slope, 0.0)
    return best


@compiled
def _best_rows(start: Indices, value: Amounts, post: Indices, price: Amounts) -> Indices:
    """The row that leaves most once its post is paid, of each run of rows that begins at `start`; the first of equals."""
    found = np.empty(len(start) - 1, np.int64)
    for pair in range(len(found)):
        best = start[pair]
        most = value[best] - price[post[best]]
        for row in range(best + 1, start[pair + 1]):
            left = value[row] - price[post[row]]
            if left > most:
                best, most = row, left
        found[pair] = best
    return found
