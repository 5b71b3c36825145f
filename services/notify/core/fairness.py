"""How many deliveries to take from each endpoint: a slow or dead one delays nobody else.

Capacity counts young tries only: one in flight for over a second waits for its receiver and costs next to nothing, so it
leaves its place to others (up to `OLD_SHARE` times the capacity). Endpoints that are failing or slow have a quarter of the
young places together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# Endpoints that are failing or slow may together hold this share of a dispatcher: each of their tries can take 15 s.
IMPAIRED_SHARE: Final = 0.25
OLD_SHARE: Final = 8


@dataclass(frozen=True)
class Due:
    """An endpoint with deliveries that are due. `impaired`: failing, or slow. `most`: what it may hold at once."""

    endpoint: str
    impaired: bool
    most: int


@dataclass(frozen=True)
class Load:
    """Deliveries in hand. `old`: in flight for over a second; `impaired`: younger ones of impaired endpoints."""

    by_endpoint: Mapping[str, int]
    old: int = 0
    impaired: int = 0

    @property
    def total(self) -> int:
        return sum(self.by_endpoint.values())

    def free(self, capacity: int) -> int:
        """Places that are free; none or less where too much waits for slow receivers."""
        return capacity - self.total + min(self.old, OLD_SHARE * capacity)


def share(due: Sequence[Due], load: Load, *, capacity: int) -> dict[str, int]:
    """How many deliveries to take now from each endpoint; those that get none are left out.

    Free places go round the endpoints in equal parts; the impaired ones have theirs among themselves.
    """
    free = load.free(capacity)
    impaired_free = min(free, max(1, int(capacity * IMPAIRED_SHARE)) - load.impaired)
    impaired = _round(_room(due, load, impaired=True), impaired_free)
    return impaired | _round(_room(due, load, impaired=False), free - sum(impaired.values()))


def _room(due: Sequence[Due], load: Load, *, impaired: bool) -> dict[str, int]:
    places = {one.endpoint: one.most - load.by_endpoint.get(one.endpoint, 0) for one in due if one.impaired is impaired}
    return {endpoint: room for endpoint, room in places.items() if room > 0}


def _round(room: dict[str, int], free: int) -> dict[str, int]:
    taken: dict[str, int] = {}
    while free > 0 and room:
        part = max(1, free // len(room))
        for endpoint in list(room):
            given = min(part, room[endpoint], free)
            if given:
                taken[endpoint] = taken.get(endpoint, 0) + given
                room[endpoint] -= given
                free -= given
            if room[endpoint] == 0:
                del room[endpoint]
    return taken
