"""Compiled search of a past for what a newcomer would leave most with, above the prices of the two others: no other chance
counts for its own price, and a large past has thousands of them. What comes out is what the whole list would give.

Homes and posts lie on shelves, cheapest first; what a triple can be worth at most, less the price of the next on the shelf,
says when nothing further counts. Rules and formulas are the harness's own (`mobi90.score`).
"""

import numba as nb
import numpy as np

from benchmarks.matching import harness

harness.enable()

from mobi90.gen import ROOMS_IDEAL, ROOMS_MAX, ROOMS_MIN  # noqa: E402
from mobi90.score import EFFORT_MAX, SKILL_GAP_MAX, effort, home_fits, quality  # noqa: E402

from benchmarks.matching.kernels import (  # noqa: E402
    REACH_KM,
    TRIPLE,
    ceiling_of,
    cell_of,
    km_to_cell,
    least_effort,
    worth_of,
)
from benchmarks.matching.market import HarnessMarket  # noqa: E402
from services.matching.core.pricing.candidates import Amounts, Indices  # noqa: E402
from services.matching.core.pricing.model import Trace  # noqa: E402
from services.matching.core.pricing.potentials import MOST_CHANCES_SHIFTED  # noqa: E402

ROOMS = 7  # shelves of a territory, by rooms: 0 to 6


@nb.njit(cache=True, inline="always")
def _overlap(a, b):
    return max(a.start, b.start) < min(a.end, b.end)


