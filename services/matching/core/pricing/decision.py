"""The decision on some candidates: which to propose now, in which order, and which homes to hold back, until when, why.

A candidate is proposed when its value exceeds what its three parties may still fetch elsewhere by a threshold.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np

from services.matching.core.pricing.candidates import NO_POST, Amounts, Candidates, Flags, Indices, Side
from services.matching.core.pricing.model import PriceParameters
from services.matching.core.pricing.quotes import Quotes

_STEPS: Final = 24  # instants looked at between now and the longest hold
_AT_ONCE: Final = 100_000


class HoldReason(StrEnum):
    """What weighs most in holding a home back, to be said in words."""

    SCARCE_HOME = "scarce_home"
    BETTER_HOME_EXPECTED = "better_home_expected"
    SCARCE_POST = "scarce_post"


@dataclass(frozen=True, slots=True)
class Guards:
    """Limits on what prices may do. Days.

    A home that ends within `expiring_days`, that has been held `longest_hold_days`, or a household that has waited
    `longest_wait_days` on the market, is ranked by price but no longer refused by it. A home is held while it has a
    candidate and is not proposed: days without any do not count (`Standing.pause`).
    """

    expiring_days: float = 2.0
    longest_hold_days: float = 7.0
    longest_wait_days: float = 60.0


@dataclass(slots=True)
class Standing:
    """What is known of the parties on the market, by index, beside the candidates.

    `home_until_day`: announced end, inf where none is. `home_held_since_day`: inf unless the home is held back; later
    than the first day by the time without candidates.
    `household_since_day`: since when it could be proposed something.
    """

    home_until_day: Amounts = field(default_factory=lambda: np.zeros(0))
    home_held_since_day: Amounts = field(default_factory=lambda: np.zeros(0))
    household_since_day: Amounts = field(default_factory=lambda: np.zeros(0))
    households: Quotes = field(default_factory=Quotes)
    homes: Quotes = field(default_factory=Quotes)
    posts: Quotes = field(default_factory=Quotes)

    def quotes(self, side: Side) -> Quotes:
        """The price list of a side."""
        return (self.households, self.homes, self.posts)[side]

    def open_home(self, home: int, until_day: float) -> None:
        """A home comes on the market; inf where it has no announced end."""
        self.home_until_day = _with(self.home_until_day, home, until_day)
        self.home_held_since_day = _with(self.home_held_since_day, home, np.inf)

    def admit_household(self, household: int, since_day: float) -> None:
        """A household comes on the market."""
        self.household_since_day = _with(self.household_since_day, household, since_day)

    def pause(self, homes: Indices, days: float) -> None:
        """Lets the clock of homes held back stand still: for so many days they had no candidate to be held back from."""
        known = homes[homes < len(self.home_held_since_day)]
        self.home_held_since_day[known] += days

    def hold(self, homes: Iterable[int], day: float) -> None:
        """Says that homes are held back from `day`, unless they were before."""
        for home in homes:
            since = self.home_held_since_day[home] if home < len(self.home_held_since_day) else np.inf
            self.home_held_since_day = _with(self.home_held_since_day, home, min(since, day))


@dataclass(frozen=True, slots=True)
class HeldHome:
    """A home with candidates, none proposed. `row`: the one that comes nearest. `until_day`: when it will be proposed at
    the latest if nothing changes; never beyond the longest hold."""

    home: int
    row: int
    until_day: float
    reason: HoldReason


@dataclass(frozen=True, slots=True)
class Judgement:
    """`net`: (m,) value of each candidate less its prices. `passes`: (m,) whether it may be proposed now."""

    net: Amounts
    passes: Flags

    def order(self) -> Indices:
        """Rows that pass, best first; equals in the order given."""
        rows = np.flatnonzero(self.passes)
        return rows[np.argsort(-self.net[rows], kind="stable")]


@dataclass(frozen=True, slots=True)
class Decision:
    """`order`: rows to propose, best first (each party may appear in several: see `take`). `net`: (m,) of each candidate."""

    order: Indices
    net: Amounts
    held: tuple[HeldHome, ...]


def decide(
    candidates: Candidates, standing: Standing, *, day: float, parameters: PriceParameters, guards: Guards
) -> Decision:
    """Judges candidates of free parties at one instant. Without prices in `standing`, it is greedy by value.

    Every candidate of a home judged must be given for what is said of held homes to be true of the home.
    """
    judged = judge(candidates, standing, day=day, parameters=parameters, guards=guards)
    held = held_homes(candidates, judged, standing, day=day, parameters=parameters, guards=guards)
    return Decision(judged.order(), judged.net, tuple(held))


def judge(
    candidates: Candidates, standing: Standing, *, day: float, parameters: PriceParameters, guards: Guards
) -> Judgement:
    """What each candidate leaves, and whether it may be proposed: a part of `decide` for who goes household by household."""
    net = net_values(candidates, standing, day=day, parameters=parameters)
    return Judgement(net, (net >= parameters.threshold) | _unpriced(candidates, standing, day, guards))


def net_values(candidates: Candidates, standing: Standing, *, day: float, parameters: PriceParameters) -> Amounts:
    """(m,) value less the weighted prices of the three parties at an instant."""
    net = candidates.value.copy()
    for side in Side:
        net -= _cost(candidates, standing, side, day, parameters)
    return net


def take(order: Indices, candidates: Candidates, openings: Callable[[int], int]) -> Indices:
    """Rows of `order` kept so that no household or home comes twice and no post more often than its openings."""
    households: set[int] = set()
    homes: set[int] = set()
    left: dict[int, int] = {}
    kept = []
    for row, household, home, post in _rows(order, candidates):
        if household in households or home in homes:
            continue
        if post != NO_POST:
            room = left.get(post)
            room = openings(post) if room is None else room
            if room < 1:
                continue
            left[post] = room - 1
        households.add(household)
        homes.add(home)
        kept.append(row)
    return np.array(kept, np.int64)


def _rows(order: Indices, candidates: Candidates) -> Iterator[tuple[int, int, int, int]]:
    """Row and parties as Python's numbers, some at a time: of millions they would take a gigabyte."""
    for begin in range(0, len(order), _AT_ONCE):
        some = order[begin : begin + _AT_ONCE]
        parties = (candidates.party(side)[some].tolist() for side in Side)
        yield from zip(some.tolist(), *parties, strict=True)


