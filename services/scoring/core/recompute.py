"""Recomputing: counters from the latest state of every entity, without any delta.

The same fold makes the state of a rebuild and the reference of `ancrage verify`. A version that was published twice
counts once; "latest" is the highest version, never the last offset.
"""

from dataclasses import dataclass, field
from typing import Any

from services.scoring.core.amounts import StateUncountable
from services.scoring.core.buckets import Content
from services.scoring.core.counted_events import CountedEvent, reader_of
from services.scoring.core.counters import (
    SUSPECT,
    Counters,
    Places,
    Shares,
    add_into,
    negated,
    shares,
)
from services.scoring.core.packing import UNREADABLE
from shared.events import EventInvalid

# An entity's shares of the sums: places, counter names and amounts. Much smaller than dicts, and one object for all
# entities that count alike.
_Compact = tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[int, ...]], ...]


@dataclass(frozen=True)
class Unreadable:
    """A record that could not be counted and that no later version of its key has replaced."""

    topic: str
    partition: int
    offset: int
    reason: str


@dataclass
class Recount:
    """Feed it records of the entity topics in any order of partitions; read `territories` and `content`."""

    places: Places
    territories: dict[str, Counters] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    events: int = 0
    repeated: int = 0
    _latest: dict[str, dict[str, tuple[int, _Compact | None]]] = field(default_factory=dict)
    _shared: dict[_Compact, _Compact] = field(default_factory=dict)
    _unreadable: dict[tuple[str, bytes | None], Unreadable] = field(default_factory=dict)

    def add(
        self, topic: str, partition: int, offset: int, key: bytes | None, value: bytes | None
    ) -> CountedEvent[Any] | None:
        """Counts one record. Returns its event, None for a tombstone or a record that cannot be counted."""
        if value is None:
            return None
        try:
            event = reader_of(topic)(value)
            newer = self._count(topic, event)
        except (EventInvalid, StateUncountable) as error:
            self._unreadable[topic, key] = Unreadable(topic, partition, offset, str(error))
            mark = f"{topic}-{partition}{UNREADABLE}"
            self.sequences[mark] = max(self.sequences.get(mark, -1), offset)
            return None
        if newer and self._unreadable:
            self._unreadable.pop((topic, key), None)
        source = f"{topic}-{partition}"
        self.sequences[source] = max(self.sequences.get(source, -1), int(event.sequence))
        self.events += 1
        return event

    def _count(self, topic: str, event: CountedEvent[Any]) -> bool:
        """Whether the event is a newer version of its entity than any before."""
        latest = self._latest.setdefault(topic, {})
        known = latest.get(event.subject)
        version = event.data.version
        if known is not None and version <= known[0]:
            self.repeated += 1
            return False
        share: _Compact | None = None
        if event.data.after is not None:
            share = tuple(
                (where, tuple(counters), tuple(counters.values()))
                for where, counters in shares(event.data.after, self.places)
            )
            share = self._shared.setdefault(share, share)
        if known is not None and known[1] is not None:
            self._move(known[1], -1)
        if share is not None:
            self._move(share, 1)
        latest[event.subject] = (version, share)
        return True

    def _move(self, share: _Compact, sign: int) -> None:
        for where, names, amounts in share:
            delta = dict(zip(names, amounts, strict=True))
            for place in where:
                add_into(self.territories.setdefault(place, {}), delta if sign > 0 else negated(delta))

    def latest(self, topic: str, subject: str) -> tuple[int, Shares | None] | None:
        """Latest version of an entity and what it counts (None: withdrawn); None for an entity never seen."""
        known = self._latest.get(topic, {}).get(subject)
        if known is None:
            return None
        version, share = known
        if share is None:
            return version, None
        return version, tuple((where, dict(zip(names, amounts, strict=True))) for where, names, amounts in share)

    def subjects(self, topic: str) -> list[str]:
        """Ids of the entities seen."""
        return list(self._latest.get(topic, {}))

    @property
    def unreadable(self) -> list[Unreadable]:
        """What keeps the sums in doubt."""
        return sorted(self._unreadable.values(), key=lambda one: (one.topic, one.partition, one.offset))

    @property
    def content(self) -> Content:
        """The sums with the sequences they contain as guards; records still in doubt are counted under `suspect`."""
        territories = dict(self.territories)
        doubts: Counters = {}
        for one in self._unreadable.values():
            add_into(doubts, {one.topic: 1})
        if doubts:
            territories[SUSPECT] = doubts
        return Content(territories, self.sequences)
