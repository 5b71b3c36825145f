"""Several decisions of one instant, taken together: a stock on hand at the start, a sweep.

One after the other, the first takes what the second needs more. Where each party stands alone there is nothing to settle.
"""

from collections.abc import Callable

import numpy as np

from services.matching.core.pricing.candidates import NO_POST, Amounts, Candidates, Indices
from services.matching.core.pricing.decision import take
from services.matching.core.pricing.resolve import EXACT_UP_TO, resolve


def take_together(order: Indices, net: Amounts, candidates: Candidates, openings: Callable[[int], int]) -> Indices:
    """Rows of `order` that bring most together on `net` (all rows' net values), and then, best first as `take` does, what is
    still possible: a guard lets pass also what nets nothing. Each household and home at most once, posts within their
    openings. Beyond `EXACT_UP_TO` rows as `take` alone. Raises HindsightError where the solver fails.
    """
    if len(order) > EXACT_UP_TO or not _contested(order, candidates):
        return take(order, candidates, openings)
    found = candidates.take(order)
    households, household = np.unique(found.household, return_inverse=True)
    homes, home = np.unique(found.home, return_inverse=True)
    posts = np.unique(found.post[found.post != NO_POST])
    post = np.where(found.post == NO_POST, NO_POST, np.searchsorted(posts, found.post))
    room = np.array([openings(one) for one in posts.tolist()], np.int64)
    best = resolve(Candidates(household, home, post, net[order]), len(households), len(homes), room).rows
    chosen = order[best]
    used: dict[int, int] = {}
    for one in candidates.post[chosen].tolist():
        used[one] = used.get(one, 0) + 1
    apart = ~np.isin(candidates.household[order], candidates.household[chosen])
    apart &= ~np.isin(candidates.home[order], candidates.home[chosen])
    rest = take(order[apart], candidates, lambda one: openings(one) - used.get(one, 0))
    return np.concatenate([chosen, rest])


def _contested(order: Indices, candidates: Candidates) -> bool:
    return any(
        len(np.unique(party)) < len(party)
        for party in (candidates.household[order], candidates.home[order], candidates.post[order])
    )
