"""Compiled search of a market for the triples that a decision at an instant can need: those that may pass what their prices
leave, and one of each other home that has any, since such a home is held back. A large market has ten thousand triples a
household and hardly two that pass. What is decided on them is what is decided on all
(`tests/unit/matching/pricing/test_needed_rows.py`).

Prices and guards are the engine's (`price_bounds`); here they only say what need not be handed to it.
"""

from typing import NamedTuple

import numba as nb
import numpy as np

from benchmarks.matching import harness

harness.enable()

from mobi90.gen import ROOMS_IDEAL  # noqa: E402
from mobi90.score import EFFORT_MAX, SKILL_GAP_MAX, home_fits, quality  # noqa: E402

from benchmarks.matching.kernels import (  # noqa: E402
    REACH_KM,
    ROUNDING,
    ceiling_of,
    cell_of,
    km_to_cell,
    least_effort,
    worth_of,
)
from benchmarks.matching.price_bounds import ends_or_held, has_waited, price_of  # noqa: E402


class Search(NamedTuple):
    """Where posts are, the range of wages, what triples are worth; homes that a household may not be proposed again, as a
    list of nodes; `seen`: last decision in which each home was met."""

    head: np.ndarray
    following: np.ndarray
    side: int
    wages: tuple[float, float]
    weighs: tuple[bool, bool]
    ban_head: np.ndarray
    ban_following: np.ndarray
    ban_home: np.ndarray
    seen: np.ndarray
    turn: int


CHOICE = np.dtype([("household", np.int64), ("home", np.int64), ("post", np.int64), ("value", np.float64)], align=True)


@nb.njit(cache=True, inline="always")
def _banned(ih, iv, search):
    node = search.ban_head[ih]
    while node >= 0:
        if search.ban_home[node] == iv:
            return True
        node = search.ban_following[node]
    return False


@nb.njit(cache=True)
def _met(ih, iv, ij, value, passes, search, n, out):
    """Adds a triple that may pass, or the first of a home."""
    if passes or search.seen[iv] != search.turn:
        search.seen[iv] = search.turn
        if n < len(out):
            row = out[n]
            row.household, row.home, row.post, row.value = ih, iv, ij, value
        n += 1
    return n


@nb.njit(cache=True)
def _posts_of(H, V, J, ih, iv, c, paid, exempt, terms, search, n, out):
    """Adds triples of a pair that fits. `paid`: prices of its two. `exempt`: a guard lets it pass whatever it leaves."""
    h, v = H[ih], V[iv]
    spare = v.rooms - ROOMS_IDEAL[h.persons]
    least = least_effort(v.rent, h, search.wages)
    if least > EFFORT_MAX:
        return n
    aim = paid + terms.threshold
    every = exempt or search.seen[iv] != search.turn
    if not every and ceiling_of(h, 1.0, 1.0, least, c, spare, search.weighs) < aim:
        return n
    side = search.side
    a, b = cell_of(v.x, v.y, side)
    for k in range(3):
        rome = h.romes[k]
        if rome < 0:
            continue
        job = 1.0 if k == 0 else 0.75
        for x in range(max(a - 1, 0), min(a + 2, side)):
            for y in range(max(b - 1, 0), min(b + 2, side)):
                ij = search.head[(rome * side + x) * side + y]
                if ij < 0:
                    continue
                away = km_to_cell(v.x, v.y, x, y, side)
                if away > h.max_commute_km:
                    continue
                every = exempt or search.seen[iv] != search.turn
                near = 1.0 - away / h.max_commute_km
                if not every and ceiling_of(h, job, near, least, c, spare, search.weighs) < aim:
                    continue
                while ij >= 0:
                    q = quality(h, v, J[ij], c, k)
                    if q >= 0.0:
                        value = worth_of(h, q, search.weighs)
                        passes = exempt
                        if not passes and value + ROUNDING >= aim:
                            passes = value + ROUNDING >= aim + price_of(terms.posts, ij, terms.day)
                        n = _met(ih, iv, ij, value, passes, search, n, out)
                    ij = search.following[ij]
    return n


