"""Compiled search of the harness's compatible triples: homes by territory, households by territory and occupation, posts
by occupation and place. Rules and formulas are the harness's own (`mobi90.score`)."""

import numba as nb
import numpy as np

from benchmarks.matching import harness

harness.enable()

from mobi90.gen import ROOMS_IDEAL  # noqa: E402
from mobi90.score import acceptance_of, home_fits, quality, utility_of  # noqa: E402

CELL_KM = 36.0  # longer than the longest commute: the 3 x 3 cells around a home hold every post within reach
REACH_KM = 35.0

TRIPLE = np.dtype(
    [
        ("household", np.int64),
        ("home", np.int64),
        ("post", np.int64),
        ("value", np.float64),
        ("quality", np.float64),
        ("begin", np.float64),
        ("end", np.float64),
    ],
    align=True,
)


@nb.njit(cache=True)
def link(head, following, preceding, bucket, node):
    first = head[bucket]
    following[node] = first
    preceding[node] = -1
    if first >= 0:
        preceding[first] = node
    head[bucket] = node


@nb.njit(cache=True)
def unlink(head, following, preceding, bucket, node):
    before = preceding[node]
    after = following[node]
    if before >= 0:
        following[before] = after
    else:
        head[bucket] = after
    if after >= 0:
        preceding[after] = before


@nb.njit(cache=True, inline="always")
def cell_of(x, y, side):
    """Cell of a place on a grid of side x side cells that begins four cells before the origin."""
    a = min(max(int(x // CELL_KM) + 4, 0), side - 1)
    b = min(max(int(y // CELL_KM) + 4, 0), side - 1)
    return a, b


@nb.njit(cache=True)
def _judge(H, V, J, ih, iv, ij, c, k, reach, prices, pays, weighs, n, out):
    """Adds one triple whose home and occupation fit, if compatible and worth more than its prices. `reach`: most that any
    post can leave to this pair once household and home are paid."""
    h, v, j = H[ih], V[iv], J[ij]
    if pays and reach <= prices[2][ij]:
        return n
    begin = max(h.start, v.start, j.start)
    end = min(h.end, v.end, j.end)
    if begin >= end:
        return n
    q = quality(h, v, j, c, k)
    if q < 0.0:
        return n
    worth = utility_of(h, q) if weighs[0] else h.priority * (0.2 + 0.8 * min(q / h.best_quality, 1.0))
    if weighs[1]:
        worth *= acceptance_of(h, q)
    if pays and worth <= prices[0][ih] + prices[1][iv] + prices[2][ij]:
        return n
    if n < len(out):
        row = out[n]
        row.household, row.home, row.post = ih, iv, ij
        row.value, row.quality, row.begin, row.end = worth, q, begin, end
    return n + 1


@nb.njit(cache=True, inline="always")
def _reach(h, v, ih, iv, c, prices, pays):
    """Most that a triple of this pair can be worth above the prices of its household and home."""
    if not pays:
        return np.inf
    typology = 1.0 if v.rooms == ROOMS_IDEAL[h.persons] else 0.6
    best = min((0.70 + 0.15 * (1.0 - c / 5.0) + 0.15 * typology) / h.best_quality, 1.0)
    return h.priority * (0.2 + 0.8 * best) - prices[0][ih] - prices[1][iv]


@nb.njit(cache=True)
def _with_posts(H, V, J, ih, iv, c, posts, side, prices, pays, weighs, n, out):
    head, following = posts
    h, v = H[ih], V[iv]
    reach = _reach(h, v, ih, iv, c, prices, pays)
    if reach <= 0.0:
        return n
    a, b = cell_of(v.x, v.y, side)
    for k in range(3):
        rome = h.romes[k]
        if rome < 0:
            continue
        for x in range(max(a - 1, 0), min(a + 2, side)):
            for y in range(max(b - 1, 0), min(b + 2, side)):
                ij = head[(rome * side + x) * side + y]
                while ij >= 0:
                    n = _judge(H, V, J, ih, iv, ij, c, k, reach, prices, pays, weighs, n, out)
                    ij = following[ij]
    return n


@nb.njit(cache=True)
def of_household(H, V, J, ih, homes, posts, side, prices, pays, weighs, n, out):
    head, following = homes
    h = H[ih]
    for c in range(5):
        t = h.territories[c]
        if t < 0:
            break
        iv = head[t]
        while iv >= 0:
            if home_fits(h, V[iv]) and max(h.start, V[iv].start) < min(h.end, V[iv].end):
                n = _with_posts(H, V, J, ih, iv, c, posts, side, prices, pays, weighs, n, out)
            iv = following[iv]
    return n


@nb.njit(cache=True)
def of_households(H, V, J, ids, homes, posts, side, prices, pays, weighs, out):
    n = 0
    for ih in ids:
        n = of_household(H, V, J, ih, homes, posts, side, prices, pays, weighs, n, out)
    return n


@nb.njit(cache=True)
def of_home(H, V, J, iv, households, posts, side, prices, pays, weighs, out):
    head, following = households
    v = V[iv]
    n = 0
    node = head[v.territory]
    while node >= 0:
        ih, c = node // 5, node % 5
        if home_fits(H[ih], v) and max(H[ih].start, v.start) < min(H[ih].end, v.end):
            n = _with_posts(H, V, J, ih, iv, c, posts, side, prices, pays, weighs, n, out)
        node = following[node]
    return n


@nb.njit(cache=True)
def of_post(H, V, J, ij, seekers, n_rome, homes, boxes, prices, pays, weighs, out):
    """`seekers`: households by (territory, occupation). `boxes`: (territories, 4) where each territory's homes are."""
    head, following = seekers
    home_head, home_following = homes
    j = J[ij]
    n = 0
    for t in range(len(boxes)):
        far_x = max(boxes[t, 0] - j.x, j.x - boxes[t, 1], 0.0)
        far_y = max(boxes[t, 2] - j.y, j.y - boxes[t, 3], 0.0)
        if far_x > REACH_KM or far_y > REACH_KM or home_head[t] < 0:
            continue
        node = head[t * n_rome + j.rome]
        while node >= 0:
            ih, c, k = node // 15, node % 15 // 3, node % 3
            h = H[ih]
            if max(h.start, j.start) < min(h.end, j.end):
                iv = home_head[t]
                while iv >= 0:
                    if home_fits(h, V[iv]):
                        reach = _reach(h, V[iv], ih, iv, c, prices, pays)
                        n = _judge(H, V, J, ih, iv, ij, c, k, reach, prices, pays, weighs, n, out)
                    iv = home_following[iv]
            node = following[node]
    return n
