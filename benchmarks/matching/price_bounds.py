"""What a compiled search knows of prices and guards, to leave out what cannot pass: those of the engine's decision
(`core.pricing.decision`), said once more for one triple at a time. A default test holds them against the engine's own
(`tests/unit/matching/pricing/test_price_bounds.py`)."""

from typing import NamedTuple

import numba as nb
import numpy as np

from services.matching.core.pricing.candidates import Side
from services.matching.core.pricing.decision import Guards, Standing
from services.matching.core.pricing.model import PriceParameters


class Courses(NamedTuple):
    """Prices of a side (`core.pricing.quotes.Quotes`) and what they are multiplied by."""

    course: np.ndarray
    since: np.ndarray
    step: np.ndarray
    weight: float


class Terms(NamedTuple):
    """What a triple must leave at an instant to pass, and the guards that let pass whatever it leaves."""

    day: float
    threshold: float
    households: Courses
    homes: Courses
    posts: Courses
    home_until_day: np.ndarray
    home_held_since_day: np.ndarray
    household_since_day: np.ndarray
    expiring_days: float
    longest_hold_days: float
    longest_wait_days: float


def terms_at(day: float, standing: Standing, parameters: PriceParameters, guards: Guards) -> Terms:
    """The terms of a decision at an instant: views of what stands, good until a party comes."""
    households, homes, posts = (Courses(*standing.quotes(side).courses, parameters.weight(side)) for side in Side)
    return Terms(
        day,
        parameters.threshold,
        households,
        homes,
        posts,
        standing.home_until_day,
        standing.home_held_since_day,
        standing.household_since_day,
        guards.expiring_days,
        guards.longest_hold_days,
        guards.longest_wait_days,
    )


@nb.njit(cache=True)
def price_of(courses, i, day):
    """As `Quotes.at`, weighted."""
    if i >= len(courses.since):
        return 0.0
    last = courses.course.shape[1] - 2
    position = min(max((day - courses.since[i]) / courses.step[i], 0.0), float(last))
    knot = int(position)
    before = courses.course[i, knot]
    return courses.weight * (before + (position - knot) * (courses.course[i, knot + 1] - before))


@nb.njit(cache=True, inline="always")
def has_waited(ih, terms):
    """Whether a household has waited so long that no price may refuse it."""
    since = terms.household_since_day
    return ih < len(since) and terms.day - since[ih] >= terms.longest_wait_days


@nb.njit(cache=True, inline="always")
def ends_or_held(iv, terms):
    """Whether a home ends so soon, or has been held back for so long, that no price may refuse it."""
    until, held = terms.home_until_day, terms.home_held_since_day
    if iv < len(until) and until[iv] - terms.day < terms.expiring_days:
        return True
    return iv < len(held) and terms.day - held[iv] >= terms.longest_hold_days
