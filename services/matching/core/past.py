"""A past window as it was recorded, and what it teaches: the prices in hindsight of its homes and posts.

Days are floats since the window's first day. Who was placed is taken as there until the window's end: nobody knows when it
would have left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeVar
from zlib import crc32

import numpy as np

from services.matching.core.lawful import own_scale, weight_between
from services.matching.core.market import Market
from services.matching.core.model import Home, Household, Post
from services.matching.core.options import OptionFinder
from services.matching.core.price_list import PriceList, learn
from services.matching.core.pricing.candidates import NO_POST, Candidates
from services.matching.core.pricing.history import Presence, learn_trace
from services.matching.core.pricing.model import Trace
from services.matching.core.ranking import worth

MOST_OPTIONS: Final = 40  # of one household, best first: what it would hardly take has no say
MOST_LEADS: Final = 3  # of each of them
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stay:
    """When a party was there: days, the end excluded."""

    begin_day: float
    end_day: float


@dataclass(frozen=True, slots=True)
class Past:
    """A window of `days` days that began on `first_day`, with all who were there at some time, or a share of them."""

    first_day: date
    days: float
    households: Mapping[str, tuple[Household, Stay]]
    homes: Mapping[str, tuple[Home, Stay]]
    posts: Mapping[str, tuple[Post, Stay]]
    share: float = 1.0

    def since(self, day: float) -> "Past":
        """What follows a day; who was there already begins with it."""
        whole = int(day)

        def later(parties: Mapping[str, tuple[T, Stay]]) -> dict[str, tuple[T, Stay]]:
            return {
                name: (party, Stay(max(0.0, stay.begin_day - whole), stay.end_day - whole))
                for name, (party, stay) in parties.items()
                if stay.end_day > whole
            }

        return Past(
            self.first_day + timedelta(days=whole),
            self.days - whole,
            later(self.households),
            later(self.homes),
            later(self.posts),
        )


def known_before(past: Past, day: float) -> Past:
    """What was known of a window on one of its days: who came later is not in it, who left later was still there."""

    def known(parties: Mapping[str, tuple[T, Stay]]) -> dict[str, tuple[T, Stay]]:
        return {
            name: (party, Stay(stay.begin_day, min(stay.end_day, day)))
            for name, (party, stay) in parties.items()
            if stay.begin_day < day
        }

    return Past(past.first_day, day, known(past.households), known(past.homes), known(past.posts))


def share_of(past: Past, most_households: int) -> Past:
    """A window small enough to be solved in minutes: the same share of all sides, by their ids, so that what is scarce stays
    so. The window itself where it has no more households.
    """
    share = most_households / max(1, len(past.households))
    if share >= 1.0:
        return past
    bound = int(share * 2**32)

    def drawn(parties: Mapping[str, tuple[T, Stay]]) -> dict[str, tuple[T, Stay]]:
        return {name: party for name, party in parties.items() if crc32(name.encode()) < bound}

    return Past(past.first_day, past.days, drawn(past.households), drawn(past.homes), drawn(past.posts), share)


@dataclass(frozen=True, slots=True)
class Lessons:
    """Prices, and each household's best worth of the window: its own scale.

    `trace`: the solved window; its parties are those of `households`, `homes` and `posts`. `pairs`: every household with
    each home that it could have had, by index.
    """

    prices: PriceList
    best_worth: Mapping[str, float]
    trace: Trace
    households: Sequence[str]
    homes: Sequence[str]
    posts: Sequence[str]
    pairs: Sequence[tuple[int, int]]

    @property
    def optimum(self) -> float:
        """Value of the optimum in hindsight."""
        return self.trace.bound


def learn_prices(past: Past, empty: Market) -> Lessons:
    """Fills an empty market (commitments may be in it) with all of the window, and solves it. Raises HindsightError."""
    _fill(empty, past)
    homes = {name: index for index, name in enumerate(sorted(past.homes))}
    posts = {name: index for index, name in enumerate(sorted(past.posts))}
    rows: list[tuple[int, int, int, float]] = []
    best_worth: dict[str, float] = {}
    names = sorted(past.households)
    for index, name in enumerate(names):
        household, _ = past.households[name]
        # A seed each: equals among posts are not the same for all.
        finder = OptionFinder(empty, household, today=past.first_day, seed=index)
        ranked = finder.ranked()[:MOST_OPTIONS]
        empty.forget_fitting(name)
        if not ranked:
            continue
        best_worth[name] = worth(ranked[0])
        options = [one for option in ranked for one in finder.with_other_leads(option, MOST_LEADS)]
        weight = weight_between(household, past.first_day)
        for option, share in zip(options, own_scale(options), strict=True):
            lead = posts[option.lead.post.id] if option.lead else NO_POST
            rows.append((index, homes[option.home.id], lead, weight * share))
    candidates = Candidates.of(*zip(*rows, strict=True)) if rows else Candidates.none()
    trace = learn_trace(
        candidates,
        _presence([past.households[name][1] for name in names]),
        _presence([past.homes[name][1] for name in homes]),
        _presence([past.posts[name][1] for name in posts]),
        np.array([_openings(past.posts[name][0]) for name in posts], np.int64),
    )
    prices = learn(
        zip((past.homes[name][0] for name in homes), trace.homes.price.tolist(), strict=True),
        zip((past.posts[name][0] for name in posts), trace.posts.price.tolist(), strict=True),
        [
            (household, price / weight_between(household, past.first_day))
            for name, price in zip(names, trace.households.price.tolist(), strict=True)
            for household in (empty.households[name],)
        ],
    )
    pairs = sorted({(household, home) for household, home, _, _ in rows})
    return Lessons(prices, best_worth, trace, names, [*homes], [*posts], pairs)


def best_worths(past: Past, empty: Market) -> dict[str, float]:
    """Each household's best worth of the window, as `learn_prices` has it, without solving anything."""
    _fill(empty, past)
    found = {}
    for index, name in enumerate(sorted(past.households)):
        best = OptionFinder(empty, past.households[name][0], today=past.first_day, seed=index).best()
        empty.forget_fitting(name)
        if best is not None:
            found[name] = worth(best)
    return found


def _fill(empty: Market, past: Past) -> None:
    for home, _ in past.homes.values():
        empty.put_home(home)
    for post, _ in past.posts.values():
        empty.put_post(post)
    for household, _ in past.households.values():
        empty.put_household(household)


def _presence(stays: list[Stay]) -> Presence:
    return Presence(np.array([one.begin_day for one in stays]), np.array([one.end_day for one in stays]))


def _openings(post: Post) -> int:
    return post.openings if post.openings is not None else 1
