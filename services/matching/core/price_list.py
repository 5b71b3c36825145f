"""What homes and posts of a kind have been worth in hindsight: the prices that a decision weighs against a placement.

A kind of home is its territory, rooms and accessibility; a kind of post its zone and occupation. The price of a kind
is the mean of its duals in the windows learnt from, drawn towards the wider kind where few were seen. A list holds no
household, past or present: what is learnt of households stays in the process that learns.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from services.matching.core.model import Home, Post

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


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices in units of value: 1 is the best home of a household without priority that asked today.

    `number` is the list's place among those published; 0 for none. `homes` and `posts` are by kind.
    """

    number: int = 0
    homes: Mapping[str, float] = field(default_factory=dict)
    posts: Mapping[str, float] = field(default_factory=dict)

    def of_home(self, home: Home) -> float:
        """0 where nothing like it was seen."""
        return _narrowest(self.homes, kind_of_home(home))

    def of_post(self, post: Post) -> float:
        """0 where nothing like it was seen."""
        return _narrowest(self.posts, kind_of_post(post))

    def times(self, factor: float) -> Self:
        """Every price multiplied."""
        return type(self)(self.number, _times(self.homes, factor), _times(self.posts, factor))

    def to_bytes(self) -> bytes:
        """The same prices give the same bytes; the number is not among them."""
        return json.dumps({"homes": self.homes, "posts": self.posts}, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, content: bytes, number: int) -> Self:
        """The list that `to_bytes` wrote. Raises ValueError or KeyError for anything else."""
        read: dict[str, Any] = json.loads(content)
        return cls(number, read["homes"], read["posts"])

    @property
    def digest(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the content."""
        return hashlib.sha256(self.to_bytes()).hexdigest()[:16]


NO_PRICES: Final = PriceList()


def learn(homes: Iterable[tuple[Home, float]], posts: Iterable[tuple[Post, float]]) -> PriceList:
    """The list of some past homes and posts with their duals."""
    return PriceList(
        homes=_means((kind_of_home(home), price) for home, price in homes),
        posts=_means((kind_of_post(post), price) for post, price in posts),
    )


def limited(new: PriceList, before: PriceList, most: float) -> PriceList:
    """`new`, no price more than `most` times, nor less than one `most`th of, what it was; new kinds as they are."""
    return PriceList(new.number, _limited(new.homes, before.homes, most), _limited(new.posts, before.posts, most))


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
