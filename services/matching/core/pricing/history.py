"""What is learnt of a past window: who was there, when, and the price of each in hindsight."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from services.matching.core.pricing.candidates import NO_POST, Amounts, Candidates, Flags, Indices
from services.matching.core.pricing.duals import hindsight
from services.matching.core.pricing.model import PastParties, Trace
from services.matching.core.pricing.near_hindsight import near_hindsight

LINEAR_UP_TO: Final = 100_000  # (household, home) pairs: some ten seconds; twice as many take thirty, ten times hours


@dataclass(frozen=True, slots=True)
class Presence:
    """When each of n parties of one side was there: days, the end excluded. Whoever is still there ends with the window."""

    begin_day: Amounts
    end_day: Amounts


def overlapping(candidates: Candidates, households: Presence, homes: Presence, posts: Presence) -> Flags:
    """(m,) whether the parties of each candidate were there together for some time."""
    begin = np.maximum(households.begin_day[candidates.household], homes.begin_day[candidates.home])
    end = np.minimum(households.end_day[candidates.household], homes.end_day[candidates.home])
    led = candidates.post != NO_POST
    post = candidates.post[led]
    begin[led] = np.maximum(begin[led], posts.begin_day[post])
    end[led] = np.minimum(end[led], posts.end_day[post])
    return begin < end


def learn_trace(
    candidates: Candidates, households: Presence, homes: Presence, posts: Presence, openings: Indices
) -> Trace:
    """The trace of a window: candidates of parties that never met are left out, the rest solved. Raises HindsightError.

    Beyond LINEAR_UP_TO pairs of household and home, prices are near the linear ones, and learnt in a time that grows with
    the pairs.
    """
    met = candidates.take(overlapping(candidates, households, homes, posts))
    linear = len(np.unique(met.household * len(homes.begin_day) + met.home)) <= LINEAR_UP_TO
    solve = hindsight if linear else near_hindsight
    found = solve(met, len(households.begin_day), len(homes.begin_day), openings)
    return Trace(
        PastParties(households.begin_day, households.end_day, found.household_price),
        PastParties(homes.begin_day, homes.end_day, found.home_price),
        PastParties(posts.begin_day, posts.end_day, found.post_price),
        found.bound,
    )
