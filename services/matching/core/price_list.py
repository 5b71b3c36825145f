"""Prices that a decision weighs against a placement: quotes of homes and posts on the market, and levels by kind.

A kind of home is its territory, rooms and accessibility; a kind of post its zone and occupation; a kind of household its
size, declared need of accessibility and first territory, and nothing else. The level of a kind is the mean of its duals in
the windows learnt from, drawn towards the wider kind where few were seen. A list names no household, past or present: what
is learnt of households stays in the process that learns.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

from services.matching.core.model import Home, Household, Post
from services.matching.core.pricing.potentials import KNOTS

PRIOR: Final = 5.0  # seen ones that the wider kind counts for
DIGITS: Final = 6
Kind = tuple[str, ...]  # from the widest to the narrowest


def kind_of_home(home: Home) -> Kind:
    """Rooms and accessibility anywhere, then in its territory."""
    accessible = "accessible" if home.accessible else "other"
    return (f"T{home.rooms}:{accessible}", f"T{home.rooms}:{accessible}:{home.territory}")


def kind_of_post(post: Post) -> Kind:
    """Occupation anywhere, then in its zone d'emploi."""
    return (post.rome, f"{post.rome}:{post.zone}")


def kind_of_household(household: Household) -> Kind:
    """Persons and declared need anywhere, then the one territory that it wants most, if it said so. Never its resources."""
    need = "accessible" if household.accessible_needed else "any"
    widest = f"{min(household.size, 6)}:{need}"
    first = household.ranks[:2] if household.ranks is not None else range(len(household.wanted))[:2]
    if len(first) == 0 or (len(first) == 2 and first[0] == first[1]):
        return (widest,)
    return (widest, f"{widest}:{household.wanted[0]}")


@dataclass(frozen=True, slots=True)
class Quote:
    """The course of one party's price: KNOTS prices, evenly from `since_day` to `until_day` (ordinals of dates)."""

    since_day: float
    until_day: float
    course: tuple[float, ...]

    def at(self, day: float) -> float:
        """The price on a day, as `pricing.quotes` reads it: straight lines between knots."""
        step = max((self.until_day - self.since_day) / (KNOTS - 1), 1e-9)
        place = min(max((day - self.since_day) / step, 0.0), KNOTS - 1.0)
        knot = min(int(place), KNOTS - 2)
        return self.course[knot] + (place - knot) * (self.course[knot + 1] - self.course[knot])

    def capped(self, before: "Quote | None", most: float) -> "Quote":
        """No dearer on its first day than `most` times what the party's own quote before said of that day."""
        known = before.at(self.since_day) if before else 0.0
        if known <= 0.0 or self.course[0] <= most * known:
            return self
        factor = most * known / self.course[0]
        return replace(self, course=tuple(round(price * factor, DIGITS) for price in self.course))


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices in units of value: 1 is the best home of a household without priority that asked today.

    `number` is the list's place among those published; 0 for none. `homes` and `posts` are levels by kind; `households` too,
    as a share of the household's own lawful weight. `quotes`: homes and posts by id; who has none is priced by its kind.
    `scale`: what the shadow comparison leaves of every price. `base`: the number under which the list was published before
    quotes were added to it; 0 where none was.
    """

    number: int = 0
    homes: Mapping[str, float] = field(default_factory=dict)
    posts: Mapping[str, float] = field(default_factory=dict)
    households: Mapping[str, float] = field(default_factory=dict)
    quotes: Mapping[str, Quote] = field(default_factory=dict)
    scale: float = 1.0
    base: int = 0

    def of_home(self, home: Home) -> float:
        """0 where nothing like it was seen."""
        return _narrowest(self.homes, kind_of_home(home))

    def of_post(self, post: Post) -> float:
        """0 where nothing like it was seen."""
        return _narrowest(self.posts, kind_of_post(post))

    def of_household(self, household: Household) -> float:
        """Share of its own weight; 0 where nothing like it was seen."""
        return _narrowest(self.households, kind_of_household(household))

    def times(self, factor: float) -> Self:
        """Every price multiplied."""
        quotes = {
            name: replace(quote, course=tuple(round(price * factor, DIGITS) for price in quote.course))
            for name, quote in self.quotes.items()
        }
        return replace(
            self,
            homes=_times(self.homes, factor),
            posts=_times(self.posts, factor),
            households=_times(self.households, factor),
            quotes=quotes,
        )

    def with_quotes(self, number: int, more: Mapping[str, Quote]) -> Self:
        """With what was quoted since, under a later number."""
        return replace(self, number=number, quotes={**self.quotes, **more})

    def to_bytes(self) -> bytes:
        """The same prices give the same bytes; number, base and scale are not among them."""
        content = {
            "homes": self.homes,
            "posts": self.posts,
            "households": self.households,
            "quotes": {name: [one.since_day, one.until_day, *one.course] for name, one in self.quotes.items()},
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, content: bytes, number: int, *, scale: float = 1.0, base: int = 0) -> Self:
        """The list that `to_bytes` wrote, with quotes or before there were any. Raises ValueError or KeyError otherwise."""
        read: dict[str, Any] = json.loads(content)
        quotes = {name: Quote(one[0], one[1], tuple(one[2:])) for name, one in read.get("quotes", {}).items()}
        if any(len(one.course) != KNOTS for one in quotes.values()):
            raise ValueError(f"a course has {KNOTS} knots")
        return cls(number, read["homes"], read["posts"], read.get("households", {}), quotes, scale, base)

    @property
    def digest(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the content."""
        return hashlib.sha256(self.to_bytes()).hexdigest()[:16]


