"""The decision: which proposals to make after a change. A policy proposes, the shell reserves in SQL and tells the market.

`Policy` is the seam where another ranking takes this one's place.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.matching.core.market import Market
from services.matching.core.model import Household
from services.matching.core.options import OptionFinder, Touched
from services.matching.core.ranking import Option, lawful_rank, tie


@dataclass(frozen=True, slots=True)
class Inputs:
    """What changed since the last decision. `households` are looked at in full, the others where a change concerns them."""

    households: frozenset[str] = frozenset()
    homes: frozenset[str] = frozenset()
    posts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A household, its home and its lead."""

    household: Household
    option: Option


class Policy(Protocol):
    """Yields proposals one at a time; before it is resumed, the market counts the one yielded as made."""

    def proposals(self, market: Market, inputs: Inputs, *, today: date, seed: int, cap: int) -> Iterator[Proposal]:
        """`cap`: most proposals that may await one caseworker."""
        ...


class LawfulRanking:
    """Households in lawful order, each with the best of its own options: nothing is taken from a household in front.

    What a change touches is looked at until it is taken: a home goes to the first household that it suits.
    """

    def proposals(self, market: Market, inputs: Inputs, *, today: date, seed: int, cap: int) -> Iterator[Proposal]:
        touched = Touched(inputs.homes, inputs.posts)
        full = {name for name in inputs.households if name in market.households}
        left = len(full)
        for name in in_lawful_order(market, full | concerned(market, touched), seed):
            if not left and not _something_free(market, touched):
                return
            left -= name in full
            household = market.households[name]  # it may have changed since the proposal before
            if market.is_placed(name) or market.open_by_caseworker[household.caseworker] >= cap:
                continue
            finder = OptionFinder(market, household, today=today, seed=seed)
            option = finder.best(None if name in full else touched)
            if option is not None:
                yield Proposal(household, option)


def in_lawful_order(market: Market, names: Iterable[str], seed: int) -> Iterator[str]:
    """Households by priority, declared need and waiting; equals by lot, drawn anew for each seed."""
    heap = [(*lawful_rank(market.households[name]), name) for name in names]
    heapq.heapify(heap)
    while heap:
        *rank, name = heapq.heappop(heap)
        equals = [name]
        while heap and list(heap[0][:-1]) == rank:
            equals.append(heapq.heappop(heap)[-1])
        yield from sorted(equals, key=lambda one: tie(seed, one)) if len(equals) > 1 else equals


def _something_free(market: Market, touched: Touched) -> bool:
    return any(name in market.homes and not market.is_reserved(name) for name in touched.homes) or any(
        (post := market.posts.get(name)) is not None and post.free for name in touched.posts
    )


def concerned(market: Market, touched: Touched) -> set[str]:
    """Households without a placement that may gain an option."""
    found: set[str] = set()
    for identifier in touched.homes:
        home = market.homes.get(identifier)
        if home is not None and not market.is_reserved(identifier):
            found.update(market.in_reach(home))
    occupations = {(post.zone, post.rome) for name in touched.posts if (post := market.posts.get(name)) and post.free}
    for zone in {zone for zone, _ in occupations}:
        romes = {rome for place, rome in occupations if place == zone}
        for territory in market.territories_with_homes(zone):
            for name in market.wanting(territory) - found:
                if not market.is_placed(name) and not romes.isdisjoint(market.near(market.households[name].rome)):
                    found.add(name)
    return {name for name in found if not market.is_placed(name)}
