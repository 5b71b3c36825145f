"""The decision: which proposals to make after a change. A policy proposes, the shell reserves in SQL and tells the market.

`Policy` is the seam where another ranking takes this one's place.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Protocol, Self

import numpy as np

from services.matching.core.market import Market
from services.matching.core.model import Home, Household
from services.matching.core.options import OptionFinder, Touched
from services.matching.core.price_book import PRODUCT_GUARDS, PriceBook
from services.matching.core.price_list import NO_PRICES, PriceList, Quote
from services.matching.core.pricing.candidates import Candidates, joined
from services.matching.core.pricing.decision import Guards, HeldHome, HoldReason, Judgement
from services.matching.core.pricing.model import PriceParameters
from services.matching.core.ranking import Option, lawful_rank, tie

_EQUAL: Final = 1e-9  # what leaves as much, but for rounding: the household's own order decides


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
    """A home that households could have and that waits: what it, its post or the household may still fetch is worth more.

    `days`: how long it waits at most, from now. `reason`: what weighs most in it.
    """

    home: Home
    days: float
    reason: HoldReason


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

    With prices, an option is judged by `pricing.decision`: what it is worth on the household's own scale, times what the law
    lets weigh, less what its home, its post and households of that kind may still fetch. The best is what leaves most; what
    leaves too little waits. Between two households prices decide nothing: the one in front takes what passes for it. What a
    change touches is looked at until it is taken: a home goes to the first household that it suits.
    """

    prices: PriceList = NO_PRICES
    parameters: PriceParameters = field(default_factory=PriceParameters)
    guards: Guards = PRODUCT_GUARDS
    _book: PriceBook = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_book", PriceBook(self.prices, self.parameters, self.guards))

    @property
    def price_number(self) -> int:
        return self.prices.number

    @property
    def price_base(self) -> int:
        """The number of the list that quotes are added to, 0 for none."""
        return self.prices.base

    def with_hold_days(self, days: float) -> Self:
        """The same, holding no home longer than that."""
        return replace(self, guards=replace(self.guards, longest_hold_days=days))

    def with_prices(self, prices: PriceList) -> Self:
        """The same with another list."""
        return replace(self, prices=prices)

    def with_quotes(self, number: int, more: Mapping[str, Quote]) -> Self:
        """The same with more quotes, under a later number. This one's book goes over to it: it must not be used any more."""
        follower = replace(self, prices=self.prices.with_quotes(number, more))
        self._book.quote(follower.prices, more)
        object.__setattr__(follower, "_book", self._book)
        return follower

    def proposals(
        self, market: Market, inputs: Inputs, *, today: date, seed: int, cap: int
    ) -> Iterator[Proposal | Held]:
        touched = Touched(inputs.homes, inputs.posts)
        full = {name for name in inputs.households if name in market.households}
        left = len(full)
        refused = _Refused()
        self._book.begin(market.not_to_hold)
        for name in in_lawful_order(market, full | concerned(market, touched), seed):
            if not left and not _something_free(market, touched):
                break
            left -= name in full
            household = market.households[name]  # it may have changed since the proposal before
            if market.is_placed(name) or market.open_by_caseworker[household.caseworker] >= cap:
                continue
            if name not in full and self._waits_for_others(market, household, touched, today, refused):
                continue
            finder = OptionFinder(market, household, today=today, seed=seed)
            option = self._choice(finder, household, None if name in full else touched, today, refused)
            if option is not None:
                yield Proposal(household, option)
        for identifier, waits in refused.held(self._book, market, today):
            yield Held(market.homes[identifier], waits.until_day - today.toordinal(), waits.reason)

    def _choice(
        self,
        finder: OptionFinder,
        household: Household,
        touched: Touched | None,
        today: date,
        refused: "_Refused",
    ) -> Option | None:
        if self.prices is NO_PRICES:
            return finder.best(touched)
        if touched is not None and not finder.any(touched):
            return None
        options = finder.every()
        if not options:
            return None
        candidates = self._book.candidates(household, options, today)
        judged = self._book.judge(candidates, today)
        order = judged.order()
        if not len(order):
            refused.add(candidates, judged, [option.home.id for option in options])
            return None
        most = judged.net[order[0]] - _EQUAL
        return finder.first_of(options[row] for row in order.tolist() if judged.net[row] >= most)

    def _waits_for_others(
        self, market: Market, household: Household, touched: Touched, today: date, refused: "_Refused"
    ) -> bool:
        """Whether nothing touched could pass for this household, were it its best: known without looking at its options."""
        if not refused.best or touched.posts:
            return False
        free = [name for name in touched.homes if name in market.homes and not market.is_reserved(name)]
        return all(
            name in refused.best
            and not self._book.judge(self._book.at_best(household, market.homes[name], today), today).passes[0]
            for name in free
        )


class _Refused:
    """Homes that prices refused to households who got nothing, each with the candidate that came nearest."""

    def __init__(self) -> None:
        self.best: dict[str, tuple[float, Candidates, int]] = {}

    def add(self, candidates: Candidates, judged: Judgement, homes: Sequence[str]) -> None:
        for row, (name, net) in enumerate(zip(homes, judged.net.tolist(), strict=True)):
            known = self.best.get(name)
            if known is None or net > known[0]:
                self.best[name] = (net, candidates, row)

    def held(self, book: PriceBook, market: Market, today: date) -> list[tuple[str, HeldHome]]:
        """Those that nobody took meanwhile, by id."""
        still = [self.best[name] for name in sorted(self.best) if not market.is_reserved(name)]
        if not still:
            return []
        refused = joined([candidates.take(np.array([row])) for _, candidates, row in still])
        return book.held(refused, np.array([net for net, _, _ in still]), today)


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
