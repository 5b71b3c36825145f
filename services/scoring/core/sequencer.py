"""In-sequence reading of scoring.deltas: the state says where to resume, whatever the consumer group has committed.

A worker that was away, or whose last writes were overtaken by those of a frozen one, must re-read from its state's own
position; records that come beyond it are left until then.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from services.scoring.core.buckets import BucketState, counts_as


class Place(Enum):
    """Where a record stands against what is expected next on its partition."""

    NEXT = "next"
    BEFORE = "before"  # already seen: the buckets' own positions and guards decide what it still changes
    BEYOND = "beyond"  # something before it is missing: read again from the position expected


@dataclass(frozen=True)
class Resume:
    """Where a partition resumes. `lost`: records that the state still needs are no longer in the log."""

    offset: int
    lost: bool


def resume_at(states: Iterable[BucketState | None], log_start: int, digest: str) -> Resume:
    """Just after the position that all buckets of a partition have reached; None is a bucket without state.

    A state of another digest may speak of a log that is gone, so its position says nothing.
    """
    positions = [None if state is None or not counts_as(state, digest) else state["p"] for state in states]
    reached = [position for position in positions if position is not None]
    if len(reached) < len(positions) or not reached:
        # Buckets without state of these rules wait for a rebuild's content, which may stand anywhere in the log.
        return Resume(log_start, lost=bool(reached) and min(reached) + 1 < log_start)
    wanted = min(reached) + 1
    return Resume(max(wanted, log_start), lost=wanted < log_start)


@dataclass
class Sequencer:
    """Offsets expected next, by partition."""

    _expected: dict[int, int] = field(default_factory=dict)
    _asked: set[int] = field(default_factory=set)

    def start(self, partition: int, offset: int) -> None:
        self._expected[partition] = offset

    def take(self, partition: int, offset: int) -> Place:
        """Judges a record, and moves on if it is the next one. Before `start`, every record is beyond."""
        expected = self._expected.get(partition)
        if expected is None:
            return Place.BEYOND
        if offset == expected:
            self._expected[partition] = offset + 1
            self._asked.discard(partition)
            return Place.NEXT
        if offset < expected:
            return Place.BEFORE
        self._asked.add(partition)
        return Place.BEYOND

    def seeks(self) -> dict[int, int]:
        """Partitions to read again, and from where."""
        return {partition: self._expected[partition] for partition in self._asked}

    def expected(self, partition: int) -> int | None:
        """The next offset, None before `start`."""
        return self._expected.get(partition)

    def forget(self) -> None:
        """After a rebalance everything is established anew."""
        self._expected.clear()
        self._asked.clear()
