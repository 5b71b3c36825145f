"""How many deliveries each endpoint may have in flight: a slow or dead one delays nobody else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# Endpoints whose last tries failed may together hold this share of a dispatcher: each of their tries can take 15 s.
FAILING_SHARE: Final = 0.25


@dataclass(frozen=True)
class Due:
    """An endpoint with deliveries that are due. `failing`: its last try failed."""

    endpoint: str
    failing: bool


@dataclass(frozen=True)
class Load:
    """Deliveries in flight: of each endpoint, and of all endpoints that are failing."""

    by_endpoint: Mapping[str, int]
    failing: int

    @property
    def total(self) -> int:
        return sum(self.by_endpoint.values())


def share(due: Sequence[Due], load: Load, *, capacity: int, per_endpoint: int) -> dict[str, int]:
    """How many deliveries to take now from each endpoint; those that get none are left out.

    Free places go round the endpoints in equal parts. A failing endpoint has one at most, and all of them together
    `FAILING_SHARE` of the capacity (one at least).
    """
    free = capacity - load.total
    taken: dict[str, int] = {}
    failing_free = max(1, int(capacity * FAILING_SHARE)) - load.failing
    for one in due:
        if one.failing and free > 0 and failing_free > 0 and load.by_endpoint.get(one.endpoint, 0) == 0:
            taken[one.endpoint] = 1
            free -= 1
            failing_free -= 1
    room = {one.endpoint: per_endpoint - load.by_endpoint.get(one.endpoint, 0) for one in due if not one.failing}
    room = {endpoint: places for endpoint, places in room.items() if places > 0}
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