def _with(by_index: Amounts, index: int, amount: float) -> Amounts:
    """`by_index` with one more known, grown as needed."""
    if index >= len(by_index):
        by_index = np.concatenate([by_index, np.full(max(1024, len(by_index), index + 1 - len(by_index)), np.inf)])
    by_index[index] = amount
    return by_index


def _cost(
    candidates: Candidates, standing: Standing, side: Side, day: float | Amounts, parameters: PriceParameters
) -> Amounts:
    """(m,) weighted prices of a side's parties at an instant, (s, m) at (s, 1) instants."""
    index = candidates.party(side)
    known = index != NO_POST
    if known.all():
        return parameters.weight(side) * standing.quotes(side).at(index, day)
    cost = np.zeros(np.broadcast_shapes(np.shape(day), index.shape))
    cost[..., known] = parameters.weight(side) * standing.quotes(side).at(index[known], day)
    return cost


def _unpriced(candidates: Candidates, standing: Standing, day: float, guards: Guards) -> Flags:
    """Whether a guard takes from prices the right to refuse."""
    until = _known(standing.home_until_day, candidates.home, np.inf)
    held_since = _known(standing.home_held_since_day, candidates.home, np.inf)
    since = _known(standing.household_since_day, candidates.household, np.inf)
    return (
        (until - day < guards.expiring_days)
        | (day - held_since >= guards.longest_hold_days)
        | (day - since >= guards.longest_wait_days)
    )


def _known(by_index: Amounts, index: Indices, otherwise: float) -> Amounts:
    found = np.full(len(index), otherwise)
    inside = index < len(by_index)
    found[inside] = by_index[index[inside]]
    return found


def held_homes(
    candidates: Candidates,
    judged: Judgement,
    standing: Standing,
    *,
    day: float,
    parameters: PriceParameters,
    guards: Guards,
) -> list[HeldHome]:
    """Homes of which no candidate passes, by index, each with the one that comes nearest."""
    net = judged.net
    proposed = np.unique(candidates.home[judged.passes])
    rows = np.flatnonzero(~np.isin(candidates.home, proposed))
    rows = rows[np.lexsort((-net[rows], candidates.home[rows]))]
    homes = candidates.home[rows]
    nearest = rows[np.r_[True, homes[1:] != homes[:-1]]] if len(rows) else rows
    best = candidates.take(nearest)
    costs = np.stack([_cost(best, standing, side, day, parameters) for side in Side])
    first = _known(standing.home_held_since_day, best.home, np.inf)
    limit = np.minimum(
        np.where(np.isinf(first), day, first) + guards.longest_hold_days,
        _known(standing.home_until_day, best.home, np.inf) - guards.expiring_days,
    )
    limit = np.maximum(limit, day)
    reasons = (HoldReason.BETTER_HOME_EXPECTED, HoldReason.SCARCE_HOME, HoldReason.SCARCE_POST)
    until = _passing_day(best, standing, day, limit, parameters)
    return [
        HeldHome(home, row, float(end), reasons[side])
        for home, row, end, side in zip(
            best.home.tolist(), nearest.tolist(), until, costs.argmax(axis=0).tolist(), strict=True
        )
    ]


def _passing_day(
    candidates: Candidates, standing: Standing, day: float, limit: Amounts, parameters: PriceParameters
) -> Amounts:
    """(m,) the first of some instants up to `limit` at which each candidate passes, else `limit`: prices fall with time."""
    instants = np.linspace(day, day + float((limit - day).max(initial=0.0)), _STEPS)[1:, None]
    net = candidates.value - sum(_cost(candidates, standing, side, instants, parameters) for side in Side)
    passes = (net >= parameters.threshold) & (instants < limit)
    first = passes.argmax(axis=0)
    return np.where(passes.any(axis=0), instants[first, 0], limit)
