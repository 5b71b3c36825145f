"""The decision: which proposals to make after a change. A policy proposes, the shell reserves in SQL and tells the market.

`Policy` is the seam where another ranking takes this one's place.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from services.matching.core.lawful import own_scale, weight_between
from services.matching.core.market import Market
from services.matching.core.model import Home, Household
from services.matching.core.options import OptionFinder, Touched
from services.matching.core.price_list import NO_PRICES, PriceList
from services.matching.core.ranking import Option, lawful_rank, tie
from services.matching.core.weighing import Weighing


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


@dataclass(frozen=True, slots=True)
class Held:
    """A home that households could have and that waits for one who needs it more: its price is above what it would bring."""

    home: Home


class Policy(Protocol):
    """Yields proposals one at a time; before it is resumed, the market counts the one yielded as made.

    What it holds back comes last. `price_number` is that of the prices it weighs with, 0 for none.
    """

    @property
    def price_number(self) -> int: ...

    def proposals(
        self, market: Market, inputs: Inputs, *, today: date, seed: int, cap: int
    ) -> Iterator[Proposal | Held]:
        """`cap`: most proposals that may await one caseworker."""
        ...


@dataclass(frozen=True, slots=True)
class LawfulRanking:
    """Households in lawful order, each with the best of its own options: nothing is taken from a household in front.

    With prices, the best is what is worth most to the household, on its own scale and weighed by what the law lets weigh,
    once what home and post are worth to others is taken off. Where nothing is left, the home waits. What a change touches is
    looked at until it is taken: a home goes to the first household that it suits.
    """

    prices: PriceList = NO_PRICES
    weighing: Weighing = field(default_factory=Weighing)

    @property
    def price_number(self) -> int:
        return self.prices.number

    def proposals(
        self, market: Market, inputs: Inputs, *, today: date, seed: int, cap: int
    ) -> Iterator[Proposal | Held]:
        touched = Touched(inputs.homes, inputs.posts)
        full = {name for name in inputs.households if name in market.households}
        left = len(full)
        held: dict[str, Home] = {}
        for name in in_lawful_order(market, full | concerned(market, touched), seed):
            if not left and not _something_free(market, touched):
                break
            left -= name in full
            household = market.households[name]  # it may have changed since the proposal before
            if market.is_placed(name) or market.open_by_caseworker[household.caseworker] >= cap:
                continue
            if name not in full and self._waits_for_others(market, household, touched, today, held):
                continue
            finder = OptionFinder(market, household, today=today, seed=seed)
            option = self._choice(market, finder, household, None if name in full else touched, today, held)
            if option is not None:
                yield Proposal(household, option)
        for identifier in sorted(held):
            if not market.is_reserved(identifier):
                yield Held(held[identifier])

    def _choice(
        self,
        market: Market,
        finder: OptionFinder,
        household: Household,
        touched: Touched | None,
        today: date,
        held: dict[str, Home],
    ) -> Option | None:
        if self.prices is NO_PRICES:
            return finder.best(touched)
        if not finder.ranked(touched):
            return None
        options = finder.ranked()
        weight = weight_between(household, today)
        nets = [
            self.weighing.net(weight * share, option, self.prices, today)
            for option, share in zip(options, own_scale(options), strict=True)
        ]
        best: tuple[float, Option] | None = None
        for net, option in zip(nets, options, strict=True):
            if net < self.weighing.threshold and self._may_wait(market, household, option.home, today):
                held[option.home.id] = option.home
            elif best is None or net > best[0]:  # among equals the first of the ranking
                best = (net, option)
        return best[1] if best else None

    def _may_wait(self, market: Market, household: Household, home: Home, today: date) -> bool:
        return home.id not in market.not_to_hold and not self.weighing.must_not_wait(household, home, today)

    def _waits_for_others(
        self, market: Market, household: Household, touched: Touched, today: date, held: Mapping[str, Home]
    ) -> bool:
        """Whether nothing touched could pass for this household, were it its best: known without looking at its options."""
        if not held or touched.posts:
            return False
        weight = weight_between(household, today)
        return all(
            name in held
            and self._may_wait(market, household, held[name], today)
            and self.weighing.net_of_home(weight, held[name], self.prices, today) < self.weighing.threshold
            for name in touched.homes
            if name in market.homes and not market.is_reserved(name)
        )


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
