"""Re-solve: the best joint use of a stock, for weekly plans and for what would change.

Small stocks are solved exactly (an integer programme on the columns that prices leave open). Large ones by prices on the
posts: each pair takes the post that leaves it most, households and homes are assigned, posts asked too often grow dearer.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

from services.matching.core.pricing.auction import assign
from services.matching.core.pricing.candidates import NO_POST, Amounts, Candidates, Indices, best_post_of_each_pair
from services.matching.core.pricing.duals import HindsightError, hindsight

_EXACT_UP_TO: Final = 60_000
_ROUNDS: Final = 30  # no more is gained than is lost in time
_POLISHED_UP_TO: Final = 60_000  # columns of the rounds that are solved again exactly
_GAP: Final = 1e-4  # of the value: where the linear optimum is not whole, the plan is this near to the best
_NODES: Final = 200
_PACE: Final = 0.97  # each step is so much shorter than the one before
_CLOSE: Final = 0.001  # of the bound: no further round is worth its time


@dataclass(frozen=True, slots=True)
class Plan:
    """`rows`: the candidates used, by household. No plan is worth more than `bound`. Prices: what one more would bring."""

    rows: Indices
    value: float
    bound: float
    household_price: Amounts
    home_price: Amounts
    post_price: Amounts

    @property
    def share_of_bound(self) -> float:
        """How near the plan is to the bound, 1 being exact."""
        return self.value / self.bound if self.bound > 0 else 1.0


def resolve(candidates: Candidates, households: int, homes: int, openings: Indices) -> Plan:
    """The best plan: each household and home at most once, post j at most openings[j] times, nothing of value <= 0.

    Exact up to _EXACT_UP_TO candidates (its bound is the linear one), else near the bound that it gives.
    Raises HindsightError where the solver fails.
    """
    useful = np.flatnonzero(candidates.value > 0)
    kept = candidates.take(useful)
    if len(kept) <= _EXACT_UP_TO:
        plan = _exact(kept, households, homes, openings)
    else:
        plan = _by_post_prices(kept, households, homes, openings)
    rows = useful[plan.rows]
    rows = rows[np.argsort(candidates.household[rows], kind="stable")]
    return Plan(rows, plan.value, plan.bound, plan.household_price, plan.home_price, plan.post_price)


def _exact(candidates: Candidates, households: int, homes: int, openings: Indices) -> Plan:
    found = hindsight(candidates, households, homes, openings)
    rows = np.flatnonzero(found.used > 0.5)
    if np.abs(found.used - np.round(found.used)).max(initial=0.0) > 1e-6:
        rows = _integer(candidates, households, homes, openings)
    value = float(candidates.value[rows].sum())
    return Plan(rows, value, found.bound, found.household_price, found.home_price, found.post_price)


def _integer(candidates: Candidates, households: int, homes: int, openings: Indices) -> Indices:
    count = len(candidates)
    led = candidates.post != NO_POST
    every = np.arange(count)
    lines = np.concatenate(
        [candidates.household, households + candidates.home, households + homes + candidates.post[led]]
    )
    limits = np.concatenate([np.ones(households + homes), openings])
    matrix = csc_array(
        (np.ones(len(lines)), (lines, np.concatenate([every, every, every[led]]))), shape=(len(limits), count)
    )
    found = milp(
        -candidates.value,
        constraints=LinearConstraint(matrix, -np.inf, limits),
        integrality=np.ones(count),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": _GAP, "node_limit": _NODES},  # no time limit: the same stock gives the same plan
    )
    if found.x is None:
        raise HindsightError(f"HiGHS found no plan: {found.message}")
    return np.flatnonzero(found.x > 0.5)


def _by_post_prices(candidates: Candidates, households: int, homes: int, openings: Indices) -> Plan:
    led = candidates.post != NO_POST
    post = np.where(led, candidates.post, len(openings))
    price = np.zeros(len(openings) + 1)  # the last stands for no post and stays free
    best = Plan(np.zeros(0, np.int64), 0.0, np.inf, np.zeros(households), np.zeros(homes), price[:-1])
    seen = np.zeros(len(candidates), bool)
    bound = np.inf
    for turn in range(_ROUNDS):
        worth = candidates.value - price[post]
        pairs = best_post_of_each_pair(candidates, worth)
        pairs = pairs[worth[pairs] > 0]
        chosen = candidates.take(pairs)
        found = assign(chosen.household, chosen.home, worth[pairs], households=households, homes=homes)
        bound = min(bound, found.bound + float((price[:-1] * openings).sum()))
        rows = pairs[found.home_of[chosen.household] == chosen.home]
        feasible = _repaired(rows, candidates, openings, worth)
        seen[rows] = seen[feasible] = True
        value = float(candidates.value[feasible].sum())
        if value > best.value:
            surplus = np.zeros(households)
            np.maximum.at(surplus, candidates.household, worth - found.price[candidates.home])
            best = Plan(feasible, value, bound, surplus, found.price, price[:-1].copy())
        excess = np.bincount(post[rows], minlength=len(price))[:-1] - openings
        slope = np.where((price[:-1] > 0) | (excess > 0), excess, 0).astype(np.float64)
        length = float((slope**2).sum())
        if length == 0.0 or bound - best.value <= _CLOSE * bound:
            break
        price[:-1] = np.maximum(price[:-1] + _PACE**turn * (bound - best.value) / length * slope, 0.0)
    if bound - best.value > _CLOSE * bound and np.count_nonzero(seen) <= _POLISHED_UP_TO:
        best = _better(best, candidates, np.flatnonzero(seen), households, homes, openings)
    return Plan(best.rows, best.value, bound, best.household_price, best.home_price, best.post_price)


def _better(plan: Plan, candidates: Candidates, seen: Indices, households: int, homes: int, openings: Indices) -> Plan:
    """The best plan among the candidates that some round has used, if it beats the best of the rounds."""
    again = _exact(candidates.take(seen), households, homes, openings)
    if again.value <= plan.value:
        return plan
    return Plan(seen[again.rows], again.value, plan.bound, again.household_price, again.home_price, again.post_price)


def _repaired(rows: Indices, candidates: Candidates, openings: Indices, worth: Amounts) -> Indices:
    """`rows` with posts used within their openings, then whatever else still fits, best first."""
    left = openings.astype(np.int64).tolist()
    free_household = np.ones(int(candidates.household.max(initial=0)) + 1, bool)
    free_home = np.ones(int(candidates.home.max(initial=0)) + 1, bool)
    kept: list[int] = []

    def use(row: int) -> None:
        household, home, post = candidates.household[row], candidates.home[row], int(candidates.post[row])
        if not (free_household[household] and free_home[home]) or (post != NO_POST and left[post] < 1):
            return
        if post != NO_POST:
            left[post] -= 1
        free_household[household] = free_home[home] = False
        kept.append(row)

    for row in rows[np.argsort(-worth[rows], kind="stable")].tolist():
        use(row)
    pair_kept = free_household[candidates.household] & free_home[candidates.home]
    open_post = np.append(np.array(left) > 0, True)[candidates.post]
    rest = np.flatnonzero(pair_kept & open_post)
    for row in rest[np.argsort(-candidates.value[rest], kind="stable")].tolist():
        use(row)
    return np.array(sorted(kept), np.int64)