@nb.njit(cache=True)
def of_households(H, V, J, ids, homes, terms, search, out):
    """Fills `out` with triples of some households. Returns how many there are, also beyond its length."""
    head, following = homes
    n = 0
    for ih in ids:
        h = H[ih]
        waited = has_waited(ih, terms)
        price = price_of(terms.households, ih, terms.day)
        for c in range(5):
            t = h.territories[c]
            if t < 0:
                break
            iv = head[t]
            while iv >= 0:
                if home_fits(h, V[iv]) and not _banned(ih, iv, search):
                    exempt = waited or ends_or_held(iv, terms)
                    paid = price + price_of(terms.homes, iv, terms.day)
                    n = _posts_of(H, V, J, ih, iv, c, paid, exempt, terms, search, n, out)
                iv = following[iv]
    return n


@nb.njit(cache=True)
def of_home(H, V, J, iv, households, terms, search, out):
    """Fills `out` with triples of a home. Returns how many there are, also beyond its length."""
    head, following = households
    v = V[iv]
    due = ends_or_held(iv, terms)
    price = price_of(terms.homes, iv, terms.day)
    n = 0
    node = head[v.territory]
    while node >= 0:
        ih, c = node // 5, node % 5
        if home_fits(H[ih], v) and not _banned(ih, iv, search):
            paid = price + price_of(terms.households, ih, terms.day)
            n = _posts_of(H, V, J, ih, iv, c, paid, due or has_waited(ih, terms), terms, search, n, out)
        node = following[node]
    return n


@nb.njit(cache=True)
def of_post(H, V, J, ij, seekers, n_rome, homes, boxes, terms, search, out):
    """Fills `out` with triples of a post. Returns how many there are, also beyond its length.

    `seekers`: households by (territory, occupation). `boxes`: (territories, 4) where each territory's homes are.
    """
    head, following = seekers
    home_head, home_following = homes
    j = J[ij]
    price = price_of(terms.posts, ij, terms.day)
    n = 0
    for t in range(len(boxes)):
        far_x = max(boxes[t, 0] - j.x, j.x - boxes[t, 1], 0.0)
        far_y = max(boxes[t, 2] - j.y, j.y - boxes[t, 3], 0.0)
        if far_x > REACH_KM or far_y > REACH_KM or home_head[t] < 0:
            continue
        away = np.sqrt(far_x * far_x + far_y * far_y)
        node = head[t * n_rome + j.rome]
        while node >= 0:
            ih, c, k = node // 15, node % 15 // 3, node % 3
            node = following[node]
            h = H[ih]
            gap = max(j.required_skill - h.skill, 0.0)
            if away > h.max_commute_km or (j.licence and not h.licence) or gap > SKILL_GAP_MAX:
                continue
            waited = has_waited(ih, terms)
            aim = terms.threshold + price + price_of(terms.households, ih, terms.day)
            job = (1.0 if k == 0 else 0.75) * (1.0 - 2.0 * gap)
            hopeless = ceiling_of(h, job, 1.0 - away / h.max_commute_km, 0.0, c, 0, search.weighs) < aim
            iv = home_head[t]
            while iv >= 0:
                v = V[iv]
                exempt = waited or ends_or_held(iv, terms)
                passed_over = hopeless and not exempt and search.seen[iv] == search.turn
                if not passed_over and home_fits(h, v) and not _banned(ih, iv, search):
                    q = quality(h, v, j, c, k)
                    if q >= 0.0:
                        value = worth_of(h, q, search.weighs)
                        passes = exempt or value + ROUNDING >= aim + price_of(terms.homes, iv, terms.day)
                        n = _met(ih, iv, ij, value, passes, search, n, out)
                iv = home_following[iv]
    return n
