"""What becomes of offers that we hold and that a walk did not see. Pure.

The search is a moving list: an offer can change page or shard while it is read, and be missed although it exists. So an
absence is only a suspicion. `/offres/{id}` is asked: gone there too, the offer is withdrawn at once; still there, it stays
with what the answer says. How that route answers for an offer just withdrawn was not verified, so an offer that it keeps
showing is withdrawn after it was absent from several complete walks in a row. Where a shard was not read to its end,
absence from it says nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.ingest.core.france_travail.shards import Shard


class Reading(StrEnum):
    """How far a shard was read."""

    PENDING = "pending"
    SPLIT = "split"  # its parts stand for it
    COMPLETE = "complete"  # as many offers as announced, the same number at every page
    UNSTABLE = "unstable"  # it changed each time that it was read
    TRUNCATED = "truncated"  # cannot be cut further, only its first 3,150 offers were read
    FAILED = "failed"  # the API refused it


class Look(StrEnum):
    """What to do about an absent offer."""

    ASK = "ask"  # by its id
    LEAVE = "leave"  # nothing is known of its shard: the next walk looks again


class Fate(StrEnum):
    """What became of an absent offer."""

    GONE = "gone"  # withdrawn: its own address has nothing
    WITHDRAWN = "withdrawn"  # absent from several complete walks, though its address still shows it
    KEPT = "kept"  # it exists
    LEFT = "left"  # not asked for, or not answered


@dataclass(frozen=True)
class Coverage:
    """The shards of a walk that were not read completely."""

    failed: tuple[Shard, ...] = ()
    partial: tuple[Shard, ...] = ()  # unstable or truncated, or cut into parts that lack offers

    @property
    def complete(self) -> bool:
        return not self.failed and not self.partial

    def look(self, created_at: datetime | None) -> Look:
        """Whether an absent offer of that creation date is asked for."""
        return Look.LEAVE if any(shard.may_contain(created_at) for shard in self.failed) else Look.ASK

    def counts(self, created_at: datetime | None) -> bool:
        """Whether the absence counts towards a withdrawal against what its own address says."""
        return not any(shard.may_contain(created_at) for shard in (*self.failed, *self.partial))


def fate_of_a_shown_offer(*, counts: bool, absences_before: int, absent_walks: int) -> Fate:
    """Fate of an absent offer that its own address still shows.

    `absences_before`: consecutive earlier walks in which it counted as absent. `absent_walks` 0: its address always wins.
    """
    if counts and absent_walks and absences_before + 1 >= absent_walks:
        return Fate.WITHDRAWN
    return Fate.KEPT


def coverage(shards: Iterable[tuple[Shard, Reading]], lacking: Iterable[Shard] = ()) -> Coverage:
    """`lacking` are shards cut by ROME code or département whose parts announced fewer offers than they did."""
    failed, partial = [], list(lacking)
    for shard, reading in shards:
        if reading in (Reading.FAILED, Reading.PENDING):
            failed.append(shard)
        elif reading in (Reading.UNSTABLE, Reading.TRUNCATED):
            partial.append(shard)
    return Coverage(tuple(failed), tuple(partial))
