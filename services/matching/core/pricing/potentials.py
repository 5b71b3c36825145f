"""What a newcomer could fetch in past windows: its price from now to its end.

By duality a party is worth, in a solved window, the most that a triple with it leaves once the two others are paid their
prices. It may leave before its announced end, so that what comes later counts for less.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.matching.core.pricing.candidates import NO_POST, Amounts, Candidates, Side
from services.matching.core.pricing.model import PastParties, PriceParameters, Trace

KNOTS: Final = 17
"""A course is known at this many evenly spaced instants, from the arrival to the end; straight lines between."""

SHIFT_DAYS: Final = 15.0
"""How far from a newcomer's own days `chances_around` looks too."""

MOST_CHANCES: Final = 48
MOST_CHANCES_SHIFTED: Final = 160


@dataclass(frozen=True, slots=True)
class Chances:
    """What a newcomer could fetch in one past window, best first: net of the two others' prices, and the days they meet."""

    net: Amounts
    begin_day: Amounts
    end_day: Amounts


_ALWAYS: Final = np.zeros(0)
_NONE: Final = Chances(_ALWAYS, _ALWAYS, _ALWAYS)


def chances(candidates: Candidates, side: Side, trace: Trace, *, most: int = MOST_CHANCES) -> Chances:
    """Chances of a newcomer of `side`. The two other indices of the candidates are those of the trace's parties.

    The index on its own side is not read. Only the `most` best are kept.
    """
    if not len(candidates):
        return _NONE
    net, begin, end = candidates.value, _ALWAYS, _ALWAYS
    for other in Side:
        if other is side:
            continue
        parties, index = trace.side(other), candidates.party(other)
        if other is Side.POST and index.min() == NO_POST:
            parties = _with_none(parties)  # whoever has NO_POST finds the last: free, and always there
        net = net - parties.price[index]
        begin = parties.begin_day[index] if begin is _ALWAYS else np.maximum(begin, parties.begin_day[index])
        end = parties.end_day[index] if end is _ALWAYS else np.minimum(end, parties.end_day[index])
    open_to = np.flatnonzero((net > 0.0) & (begin < end))
    best = open_to[np.argsort(-net[open_to], kind="stable")[:most]]
    return Chances(net[best], begin[best], end[best])


def chances_around(
    candidates: Candidates,
    side: Side,
    trace: Trace,
    *,
    since_day: float,
    until_day: float,
    first_day: float,
    last_day: float,
    shift_days: float = SHIFT_DAYS,
) -> list[Chances]:
    """Chances of a newcomer there from `since_day` to `until_day`, and of its likes who came `shift_days` earlier and later.

    One window then gives up to three looks at itself. The candidates must be those of the longer stay, `shift_days` more at
    both ends. A shift stops where the stay would leave the window (`first_day` to `last_day`); equal ones are looked at
    once. Days of the chances are those of the newcomer itself.
    """
    found = chances(candidates, side, trace, most=MOST_CHANCES_SHIFTED)
    earlier = -min(shift_days, max(since_day - first_day, 0.0))
    later = min(shift_days, max(last_day - until_day, 0.0))
    looks = []
    for shift in dict.fromkeys((0.0, earlier, later)):
        begin, end = found.begin_day - shift, found.end_day - shift
        met = np.flatnonzero(np.maximum(begin, since_day) < np.minimum(end, until_day))[:MOST_CHANCES]
        looks.append(Chances(found.net[met], begin[met], end[met]))
    return looks


def _with_none(posts: PastParties) -> PastParties:
    return PastParties(
        np.append(posts.begin_day, -np.inf), np.append(posts.end_day, np.inf), np.append(posts.price, 0.0)
    )


def course(
    by_trace: Sequence[Chances], side: Side, since_day: float, until_day: float, parameters: PriceParameters
) -> Amounts:
    """(KNOTS,) price of a newcomer from its arrival to its end: mean over the traces, faded; 0 at the end, never rising."""
    instants = np.linspace(since_day, until_day, KNOTS)
    if not by_trace or not until_day > since_day:
        return np.zeros(KNOTS)
    rate = parameters.leave_rate_per_day(side)
    by_look = potentials(by_trace, instants, until_day, rate, parameters.present_share)
    mean = by_look.mean(axis=0) * _left(side, since_day, until_day, parameters)
    return np.asarray(np.maximum.accumulate(mean[::-1])[::-1])


def faded(level: float, side: Side, since_day: float, until_day: float, parameters: PriceParameters) -> Amounts:
    """(KNOTS,) course of a price of which only the level at the arrival is known."""
    return level * _left(side, since_day, until_day, parameters)


def _left(side: Side, since_day: float, until_day: float, parameters: PriceParameters) -> Amounts:
    left_days = np.linspace(until_day - since_day, 0.0, KNOTS)
    whole = parameters.fade_days(side) or max(until_day - since_day, 1e-9)
    return np.asarray(np.minimum(left_days / whole, 1.0) ** parameters.fade(side))


def potentials(
    looks: Sequence[Chances], instants: Amounts, until_day: float, leave_rate_per_day: float, present_share: float
) -> Amounts:
    """(looks, instants) mean over the newcomer's time of departure of the best chance that it meets: it is there from the
    instant until `until_day`, or leaves before at a constant rate. A chance that has begun counts `present_share`.

    Best first: a chance is the one taken if the newcomer is still there when it begins, and gone before all better ones.
    """
    most = max((len(found.net) for found in looks), default=0)
    if not most:
        return np.zeros((len(looks), len(instants)))
    net, begin, end = np.zeros((len(looks), most)), np.zeros((len(looks), most)), np.full((len(looks), most), -np.inf)
    for row, found in enumerate(looks):
        known = len(found.net)
        net[row, :known], begin[row, :known], end[row, :known] = found.net, found.begin_day, found.end_day
    now = instants[None, :, None]
    wait = np.maximum(begin[:, None, :] - now, 0.0)
    stays = np.exp(-leave_rate_per_day * wait)
    stays[wait == 0.0] = present_share
    stays[(end[:, None, :] <= now) | (now + wait >= until_day)] = 0.0
    gained = np.diff(np.maximum.accumulate(stays, axis=2), axis=2, prepend=0.0)
    return np.asarray(np.matmul(gained, net[:, :, None])[:, :, 0])
