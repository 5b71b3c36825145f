"""Compiled search of a large past: of each household, and of each home, only the pairs worth most, each with its best posts.

All triples of 65 000 households are some three thousand million. Bounds on what a home can still be worth leave most of them
unlooked at; what comes out is what the whole list would give. Rules and formulas are the harness's own (`mobi90.score`).
"""

import math
from typing import Final

import numba as nb
import numpy as np

from benchmarks.matching import harness

harness.enable()

from mobi90.gen import ROOMS_IDEAL  # noqa: E402
from mobi90.score import EFFORT_MAX, SKILL_GAP_MAX, home_fits, quality  # noqa: E402

from benchmarks.matching.kernels import cell_of, km_to_cell, worth_of  # noqa: E402

NEAREST_FIRST: Final = (0, -1, 1)  # cells around the home's own
LEAST_EFFORT: Final = 0.4  # of the rent: what the aid never pays


@nb.njit(cache=True, inline="always")
def _best_left(h, v, c, highest_wage):
    """Quality of this pair with a post that fits perfectly, next door, at the highest wage."""
    spare = v.rooms - ROOMS_IDEAL[h.persons]
    typology = 1.0 if spare == 0 else (0.6 if spare == 1 else 0.5)
    effort = LEAST_EFFORT * v.rent / (h.income + highest_wage)
    return 0.50 + 0.20 * (1.0 - effort / EFFORT_MAX) + 0.15 * (1.0 - c / 5.0) + 0.15 * typology


@nb.njit(cache=True)
def _posts_of(H, V, J, ih, iv, c, posts, side, best_left, floor, found):
    """Puts the best posts of a pair into `found` (quality, post), best first: those of more quality than `floor`."""
    head, following = posts
    h, v = H[ih], V[iv]
    start, end = max(h.start, v.start), min(h.end, v.end)
    a, b = cell_of(v.x, v.y, side)
    known = 0
    for k in range(3):
        rome = h.romes[k]
        if rome < 0:
            continue
        fit = 1.0 if k == 0 else 0.75
        if best_left - 0.30 * (1.0 - fit) <= floor:
            continue
        for dx in NEAREST_FIRST:
            for dy in NEAREST_FIRST:
                x, y = a + dx, b + dy
                if not (0 <= x < side and 0 <= y < side):
                    continue
                away = km_to_cell(v.x, v.y, x, y, side)
                if away > h.max_commute_km:
                    continue
                if best_left - 0.30 * (1.0 - fit) - 0.20 * away / h.max_commute_km <= floor:
                    continue
                ij = head[(rome * side + x) * side + y]
                while ij >= 0:
                    j = J[ij]
                    gap = max(j.required_skill - h.skill, 0.0)
                    d2 = (v.x - j.x) ** 2 + (v.y - j.y) ** 2
                    if gap <= SKILL_GAP_MAX and d2 <= h.max_commute_km**2 and max(start, j.start) < min(end, j.end):
                        lost = 0.30 * (1.0 - fit * (1.0 - 2.0 * gap)) + 0.20 * math.sqrt(d2) / h.max_commute_km
                        if best_left - lost > floor:
                            q = quality(h, v, j, c, k)
                            if q > floor:
                                known = _put(found, known, q, ij)
                                if known == len(found):
                                    floor = max(floor, found[known - 1].quality)
                    ij = following[ij]
    return known


POST_FOUND = np.dtype([("quality", np.float64), ("post", np.int64)], align=True)


@nb.njit(cache=True)
def _put(found, known, q, ij):
    """Inserts in descending order; the last falls out of a full list. Returns how many there are."""
    room = len(found)
    at = known
    while at > 0 and found[at - 1].quality < q:
        at -= 1
    if at >= room:
        return known
    last = min(known, room - 1)
    for i in range(last, at, -1):
        found[i].quality, found[i].post = found[i - 1].quality, found[i - 1].post
    found[at].quality, found[at].post = q, ij
    return min(known + 1, room)


@nb.njit(cache=True)
def _sift(heap, at, room):
    """Restores a heap whose least worth is first, from a row that may be worth more than those below it."""
    while True:
        least = at
        for below in (2 * at + 1, 2 * at + 2):
            if below < room and heap[below].value < heap[least].value:
                least = below
        if least == at:
            return
        kept = heap[at].household, heap[at].home, heap[at].post, heap[at].value
        low = heap[least]
        heap[at].household, heap[at].home, heap[at].post, heap[at].value = low.household, low.home, low.post, low.value
        low.household, low.home, low.post, low.value = kept
        at = least


@nb.njit(cache=True)
def _keep(heap, known, ih, iv, ij, worth):
    """Adds a triple to a heap of the most worth. Returns how many it holds."""
    room = len(heap)
    if known == room:
        if worth <= heap[0].value:
            return known
        at = 0
    else:
        at = known
        known += 1
    row = heap[at]
    row.household, row.home, row.post, row.value = ih, iv, ij, worth
    if known == room:
        if at:
            for i in range(room // 2 - 1, -1, -1):
                _sift(heap, i, room)
        else:
            _sift(heap, 0, room)
    return known


@nb.njit(cache=True)
def of_households(H, V, J, ids, homes, posts, side, highest_wage, weighs, most, each, out):
    """The `most` triples worth most of each household, with the `each` best posts of a home. Returns how many.

    For one household more quality is never worth less, so that quality alone is compared.
    """
    head, following = homes
    found = np.zeros(each, POST_FOUND)
    n = 0
    for ih in ids:
        h = H[ih]
        heap = out[n : n + most]
        known = 0
        floor = 0.0
        for turn in range(10):  # homes of the ideal size first: they raise the floor for the others
            c, ideal = turn % 5, turn < 5
            t = h.territories[c]
            if t < 0:
                continue
            iv = head[t]
            while iv >= 0:
                v = V[iv]
                same = v.rooms == ROOMS_IDEAL[h.persons]
                if same == ideal and home_fits(h, v) and max(h.start, v.start) < min(h.end, v.end):
                    left = _best_left(h, v, c, highest_wage)
                    if left > floor:
                        for i in range(_posts_of(H, V, J, ih, iv, c, posts, side, left, floor, found)):
                            known = _keep(heap, known, ih, iv, found[i].post, found[i].quality)
                        if known == most:
                            floor = heap[0].value
                iv = following[iv]
        for i in range(known):
            heap[i].value = worth_of(h, heap[i].value, weighs)
        n += known
    return n


@nb.njit(cache=True)
def of_homes(H, V, J, ids, households, posts, side, highest_wage, weighs, most, out):
    """The `most` triples worth most of each home, one a household with its best post. Returns how many."""
    head, following = households
    found = np.zeros(1, POST_FOUND)
    n = 0
    for iv in ids:
        v = V[iv]
        heap = out[n : n + most]
        known = 0
        node = head[v.territory]
        while node >= 0:
            ih, c = node // 5, node % 5
            h = H[ih]
            if home_fits(h, v) and max(h.start, v.start) < min(h.end, v.end):
                left = _best_left(h, v, c, highest_wage)
                open_to = known < most or worth_of(h, left, weighs) > heap[0].value
                if open_to and _posts_of(H, V, J, ih, iv, c, posts, side, left, 0.0, found):
                    known = _keep(heap, known, ih, iv, found[0].post, worth_of(h, found[0].quality, weighs))
            node = following[node]
        n += known
    return n
