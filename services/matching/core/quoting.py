"""What a home or a post that comes on the market could fetch in the past that prices were learnt from: its quote.

The newcomer is put into the solved window, its stay in the middle of it and around, and the engine's own rules say who could
have had it there. What its best candidates leave above the prices of the two others are its chances; `potentials.course`
makes of them a price from its arrival to its end. The past stays here: of it a quote holds some numbers, and no one.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from heapq import heappop, heappush
from typing import Final

from services.matching.core.commute import longest_commute_km
from services.matching.core.lawful import weight_between
from services.matching.core.market import Market
from services.matching.core.model import Home, Household, Post
from services.matching.core.options import OptionFinder
from services.matching.core.past import MOST_LEADS, Lessons, Past
from services.matching.core.price_list import DIGITS, PriceList, Quote
from services.matching.core.pricing.candidates import NO_POST, Candidates, Side
from services.matching.core.pricing.model import PriceParameters
from services.matching.core.pricing.potentials import MOST_CHANCES_SHIFTED, chances_around, course
from services.matching.core.ranking import Option, worth

HORIZON_DAYS: Final = 30.0
"""How far a quote looks, and how long it lasts, where no end is announced or the announced one is later."""
_FINDERS: Final = 2000  # kept at a time: each remembers the posts that suit its household
_LEFT: Final = 1e-6  # of value: who is left with less by his own price is no chance

Row = tuple[int, int, int, float]


def lasts_as_announced(quote: Quote, until: date | None) -> bool:
    """Whether a quote ends when its party does, as far as it looks. `until`: the end announced now, None for none."""
    ends = HORIZON_DAYS if until is None else min(HORIZON_DAYS, max(0.0, until.toordinal() - quote.since_day))
    return abs(quote.since_day + ends - quote.until_day) < 0.5  # a day is the least that an end can move


class SolvedPast:
    """A window with its market, as `learn_prices` left them."""

    def __init__(self, past: Past, market: Market, lessons: Lessons, parameters: PriceParameters) -> None:
        self._past = past
        self._market = market
        self._lessons = lessons
        self._parameters = parameters
        self._weights = [weight_between(market.households[name], past.first_day) for name in lessons.households]
        self._index = {name: index for index, name in enumerate(lessons.households)}
        self._posts = {name: index for index, name in enumerate(lessons.posts)}
        self._finders: dict[int, OptionFinder] = {}
        # By zone, households and homes that leave something to a post, most first: (-what they leave, household, home).
        self._pairs: dict[str, list[tuple[float, int, int]]] = defaultdict(list)
        trace = lessons.trace
        for index, home in lessons.pairs:
            left = self._weights[index] - trace.households.price[index] - trace.homes.price[home]
            if left > _LEFT:
                self._pairs[market.homes[lessons.homes[home]].zone].append((-float(left), index, home))
        for pairs in self._pairs.values():
            pairs.sort()

    @property
    def prices(self) -> PriceList:
        """The levels by kind that the window teaches."""
        return self._lessons.prices

    def quote_home(self, home: Home, today: date) -> Quote:
        """The course of a home that comes, or still is there, today."""
        ends, begin = self._stay(home.available_until, today)
        moved = timedelta(days=int(begin)) + (self._past.first_day - today)
        there = replace(
            home,
            available_from=home.available_from + moved,
            available_until=None if home.available_until is None else home.available_until + moved,
        )
        rows: list[Row] = []
        for name in self._market.in_reach(there):
            index = self._index[name]
            if self._weights[index] - self._lessons.trace.households.price[index] <= _LEFT:
                continue
            finder = self._finder(index)
            option = finder.option(there)
            if isinstance(option, Option):
                rows += self._rows(index, 0, finder.with_other_leads(option, MOST_LEADS))
        return self._quote(rows, Side.HOME, today, begin, ends)

    def quote_post(self, post: Post, today: date) -> Quote:
        """The course of a post that comes, or still is there, today."""
        ends, begin = self._stay(post.expires_at, today)
        moved = timedelta(days=int(begin)) + (self._past.first_day - today)
        there = replace(post, leads=0, expires_at=None if post.expires_at is None else post.expires_at + moved)
        rows: list[Row] = []
        nets: list[float] = []  # of the best found, the least of them first
        for left, index, home in self._pairs.get(post.zone, ()):
            if len(nets) == MOST_CHANCES_SHIFTED and nets[0] >= -left:
                break  # no further pair leaves more than those
            household, place = self._household(index), self._market.homes[self._lessons.homes[home]]
            near = post.rome in self._market.near(household.rome)
            if not near or self._market.distance_km(place.commune, post.commune) > longest_commute_km(household):
                continue
            option = self._finder(index).option_with(place, there)
            if isinstance(option, Option) and self._meet(index, home):
                value = self._value(index, option)
                rows.append((index, home, 0, value))
                heappush(nets, value - self._weights[index] - left)
                if len(nets) > MOST_CHANCES_SHIFTED:
                    heappop(nets)
        return self._quote(rows, Side.POST, today, begin, ends)

    def _stay(self, until: date | None, today: date) -> tuple[float, float]:
        """How many days it stays, and on which day of the window it comes."""
        ends = HORIZON_DAYS if until is None else min(HORIZON_DAYS, float((until - today).days))
        ends = max(0.0, min(ends, self._past.days))
        return ends, (self._past.days - ends) / 2

    def _rows(self, index: int, home: int, options: list[Option]) -> Iterator[Row]:
        for option in options:
            yield index, home, self._posts[option.lead.post.id] if option.lead else NO_POST, self._value(index, option)

    def _value(self, index: int, option: Option) -> float:
        best = self._lessons.best_worth.get(self._lessons.households[index], 0.0)
        return self._weights[index] * (min(1.0, worth(option) / best) if best > 0 else 1.0)

    def _quote(self, rows: list[Row], side: Side, today: date, begin: float, ends: float) -> Quote:
        candidates = Candidates.of(*zip(*rows, strict=True)) if rows else Candidates.none()
        found = chances_around(
            candidates,
            side,
            self._lessons.trace,
            since_day=begin,
            until_day=begin + ends,
            first_day=0.0,
            last_day=self._past.days,
        )
        prices = course(found, side, begin, begin + ends, self._parameters)
        since = float(today.toordinal())
        return Quote(since, since + ends, tuple(round(price, DIGITS) for price in prices.tolist()))

    def _meet(self, household: int, home: int) -> bool:
        ours, theirs = self._lessons.trace.households, self._lessons.trace.homes
        begin = max(ours.begin_day[household], theirs.begin_day[home])
        return bool(begin < min(ours.end_day[household], theirs.end_day[home]))

    def _household(self, index: int) -> Household:
        return self._market.households[self._lessons.households[index]]

    def _finder(self, index: int) -> OptionFinder:
        found = self._finders.get(index)
        if found is None:
            if len(self._finders) >= _FINDERS:
                self._finders.clear()
            found = OptionFinder(self._market, self._household(index), today=self._past.first_day, seed=index)
            self._finders[index] = found
        return found
