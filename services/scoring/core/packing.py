"""Packing: polled events to compound records, one per (source, bucket) and round."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from services.scoring.core.buckets import CompoundRecord, Entry, bucket_of
from services.scoring.core.counters import SUSPECT, Places, StateUncountable, deltas
from services.scoring.core.generation import Generation
from shared.events import EventInvalid, decode

MAX_ENTRIES: Final = 2_000  # of about 150 bytes: a record stays below the broker's default limit of 1 MB
UNREADABLE: Final = "!unreadable"


class Polled(Protocol):
    """What packing needs of a consumer record."""

    @property
    def offset(self) -> int: ...

    @property
    def value(self) -> bytes | None: ...


@dataclass(frozen=True)
class Refused:
    """A record that could not be counted, and why."""

    record: Polled
    reason: str


@dataclass
class Packed:
    """`rounds`: compound records by bucket. A round is sent only when all of the one before are acknowledged: within a
    round each (source, bucket) appears once, so no record can pass a lost one of its own source and hide the gap."""

    rounds: list[list[tuple[int, CompoundRecord]]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    events: int = 0

    def add(self, bucket: int, round_number: int, record: CompoundRecord) -> None:
        while len(self.rounds) <= round_number:
            self.rounds.append([])
        self.rounds[round_number].append((bucket, record))


class Packer:
    """Packs for one generation. Tombstones are skipped: the event before one said all."""

    def __init__(self, places: Places, buckets: int, generation: Generation) -> None:
        self._places = places
        self._buckets = buckets
        self._generation = str(generation)
        self._bucket_of: dict[str, int] = {}

    def pack(self, topic: str, partition: int, records: Sequence[Polled], into: Packed) -> None:
        """Packs the records of one source. One that cannot be counted is refused and marks the state as suspect, under
        a source of its own whose sequence is the offset: an unreadable record has no other."""
        source = f"{topic}-{partition}"
        entries: dict[int, list[Entry]] = {}
        marks: list[Entry] = []
        for record in records:
            if record.value is None:
                continue
            into.events += 1
            try:
                event = decode(topic, record.value)
                moved = deltas(event.data, self._places)
            except (EventInvalid, StateUncountable) as error:
                into.refused.append(Refused(record, str(error)))
                marks.append((record.offset, SUSPECT, {topic: 1}))
                continue
            sequence = int(event.sequence)
            for territory, delta in moved:
                entries.setdefault(self._bucket(territory), []).append((sequence, territory, delta))
        for bucket, found in entries.items():
            self._cut(source, bucket, found, into)
        if marks:
            self._cut(source + UNREADABLE, self._bucket(SUSPECT), marks, into)

    def tick(self) -> CompoundRecord:
        """An empty record: the bucket's position moves on, and a gap shows without traffic."""
        return CompoundRecord(self._generation)

    def _bucket(self, territory: str) -> int:
        found = self._bucket_of.get(territory)
        if found is None:
            found = self._bucket_of[territory] = bucket_of(territory, self._buckets)
        return found

    def _cut(self, source: str, bucket: int, entries: list[Entry], into: Packed) -> None:
        for number, chunk in enumerate(chunks(entries)):
            into.add(bucket, number, CompoundRecord(self._generation, source, chunk))


def chunks(entries: list[Entry]) -> Iterable[list[Entry]]:
    """Runs of about MAX_ENTRIES, never cut between two entries of one sequence: the guard would drop the second."""
    start = 0
    while start < len(entries):
        end = min(start + MAX_ENTRIES, len(entries))
        while end < len(entries) and entries[end][0] == entries[end - 1][0]:
            end += 1
        yield entries[start:end]
        start = end
