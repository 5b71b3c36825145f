"""A price list as decisions read it: homes, posts and households on the market by index, each with its course.

A party that has a quote of its own is priced by it, another by the level of its kind, which falls as its announced end comes
near. The book follows what it is asked about: the same list and the same questions give the same answers in any order.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import numpy as np

from services.matching.core.lawful import own_scale, weight_between
from services.matching.core.model import Home, Household, Post
from services.matching.core.price_list import PriceList
from services.matching.core.pricing.candidates import NO_POST, Candidates, Side
from services.matching.core.pricing.decision import Guards, HeldHome, Judgement, Standing, held_homes, judge
from services.matching.core.pricing.model import PriceParameters
from services.matching.core.pricing.potentials import KNOTS, faded
from services.matching.core.ranking import Option

FADING_DAYS: Final = 30.0
"""A home or post that ends later than this is worth the whole level of its kind; then it falls to 0."""
LONG_WAIT_DAYS: Final = 365.0
"""Counted from the day the household first asked: no price makes it wait longer."""
PRODUCT_GUARDS: Final = Guards(longest_wait_days=LONG_WAIT_DAYS)
_EVER: Final = -np.inf


class PriceBook:
    """Prices, weights and guards of one list. Days are ordinals of dates."""

    def __init__(self, listed: PriceList, parameters: PriceParameters, guards: Guards) -> None:
        self.listed = listed
        self._parameters = parameters.scaled(listed.scale)
        self._guards = guards
        self._standing = Standing()
        self._homes: dict[str, tuple[int, Home]] = {}
        self._posts: dict[str, tuple[int, Post]] = {}
        self._households: dict[str, int] = {}  # of the decision in hand alone
        self._names: list[str] = []  # of homes, by index
        self._not_to_hold: frozenset[str] = frozenset()

    def quote(self, listed: PriceList, more: Iterable[str]) -> None:
        """Goes over to the list that has more quotes: those named are read again."""
        self.listed = listed
        for name in more:
            if name in self._homes:
                index, home = self._homes.pop(name)
                self._put_home(index, home)
            elif name in self._posts:
                index, post = self._posts.pop(name)
                self._put_post(index, post)

    def begin(self, homes: frozenset[str]) -> None:
        """Begins a decision; households of the one before are forgotten.

        `homes`: those that prices may rank and no longer refuse: forced, or held as long as was promised.
        """
        self._households.clear()
        if homes is self._not_to_hold:
            return
        for name in homes ^ self._not_to_hold:
            if name in self._homes:
                self._standing.home_held_since_day[self._homes[name][0]] = _EVER if name in homes else np.inf
        self._not_to_hold = homes

    def candidates(self, household: Household, options: Sequence[Option], today: date) -> Candidates:
        """A household's options on its own scale, times its lawful weight: the only thing that compares it with others."""
        weight = weight_between(household, today)
        return Candidates.of(
            np.full(len(options), self._household(household, today)),
            [self._home(option.home) for option in options],
            [self._post(option.lead.post) if option.lead else NO_POST for option in options],
            weight * np.array(own_scale(options)),
        )

    def at_best(self, household: Household, home: Home, today: date) -> Candidates:
        """The home as if it were the household's best option, with a lead that costs nothing: none of it leaves more."""
        row = [self._household(household, today)], [self._home(home)], [NO_POST]
        return Candidates.of(*row, [weight_between(household, today)])

    def judge(self, candidates: Candidates, today: date) -> Judgement:
        """What each leaves, and which may be proposed."""
        return judge(
            candidates, self._standing, day=float(today.toordinal()), parameters=self._parameters, guards=self._guards
        )

    def held(self, refused: Candidates, net: np.ndarray, today: date) -> list[tuple[str, HeldHome]]:
        """Homes with nothing but refused candidates, by name: why and until when at the latest."""
        found = held_homes(
            refused,
            Judgement(net, np.zeros(len(refused), bool)),
            self._standing,
            day=float(today.toordinal()),
            parameters=self._parameters,
            guards=self._guards,
        )
        return sorted((self._names[one.home], one) for one in found)

    def _home(self, home: Home) -> int:
        known = self._homes.get(home.id)
        if known is not None and known[1] is home:
            return known[0]
        index = len(self._names) if known is None else known[0]
        if known is None:
            self._names.append(home.id)
        self._put_home(index, home)
        return index

    def _put_home(self, index: int, home: Home) -> None:
        self._homes[home.id] = (index, home)
        ends = None if home.available_until is None else float(home.available_until.toordinal())
        self._standing.open_home(index, np.inf if ends is None else ends)
        if home.id in self._not_to_hold:
            self._standing.home_held_since_day[index] = _EVER
        self._quote(Side.HOME, index, home.id, self.listed.of_home(home), ends)

    def _post(self, post: Post) -> int:
        known = self._posts.get(post.id)
        if known is not None and (known[1] is post or _same_price(known[1], post)):
            return known[0]
        index = len(self._posts) if known is None else known[0]
        self._put_post(index, post)
        return index

    def _put_post(self, index: int, post: Post) -> None:
        self._posts[post.id] = (index, post)
        ends = None if post.expires_at is None else float(post.expires_at.toordinal())
        self._quote(Side.POST, index, post.id, self.listed.of_post(post), ends)

    def _household(self, household: Household, today: date) -> int:
        known = self._households.get(household.id)
        if known is not None:
            return known
        index = self._households[household.id] = len(self._households)
        self._standing.admit_household(index, float(household.waiting_since.toordinal()))
        level = self.listed.of_household(household) * weight_between(household, today)
        ends = None if household.candidate_until is None else float(household.candidate_until.toordinal())
        self._quote(Side.HOUSEHOLD, index, "", level, ends)
        return index

    def _quote(self, side: Side, index: int, name: str, level: float, ends: float | None) -> None:
        quotes = self._standing.quotes(side)
        if (own := self.listed.quotes.get(name)) is not None:
            quotes.put(index, np.array(own.course), own.since_day, own.until_day)
        elif ends is None:
            quotes.put(index, np.full(KNOTS, level), 0.0, date.max.toordinal())
        else:
            whole = self._parameters.fade_days(side) or FADING_DAYS
            quotes.put(index, faded(level, side, ends - whole, ends, self._parameters), ends - whole, ends)


def _same_price(known: Post, post: Post) -> bool:
    return (known.rome, known.zone, known.expires_at) == (post.rome, post.zone, post.expires_at)
