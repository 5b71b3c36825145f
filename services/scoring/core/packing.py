"""Packing: polled events to compound records, one a bucket and round."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final, Protocol

from services.scoring.core.amounts import StateUncountable
from services.scoring.core.buckets import CompoundRecord, Entries, bucket_of
from services.scoring.core.counted_events import reader_of
from services.scoring.core.counters import SUSPECT, Places
from services.scoring.core.generation import Generation
from services.scoring.core.moves import Move, Mover
from shared.events import EventInvalid

MAX_ENTRIES: Final = 4_000
MAX_BYTES: Final = (
    800_000  # a record stays below the broker's default limit of 1 MB, were all of its moves the heaviest
)
_ENTRY_BYTES: Final = 32  # at most, of sequence and indexes
UNREADABLE: Final = "!unreadable"
_size_of: Final = attrgetter("size")


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
    entries: dict[int, dict[str, Entries]] = field(default_factory=dict)

    def of(self, bucket: int, source: str) -> Entries:
        """The entries of a source for a bucket, to be added to."""
        return self.entries.setdefault(bucket, {}).setdefault(source, Entries())

    def rounds(self, generation: str, most: int = MAX_ENTRIES) -> list[list[tuple[int, CompoundRecord]]]:
        """The records by bucket, round after round, each of about `most` entries at most."""
        rounds: list[list[tuple[int, CompoundRecord]]] = []
        for bucket, by_source in self.entries.items():
            for number, part in enumerate(parts(by_source, min(most, _fitting(by_source)))):
                if number == len(rounds):
                    rounds.append([])
                rounds[number].append((bucket, CompoundRecord(generation, part)))
        return rounds


class Packer:
    """Packs for one generation. Tombstones are skipped: the event before one said all."""

    def __init__(self, places: Places, buckets: int, generation: Generation) -> None:
        self._mover = Mover(places)
        self._buckets = buckets
        self.generation = str(generation)
        self._bucket_of: dict[str, int] = {}
        self._suspect: dict[str, Move] = {}

    def pack(self, topic: str, partition: int, records: Iterable[Polled], into: Packed) -> None:
        """Packs the records of one source, each as it is handed out: what it weighs is gone before the next one comes.

        An event that a relay has published again within the poll is there once. A record that cannot be counted is refused
        and marks the state as suspect, under a source of its own whose sequence is the offset: an unreadable record has no
        other."""
        source = f"{topic}-{partition}"
        read = reader_of(topic)
        moves_of = self._mover.for_topic(topic)
        columns: dict[str, tuple[Any, Any, Any]] = {}  # by territory: how to add to this source's entries of its bucket
        last = -1
        events = 0
        for record in records:
            value = record.value
            if value is None:
                continue
            events += 1
            try:
                event = read(value)
                moved = moves_of(event.data)
            except (EventInvalid, StateUncountable) as error:
                into.refused.append(Refused(topic, partition, record, str(error)))
                into.of(self._bucket(SUSPECT), source + UNREADABLE).add(record.offset, SUSPECT, self._suspect_of(topic))
                continue
            sequence = int(event.sequence)
            if sequence <= last:
                into.repeated += 1
                continue
            last = sequence
            for territory, move in moved:
                known = columns.get(territory)
                if known is None:
                    entries = into.of(self._bucket(territory), source)
                    known = columns[territory] = (
                        entries.sequences.append,
                        entries.territories.append,
                        entries.moves.append,
                    )
                add_sequence, add_territory, add_move = known
                add_sequence(sequence)
                add_territory(territory)
                add_move(move)
        into.events += events

    def _suspect_of(self, topic: str) -> Move:
        found = self._suspect.get(topic)
        if found is None:
            found = self._suspect[topic] = Move({"": {topic: 1}})
        return found

    def tick(self) -> CompoundRecord:
        """An empty record: the bucket's position moves on, and a gap shows without traffic."""
        return CompoundRecord(self.generation)

    def _bucket(self, territory: str) -> int:
        found = self._bucket_of.get(territory)
        if found is None:
            found = self._bucket_of[territory] = bucket_of(territory, self._buckets)
        return found


def _fitting(by_source: Mapping[str, Entries]) -> int:
    """How many of these entries surely fit a record."""
    heaviest: int = max(max(map(_size_of, entries.moves)) for entries in by_source.values())
    return max(1, MAX_BYTES // (heaviest + _ENTRY_BYTES))


def parts(by_source: dict[str, Entries], most: int) -> Iterable[dict[str, Entries]]:
    """The entries in portions of about `most`, never cut between two entries of one event: the guard would drop the
    second."""
    portion: dict[str, Entries] = {}
    room = most
    for source, entries in by_source.items():
        sequences = entries.sequences
        start = 0
        while start < len(sequences):
            end = min(start + room, len(sequences))
            while end < len(sequences) and sequences[end] == sequences[end - 1]:
                end += 1
            portion[source] = entries.part(start, end)
            room -= end - start
            start = end
            if room <= 0:
                yield portion
                portion, room = {}, most
    if portion:
        yield portion