@nb.njit(cache=True)
def _keep(left, slot, known, worth):
    """Makes room for a chance in a heap whose least is first, if it counts. Returns its slot (-1: it does not) and how many
    the heap holds then."""
    room = len(left)
    if known < room:
        at, mine = known, known
        while at > 0 and left[(at - 1) // 2] > worth:
            above = (at - 1) // 2
            left[at], slot[at] = left[above], slot[above]
            at = above
        left[at], slot[at] = worth, mine
        return mine, known + 1
    if worth <= left[0]:
        return -1, known
    mine, at = slot[0], 0
    while True:
        below = 2 * at + 1
        if below >= room:
            break
        if below + 1 < room and left[below + 1] < left[below]:
            below += 1
        if left[below] >= worth:
            break
        left[at], slot[at] = left[below], slot[below]
        at = below
    left[at], slot[at] = worth, mine
    return mine, known


@nb.njit(cache=True, inline="always")
def _floor(left, known):
    return left[0] if known == len(left) else 0.0


@nb.njit(cache=True)
def _judge(h, v, j, ids, c, k, paid_first, paid_second, weighs, left, slot, known, out):
    """Adds a triple whose home fits, whose occupation matches and whose days meet. `ids`: household, home, post."""
    q = quality(h, v, j, c, k)
    if q < 0.0:
        return known
    value = worth_of(h, q, weighs)
    net = value - paid_first - paid_second
    if net <= 0.0:
        return known
    at, known = _keep(left, slot, known, net)
    if at >= 0:
        row = out[at]
        row.household, row.home, row.post = ids
        row.value, row.quality = value, q
        row.begin = max(h.start, v.start, j.start)
        row.end = min(h.end, v.end, j.end)
    return known


@nb.njit(cache=True)
def _posts_of(h, v, ih, iv, c, shelf, wages, side, other_price, weighs, left, slot, known, out):
    """Adds the posts of a pair that fits. `other_price`: of the home or household that is not the newcomer."""
    first, posts, number, price = shelf
    start, end = max(h.start, v.start), min(h.end, v.end)
    spare = v.rooms - ROOMS_IDEAL[h.persons]
    least = least_effort(v.rent, h, wages)
    if least > EFFORT_MAX or ceiling_of(h, 1.0, 1.0, least, c, spare, weighs) - other_price <= _floor(left, known):
        return known
    a, b = cell_of(v.x, v.y, side)
    for k in range(3):
        rome = h.romes[k]
        if rome < 0:
            continue
        job = 1.0 if k == 0 else 0.75
        for x in range(max(a - 1, 0), min(a + 2, side)):
            for y in range(max(b - 1, 0), min(b + 2, side)):
                at = (rome * side + x) * side + y
                if first[at] == first[at + 1]:
                    continue
                away = km_to_cell(v.x, v.y, x, y, side)
                if away > h.max_commute_km:
                    continue
                ceiling = ceiling_of(h, job, 1.0 - away / h.max_commute_km, least, c, spare, weighs) - other_price
                for i in range(first[at], first[at + 1]):
                    if ceiling - price[i] <= _floor(left, known):
                        break
                    j = posts[i]
                    if max(start, j.start) >= min(end, j.end):
                        continue
                    ids = (ih, iv, number[i])
                    known = _judge(h, v, j, ids, c, k, other_price, price[i], weighs, left, slot, known, out)
    return known


@nb.njit(cache=True)
def of_household(H, ih, home_shelf, post_shelf, wages, side, weighs, left, slot, out):
    """Fills `out` with the chances of a household that leave most, in no order. Returns how many."""
    first, homes, number, price = home_shelf
    h = H[ih]
    known = 0
    for c in range(5):
        t = h.territories[c]
        if t < 0:
            break
        for rooms in range(ROOMS_MIN[h.persons], ROOMS_MAX[h.persons] + 1):
            spare = rooms - ROOMS_IDEAL[h.persons]
            ceiling = ceiling_of(h, 1.0, 1.0, 0.0, c, spare, weighs)
            for i in range(first[t * ROOMS + rooms], first[t * ROOMS + rooms + 1]):
                if ceiling - price[i] <= _floor(left, known):
                    break
                v = homes[i]
                if home_fits(h, v) and _overlap(h, v):
                    known = _posts_of(
                        h, v, ih, number[i], c, post_shelf, wages, side, price[i], weighs, left, slot, known, out
                    )
    return known


@nb.njit(cache=True)
def of_home(H, V, iv, wanting, household_price, post_shelf, wages, side, weighs, left, slot, out):
    """Fills `out` with the chances of a home that leave most, in no order. Returns how many."""
    first, nodes = wanting
    v = V[iv]
    known = 0
    for i in range(first[v.territory], first[v.territory + 1]):
        ih, c = nodes[i] // 5, nodes[i] % 5
        h = H[ih]
        if home_fits(h, v) and _overlap(h, v):
            paid = household_price[ih]
            known = _posts_of(h, v, ih, iv, c, post_shelf, wages, side, paid, weighs, left, slot, known, out)
    return known


@nb.njit(cache=True)
def of_post(H, J, ij, seekers, household_price, home_shelf, least_rent, boxes, n_rome, weighs, left, slot, out):
    """Fills `out` with the chances of a post that leave most, in no order. Returns how many.

    `boxes`: (territories, 4) where each territory's homes are; `least_rent`: of each shelf.
    """
    seeking_first, nodes = seekers
    first, homes, number, price = home_shelf
    j = J[ij]
    known = 0
    for t in range(len(boxes)):
        far_x = max(boxes[t, 0] - j.x, j.x - boxes[t, 1], 0.0)
        far_y = max(boxes[t, 2] - j.y, j.y - boxes[t, 3], 0.0)
        if far_x > REACH_KM or far_y > REACH_KM:
            continue
        away = np.sqrt(far_x * far_x + far_y * far_y)
        bucket = t * n_rome + j.rome
        for node in nodes[seeking_first[bucket] : seeking_first[bucket + 1]]:
            ih, c, k = node // 15, node % 15 // 3, node % 3
            h = H[ih]
            gap = max(j.required_skill - h.skill, 0.0)
            if away > h.max_commute_km or (j.licence and not h.licence) or gap > SKILL_GAP_MAX or not _overlap(h, j):
                continue
            job = (1.0 if k == 0 else 0.75) * (1.0 - 2.0 * gap)
            near = 1.0 - away / h.max_commute_km
            income = h.income + j.wage
            for rooms in range(ROOMS_MIN[h.persons], ROOMS_MAX[h.persons] + 1):
                shelf = t * ROOMS + rooms
                if first[shelf] == first[shelf + 1]:
                    continue
                least = effort(least_rent[shelf], h.persons, income)
                spare = rooms - ROOMS_IDEAL[h.persons]
                ceiling = ceiling_of(h, job, near, least, c, spare, weighs) - household_price[ih]
                for i in range(first[shelf], first[shelf + 1]):
                    if ceiling - price[i] <= _floor(left, known):
                        break
                    v = homes[i]
                    if not home_fits(h, v) or max(h.start, j.start, v.start) >= min(h.end, j.end, v.end):
                        continue
                    ids = (ih, number[i], ij)
                    paid = household_price[ih]
                    known = _judge(h, v, j, ids, c, k, paid, price[i], weighs, left, slot, known, out)
    return known


class PastChances:
    """What a newcomer finds in a past that does not change any more: for each side, the `MOST_CHANCES_SHIFTED` triples that
    leave it most. It is row `i` of the market, with the days of its stay. Results are views of a buffer."""

    def __init__(self, market: HarnessMarket, trace: Trace) -> None:
        self._market = market
        n_homes, n_posts = len(trace.homes), len(trace.posts)
        territories, self._n_rome, self._side = market.territories, market.occupations, market.side
        self._household_price = trace.households.price
        homes, posts = market.homes[:n_homes], market.posts[:n_posts]
        self._boxes = np.tile([np.inf, -np.inf, np.inf, -np.inf], (territories, 1))
        for column, name in ((0, "x"), (2, "y")):
            np.minimum.at(self._boxes[:, column], homes["territory"], homes[name])
            np.maximum.at(self._boxes[:, column + 1], homes["territory"], homes[name])
        shelf = homes["territory"] * ROOMS + homes["rooms"]
        self._homes = _shelves(homes, shelf, territories * ROOMS, trace.homes.price)
        self._least_rent = np.full(territories * ROOMS, np.inf)
        np.minimum.at(self._least_rent, shelf, homes["rent"])
        shelf = np.array([market.place_of_post(i) for i in range(n_posts)], np.int64)
        self._posts = _shelves(posts, shelf, self._n_rome * self._side**2, trace.posts.price)
        self._wages = float(posts["wage"].min()), float(posts["wage"].max())
        self._wanting, self._seeking = _wishes(market)
        self._left, self._slot = np.zeros(MOST_CHANCES_SHIFTED), np.zeros(MOST_CHANCES_SHIFTED, np.int64)
        self._out = np.zeros(MOST_CHANCES_SHIFTED, TRIPLE)

    @property
    def _rest(self) -> tuple[object, ...]:
        weights = self._market.weights
        return (weights.raw, weights.by_acceptance), self._left, self._slot, self._out

    def of_household(self, i: int) -> np.ndarray:
        shelves = self._homes, self._posts
        return self._out[: of_household(self._market.households, i, *shelves, self._wages, self._side, *self._rest)]

    def of_home(self, i: int) -> np.ndarray:
        parties = self._market.households, self._market.homes, i, self._wanting, self._household_price
        return self._out[: of_home(*parties, self._posts, self._wages, self._side, *self._rest)]

    def of_post(self, i: int) -> np.ndarray:
        parties = self._market.households, self._market.posts, i, self._seeking, self._household_price
        homes = self._homes, self._least_rent, self._boxes
        return self._out[: of_post(*parties, *homes, self._n_rome, *self._rest)]


def _shelves(rows: np.ndarray, shelf: Indices, shelves: int, price: Amounts) -> tuple[np.ndarray, ...]:
    """Rows by shelf, the cheapest first: (shelves + 1) where each begins, rows, their numbers, their prices."""
    order = np.lexsort((price, shelf))
    return _begins(shelf, shelves), rows[order].copy(), order, price[order]


def _begins(bucket: Indices, buckets: int) -> Indices:
    return np.concatenate([[0], np.cumsum(np.bincount(bucket, minlength=buckets))])


def _wishes(market: HarnessMarket) -> tuple[tuple[Indices, Indices], tuple[Indices, Indices]]:
    """Past households by territory wanted, and by that and occupation sought: where each bucket begins, a market's nodes."""
    ids = np.array(market.past_households, np.int64)
    rows = market.households[ids]
    territory, rome = rows["territories"], rows["romes"]
    node = 5 * ids[:, None] + np.arange(5)
    wanted = territory >= 0
    by_territory = _listed(territory[wanted], node[wanted], market.territories)
    sought = wanted[:, :, None] & (rome >= 0)[:, None, :]
    bucket = territory[:, :, None] * market.occupations + rome[:, None, :]
    node = 3 * node[:, :, None] + np.arange(3)
    return by_territory, _listed(bucket[sought], node[sought], market.territories * market.occupations)


def _listed(bucket: Indices, node: Indices, buckets: int) -> tuple[Indices, Indices]:
    return _begins(bucket, buckets), node[np.argsort(bucket, kind="stable")]
