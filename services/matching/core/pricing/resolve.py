"""Re-solve: the best joint use of a stock, for weekly plans and for what would change.

Small stocks are solved exactly: the linear programme, then an integer one on the columns that its prices leave open. Large
ones by prices on the posts: each pair takes the post that leaves it most, households and homes are assigned, posts asked too
often grow dearer.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

from services.matching.core.pricing.auction import assign
from services.matching.core.pricing.candidates import NO_POST, Amounts, Candidates, Indices, best_post_of_each_pair
from services.matching.core.pricing.duals import Hindsight, hindsight

EXACT_UP_TO: Final = 60_000
_ROUNDS: Final = 30  # no more is gained than is lost in time
_POLISHED_UP_TO: Final = 60_000  # columns of the rounds that are solved again exactly
_GAP: Final = 1e-6  # of the bound: nearer to the best is not looked for
_NODES: Final = 500
_FIRST_WIDTH: Final = 1e-4  # of the bound: reduced costs of the columns that are tried first
_WIDER: Final = 8.0
_NOTHING: Final = 1e-9
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
    def proven(self) -> bool:
        """Whether no plan is better, but for a part in a million."""
        return self.bound - self.value <= 2 * _GAP * self.bound

    @property
    def share_of_bound(self) -> float:
        """How near the plan is to the bound, 1 being exact."""
        return self.value / self.bound if self.bound > 0 else 1.0


def resolve(
    candidates: Candidates, households: int, homes: int, openings: Indices, *, exact_up_to: int = EXACT_UP_TO
) -> Plan:
    """The best plan: each household and home at most once, post j at most openings[j] times, nothing of value <= 0.

    Up to `exact_up_to` candidates exact, or said otherwise: `proven`. Beyond, near the bound that it gives.
    Raises HindsightError where the solver fails.
    """
    useful = np.flatnonzero(candidates.value > 0)
    kept = candidates.take(useful)
    if len(kept) <= exact_up_to:
        plan = _exact(kept, households, homes, openings)
    else:
        plan = _by_post_prices(kept, households, homes, openings)
    rows = useful[plan.rows]
    rows = rows[np.argsort(candidates.household[rows], kind="stable")]
    return Plan(rows, plan.value, plan.bound, plan.household_price, plan.home_price, plan.post_price)


def _exact(candidates: Candidates, households: int, homes: int, openings: Indices) -> Plan:
    """The linear optimum where it is whole, as it nearly always is. Else an integer programme settles it, on the few columns
    that a better plan could hold: those whose reduced cost is within what is still to be gained."""
    found = hindsight(candidates, households, homes, openings)
    shares = np.round(found.used, 6)
    begun = np.flatnonzero(shares > 0)
    rows = _repaired(begun, candidates, openings, shares + _NOTHING * candidates.value)
    value, bound = float(candidates.value[rows].sum()), found.bound
    loss = -_reduced(candidates, found)  # at least what a plan that holds the column leaves of the bound
    width = _FIRST_WIDTH * bound
    while bound - value > _GAP * bound:
        open_rows = np.flatnonzero(loss <= width + _NOTHING)
        settled, proven = _integer(candidates.take(open_rows), households, homes, openings)
        again = float(candidates.value[open_rows[settled]].sum())
        if again > value:
            rows, value = open_rows[settled], again
        if not proven:
            break
        if found.bound - value <= width:  # whatever was left out could only be worse
            bound = min(bound, value + _GAP * bound)
            break
        width = min(found.bound - value, _WIDER * width)
    return Plan(rows, value, max(bound, value), found.household_price, found.home_price, found.post_price)


def _reduced(candidates: Candidates, found: Hindsight) -> Amounts:
    gain = candidates.value - found.household_price[candidates.household] - found.home_price[candidates.home]
    led = candidates.post != NO_POST
    gain[led] -= found.post_price[candidates.post[led]]
    return gain


def _integer(candidates: Candidates, households: int, homes: int, openings: Indices) -> tuple[Indices, bool]:
    """The best plan of these candidates, and whether it is proven so; the best one found within _NODES otherwise."""
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
        return np.zeros(0, np.int64), False
    return np.flatnonzero(found.x > 0.5), found.status == 0


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