NO_PRICES: Final = PriceList()


def learn(
    homes: Iterable[tuple[Home, float]],
    posts: Iterable[tuple[Post, float]],
    households: Iterable[tuple[Household, float]] = (),
) -> PriceList:
    """The list of some past homes, posts and households with their duals, a household's over its weight."""
    return PriceList(
        homes=_means((kind_of_home(home), price) for home, price in homes),
        posts=_means((kind_of_post(post), price) for post, price in posts),
        households=_means((kind_of_household(household), price) for household, price in households),
    )


def limited(new: PriceList, before: PriceList, most: float) -> PriceList:
    """`new`, no price more than `most` times, nor less than one `most`th of, what it was; new kinds as they are."""
    return replace(
        new,
        homes=_limited(new.homes, before.homes, most),
        posts=_limited(new.posts, before.posts, most),
        households=_limited(new.households, before.households, most),
    )


def _narrowest(prices: Mapping[str, float], kind: Kind) -> float:
    return next((prices[one] for one in reversed(kind) if one in prices), 0.0)


def _means(seen: Iterable[tuple[Kind, float]]) -> dict[str, float]:
    sums: dict[Kind, float] = defaultdict(float)
    counts: dict[Kind, int] = defaultdict(int)
    for kind, price in seen:
        for depth in range(1, len(kind) + 1):
            sums[kind[:depth]] += price
            counts[kind[:depth]] += 1
    found: dict[str, float] = {}
    for kind in sorted(counts, key=lambda one: (len(one), one)):
        wider = found[kind[-2]] if len(kind) > 1 else sums[kind] / counts[kind]
        found[kind[-1]] = round((sums[kind] + PRIOR * wider) / (counts[kind] + PRIOR), DIGITS)
    return found


def _times(prices: Mapping[str, float], factor: float) -> dict[str, float]:
    return {kind: round(price * factor, DIGITS) for kind, price in prices.items()}


def _limited(new: Mapping[str, float], before: Mapping[str, float], most: float) -> dict[str, float]:
    found = {}
    for kind, price in new.items():
        known = before.get(kind, 0.0)
        found[kind] = round(min(max(price, known / most), known * most), DIGITS) if known > 0 else price
    return found
