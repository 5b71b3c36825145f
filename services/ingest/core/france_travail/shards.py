"""How the whole stock is cut into searches that can be read to their end. Pure.

Origin first: a search that names no `origineOffre` was measured to announce all offers and serve France Travail's own
alone. Then creation dates, because an offer keeps its date, a window that lies in the past receives nothing new, and an
offer without a place has one. Then ROME codes, then départements, for what thousands published in the same second.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

ORIGINS: Final = ("1", "2")  # France Travail's own offers, its partners'
OLDEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
MOST_ROMES: Final = 200  # codes in one search
SECOND: Final = timedelta(seconds=1)


class Cut(StrEnum):
    """By what a shard was cut."""

    DATE = "date"
    ROME = "rome"
    DEPARTEMENT = "departement"


@dataclass(frozen=True)
class Shard:
    """One search: offers of an origin created from `since` to `until`, both included, to the second."""

    origin: str
    since: datetime
    until: datetime
    romes: tuple[str, ...] = ()  # empty: all
    departement: str | None = None  # None: all, and those without

    def parameters(self) -> dict[str, str]:
        """The search's parameters, newest offer first."""
        asked = {
            "origineOffre": self.origin,
            "minCreationDate": _api_date(self.since),
            "maxCreationDate": _api_date(self.until),
            "sort": "1",
        }
        if self.romes:
            asked["codeROME"] = ",".join(self.romes)
        if self.departement is not None:
            asked["departement"] = self.departement
        return asked

    def may_contain(self, created_at: datetime | None) -> bool:
        """Whether an offer of that creation date could be of this shard; without a known date it could be of any."""
        return created_at is None or self.since <= created_at < self.until + SECOND

    def to_json(self) -> dict[str, Any]:
        """For SQL; `from_json` reads it back."""
        return {
            "origin": self.origin,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "romes": list(self.romes),
            "departement": self.departement,
        }

    @staticmethod
    def from_json(kept: dict[str, Any]) -> "Shard":
        return Shard(
            kept["origin"],
            datetime.fromisoformat(kept["since"]),
            datetime.fromisoformat(kept["until"]),
            tuple(kept["romes"]),
            kept["departement"],
        )


@dataclass(frozen=True)
class Axes:
    """Every ROME code and département that a search can name."""

    romes: tuple[str, ...]
    departements: tuple[str, ...]


def roots(until: datetime, departements: Sequence[str] = ()) -> tuple[Shard, ...]:
    """The shards of a walk that begins at `until`; `departements` limits it to some, which leaves out unlocated offers."""
    last = until.astimezone(UTC).replace(microsecond=0)
    return tuple(
        Shard(origin, OLDEST, last, (), departement) for origin in ORIGINS for departement in (departements or (None,))
    )


def split(shard: Shard, axes: Axes, pivot: datetime | None = None) -> tuple[Cut, tuple[Shard, ...]] | None:
    """The shards that together are this one, and by what it was cut; None where nothing is left to cut by.

    `pivot` is the creation date of an offer near the end of what can be read: the newer part then nearly fills its pages.
    It only guides: each part is measured by its own Content-Range.
    """
    if shard.until - shard.since >= SECOND:
        middle = _pivot(shard, pivot)
        newer, older = replace(shard, since=middle + SECOND), replace(shard, until=middle)
        return Cut.DATE, (newer, older)
    romes = shard.romes or axes.romes
    if len(romes) > 1:
        size = min(MOST_ROMES, -(-len(romes) // 2))
        groups = [romes[first : first + size] for first in range(0, len(romes), size)]
        return Cut.ROME, tuple(replace(shard, romes=group) for group in groups)
    if shard.departement is None and axes.departements:
        return Cut.DEPARTEMENT, tuple(replace(shard, departement=code) for code in axes.departements)
    return None


def _pivot(shard: Shard, pivot: datetime | None) -> datetime:
    """Last second of the older part, inside the shard."""
    if pivot is not None:
        moment = pivot.astimezone(UTC).replace(microsecond=0)
        if shard.since <= moment < shard.until:
            return moment
        if moment == shard.until:
            return moment - SECOND
    return (shard.since + (shard.until - shard.since) / 2).replace(microsecond=0)


def _api_date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
