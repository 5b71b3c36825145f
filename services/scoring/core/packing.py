"""Packing: polled events to compound records, one a bucket and round."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from services.scoring.core.amounts import StateUncountable
from services.scoring.core.buckets import CompoundRecord, Entry, bucket_of
from services.scoring.core.counters import SUSPECT, Places, deltas
from services.scoring.core.generation import Generation
from shared.events import EventInvalid, decoder_of

MAX_ENTRIES: Final = 4_000  # of 20 to 200 bytes: a record stays below the broker's default limit of 1 MB
UNREADABLE: Final = "!unreadable"


class Polled(Protocol):
    """What packing needs of a consumer record."""

    @property
    def offset(self) -> int: ...

    @property
    def value(self) -> bytes | None: ...


@dataclass(frozen=True)
class Refused:
    """A record that could not be counted, where it stands, and why."""

    topic: str
    partition: int
    record: Polled
    reason: str


@dataclass
class Packed:
    """Compound records of one poll. A round is sent only when all of the one before are acknowledged: within a round each
    bucket appears once, so no record can pass a lost one of its own source and hide the gap."""

    refused: list[Refused] = field(default_factory=list)
    events: int = 0
    repeated: int = 0
    entries: dict[int, dict[str, list[Entry]]] = field(default_factory=dict)

    def add(self, bucket: int, source: str, entry: Entry) -> None:
        by_source = self.entries.get(bucket)
        if by_source is None:
            by_source = self.entries[bucket] = {}
        known = by_source.get(source)
        if known is None:
            by_source[source] = [entry]
        else:
            known.append(entry)

    def rounds(self, generation: str, most: int = MAX_ENTRIES) -> list[list[tuple[int, CompoundRecord]]]:
        """The records by bucket, round after round, each of about `most` entries at most."""
        rounds: list[list[tuple[int, CompoundRecord]]] = []
        for bucket, by_source in self.entries.items():
            for number, part in enumerate(parts(by_source, most)):
                if number == len(rounds):
                    rounds.append([])
                rounds[number].append((bucket, CompoundRecord(generation, part)))
        return rounds


class Packer:
    """Packs for one generation. Tombstones are skipped: the event before one said all."""

    def __init__(self, places: Places, buckets: int, generation: Generation) -> None:
        self._places = places
        self._buckets = buckets
        self.generation = str(generation)
        self._bucket_of: dict[str, int] = {}

    def pack(self, topic: str, partition: int, records: Sequence[Polled], into: Packed) -> None:
        """Packs the records of one source. An event that a relay has published again within the poll is there once. A
        record that cannot be counted is refused and marks the state as suspect, under a source of its own whose sequence
        is the offset: an unreadable record has no other."""
        source = f"{topic}-{partition}"
        read = decoder_of(topic)
        entries = into.entries
        lists: dict[str, list[Entry]] = {}  # by place: this source's entries of its bucket
        last = -1
        for record in records:
            value = record.value
            if value is None:
                continue
            into.events += 1
            try:
                event = read(value)
                moved = deltas(event.data, self._places)
            except (EventInvalid, StateUncountable) as error:
                into.refused.append(Refused(topic, partition, record, str(error)))
                into.add(self._bucket(SUSPECT), source + UNREADABLE, (record.offset, SUSPECT, {topic: 1}))
                continue
            sequence = int(event.sequence)
            if sequence <= last:
                into.repeated += 1
                continue
            last = sequence
            for place, delta in moved:
                known = lists.get(place)
                if known is None:
                    by_source = entries.setdefault(self._bucket(place), {})
                    known = lists[place] = by_source.setdefault(source, [])
                known.append((sequence, place, delta))

    def tick(self) -> CompoundRecord:
        """An empty record: the bucket's position moves on, and a gap shows without traffic."""
        return CompoundRecord(self.generation)

    def _bucket(self, territory: str) -> int:
        found = self._bucket_of.get(territory)
        if found is None:
            found = self._bucket_of[territory] = bucket_of(territory, self._buckets)
        return found


def parts(by_source: dict[str, list[Entry]], most: int) -> Iterable[dict[str, list[Entry]]]:
    """The entries in portions of about `most`, never cut between two entries of one event: the guard would drop the
    second."""
    portion: dict[str, list[Entry]] = {}
    room = most
    for source, entries in by_source.items():
        start = 0
        while start < len(entries):
            end = min(start + room, len(entries))
            while end < len(entries) and entries[end][0] == entries[end - 1][0]:
                end += 1
            portion[source] = entries[start:end]
            room -= end - start
            start = end
            if room <= 0:
                yield portion
                portion, room = {}, most
    if portion:
        yield portion
