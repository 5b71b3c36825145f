"""Compiled search of the harness's compatible triples: homes by territory, households by territory and occupation, posts
by occupation and place. Rules and formulas are the harness's own (`mobi90.score`)."""

import math

import numba as nb
import numpy as np

from benchmarks.matching import harness

harness.enable()

from mobi90.score import EFFORT_MAX, acceptance_of, effort, home_fits, quality, utility_of  # noqa: E402

CELL_KM = 36.0  # longer than the longest commute: the 3 x 3 cells around a home hold every post within reach
REACH_KM = 35.0
ROUNDING = 1e-9  # a ceiling is added up in another order than what it covers

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


@nb.njit(cache=True, inline="always")
def worth_of(h, q, weighs):
    """What a triple of quality `q` is worth to a household; never less for more quality. `weighs`: as `market.Weights`."""
    worth = utility_of(h, q) if weighs[0] else h.priority * (0.2 + 0.8 * min(q / h.best_quality, 1.0))
    return worth * acceptance_of(h, q) if weighs[1] else worth


@nb.njit(cache=True, inline="always")
def ceiling_of(h, job, near, effort_least, c, spare, weighs):
    """Most that a triple is worth with so much of job fit and nearness (1: perfect), and no less effort."""
    typology = 1.0 if spare == 0 else (0.6 if spare == 1 else 0.5)
    comfort = 0.20 * (1.0 - effort_least / EFFORT_MAX) + 0.15 * (1.0 - c / 5.0) + 0.15 * typology
    return worth_of(h, 0.30 * job + 0.20 * near + comfort, weighs) + ROUNDING


@nb.njit(cache=True, inline="always")
def least_effort(rent, h, wages):
    """The least effort with any wage from wages[0] to wages[1]: at the highest, or where the aid begins to fall."""
    lowest, highest = h.income + wages[0], h.income + wages[1]
    turn = 5.0 * (45.0 * (h.persons - 1) + 140.0 - 0.15 * rent)
    turn = min(max(turn, lowest), highest)
    return min(effort(rent, h.persons, highest), effort(rent, h.persons, turn))


@nb.njit(cache=True, inline="always")
def km_to_cell(x, y, a, b, side):
    """At least so far is a place from any in a cell; cells of the rim have no end."""
    west, south = (a - 4) * CELL_KM, (b - 4) * CELL_KM
    dx = max(west - x if a > 0 else 0.0, x - west - CELL_KM if a < side - 1 else 0.0, 0.0)
    dy = max(south - y if b > 0 else 0.0, y - south - CELL_KM if b < side - 1 else 0.0, 0.0)
    return math.sqrt(dx * dx + dy * dy)


@nb.njit(cache=True)
def _judge(H, V, J, ih, iv, ij, c, k, weighs, n, out):
    """Adds one triple whose home and occupation fit, if compatible."""
    h, v, j = H[ih], V[iv], J[ij]
    begin = max(h.start, v.start, j.start)
    end = min(h.end, v.end, j.end)
    if begin >= end:
        return n
    q = quality(h, v, j, c, k)
    if q < 0.0:
        return n
    if n < len(out):
        row = out[n]
        row.household, row.home, row.post = ih, iv, ij
        row.value, row.quality, row.begin, row.end = worth_of(h, q, weighs), q, begin, end
    return n + 1


@nb.njit(cache=True)
def _with_posts(H, V, J, ih, iv, c, posts, side, weighs, n, out):
    head, following = posts
    h, v = H[ih], V[iv]
    a, b = cell_of(v.x, v.y, side)
    for k in range(3):
        rome = h.romes[k]
        if rome < 0:
            continue
        for x in range(max(a - 1, 0), min(a + 2, side)):
            for y in range(max(b - 1, 0), min(b + 2, side)):
                ij = head[(rome * side + x) * side + y]
                while ij >= 0:
                    n = _judge(H, V, J, ih, iv, ij, c, k, weighs, n, out)
                    ij = following[ij]
    return n


@nb.njit(cache=True)
def of_household(H, V, J, ih, homes, posts, side, weighs, n, out):
    head, following = homes
    h = H[ih]
    for c in range(5):
        t = h.territories[c]
        if t < 0:
            break
        iv = head[t]
        while iv >= 0:
            if home_fits(h, V[iv]) and max(h.start, V[iv].start) < min(h.end, V[iv].end):
                n = _with_posts(H, V, J, ih, iv, c, posts, side, weighs, n, out)
            iv = following[iv]
    return n


@nb.njit(cache=True)
def of_households(H, V, J, ids, homes, posts, side, weighs, out):
    n = 0
    for ih in ids:
        n = of_household(H, V, J, ih, homes, posts, side, weighs, n, out)
    return n


@nb.njit(cache=True)
def of_home(H, V, J, iv, households, posts, side, weighs, out):
    head, following = households
    v = V[iv]
    n = 0
    node = head[v.territory]
    while node >= 0:
        ih, c = node // 5, node % 5
        if home_fits(H[ih], v) and max(H[ih].start, v.start) < min(H[ih].end, v.end):
            n = _with_posts(H, V, J, ih, iv, c, posts, side, weighs, n, out)
        node = following[node]
    return n


@nb.njit(cache=True)
def of_post(H, V, J, ij, seekers, n_rome, homes, boxes, weighs, out):
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
                        n = _judge(H, V, J, ih, iv, ij, c, k, weighs, n, out)
                    iv = home_following[iv]
            node = following[node]
    return n
