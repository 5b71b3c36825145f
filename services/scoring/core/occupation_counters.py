"""Counters by occupation: what an offer adds beside its territory's counters, and where.

They stand under places of their own, "<territory>/<first letter of the ROME code>", so that one offer moves a small
record and not all occupations of its territory. Entries, buckets, guards, rebuild and verification treat such a place like
any other; only readers know that it is no territory. Three counters a code, plain sums like all others:

- "F1703": open offers;
- "F1703+": openings beyond one an offer. An offer that states none has one opening, so offers plus these are the
  openings; most offers state one or nothing and add no counter here. Negative for offers that state 0;
- "F1703d": those of the offers that are durable.

Offers of no territory are not counted by occupation: nothing is scored where nobody knows the place.
"""

from collections.abc import Mapping
from typing import Final

UNLOCATED: Final = "unlocated"  # place of the entities that no territory holds
SEPARATOR: Final = "/"
MORE_OPENINGS: Final = "+"
DURABLE: Final = "d"

# Counter of a territory, followed by a letter: its open offers of that domain, which tells whether it has such a place.
OFFERS_OF_LETTER: Final = "offers_rome_"


def place_of(territory: str, rome: str) -> str:
    """The place that counts an occupation of a territory."""
    return territory + SEPARATOR + rome[0]


def is_occupations(place: str) -> bool:
    """Whether a place counts occupations and not a territory."""
    return SEPARATOR in place


def territory_of(place: str) -> str:
    """The territory of such a place."""
    return place.partition(SEPARATOR)[0]


def counted(rome: str, openings: int | None, *, durable: bool) -> dict[str, int]:
    """What one open offer adds, with no zero among it. `openings` None: unstated, one."""
    counters = {rome: 1}
    if openings is not None and openings != 1:
        counters[rome + MORE_OPENINGS] = openings - 1
    if durable:
        counters[rome + DURABLE] = 1
    return counters


def expected_places(code: str, counters: Mapping[str, int]) -> set[str]:
    """The places that a territory with these counters has: one for each letter in which it counts offers."""
    if code == UNLOCATED:
        return set()
    prefix = len(OFFERS_OF_LETTER)
    return {
        code + SEPARATOR + name[prefix:]
        for name, amount in counters.items()
        if amount and name.startswith(OFFERS_OF_LETTER)
    }
