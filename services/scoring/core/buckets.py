"""Buckets: the unit of the exact state. A bucket holds the counters of its territories and what it has applied.

A compound record carries the entries of one poll for one bucket, by source (topic and partition). An entry counts only if
its sequence is beyond the last one that the bucket applied from that source, so a record may come twice, late or again
under another offset and the integers stay the same.
"""

import zlib
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Annotated, Final, TypedDict

import msgspec
from msgspec import Raw, Struct

from services.scoring.core.counters import Counters, add_into
from services.scoring.core.moves import Move, MoveReader
from services.scoring.core.occupation_counters import territory_of

_ENCODE: Final = msgspec.json.Encoder().encode


class Content(Struct, frozen=True):
    """Counters by territory, and by source the last sequence they contain."""

    territories: dict[str, Counters]
    sequences: dict[str, int]


@dataclass(slots=True)
class Entries:
    """Entries of one source as columns, in order of sequence: hundreds of thousands of them are three lists and no objects.
    They may share their moves: nobody changes them."""

    sequences: list[int] = field(default_factory=list)
    territories: list[str] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.sequences)

    def add(self, sequence: int, territory: str, move: Move) -> None:
        """One more, not before the last one."""
        self.sequences.append(sequence)
        self.territories.append(territory)
        self.moves.append(move)

    def part(self, start: int, end: int) -> "Entries":
        """Those from the `start`th to before the `end`th."""
        return Entries(self.sequences[start:end], self.territories[start:end], self.moves[start:end])

    def beyond(self, guard: int) -> "Entries":
        """Those that come after `guard`: all or none as a rule."""
        if not self.sequences or self.sequences[0] > guard:
            return self
        return self.part(bisect_right(self.sequences, guard), len(self.sequences))


@dataclass(frozen=True, slots=True)
class CompoundRecord:
    """What a `scoring.deltas` record says: entries to add, or a whole content that replaces what there is, or neither
    (a tick, which only moves the position). The entries of an event always stand in one record, and each event is there
    once."""

    g: str  # generation
    e: dict[str, Entries] = field(default_factory=dict)  # by source, "<topic>-<partition>"
    content: Content | None = None

    @property
    def size(self) -> int:
        """Number of entries."""
        return sum(map(len, self.e.values()))


class BucketState(TypedDict):
    """Value of the Faust table: generation, position in scoring.deltas, sequences by source, counters by territory."""

    g: str
    p: int
    s: dict[str, int]
    t: dict[str, Counters]


class CompoundInvalid(ValueError):
    """Not a compound record."""


# Part of the generation: raise it with any change of `_Wire`, or of which bucket a place is in. A worker that knows another
# format sees another digest, and refuses before it would read entries: keep `g` and `content`, give all else new names.
FORMAT_VERSION: Final = 3
_Index = Annotated[int, msgspec.Meta(ge=0)]


class _Wire(Struct, frozen=True, omit_defaults=True, gc=False):
    """JSON of a compound record. Each territory and each move stands there once, most entries share them; an entry is a
    sequence, the index of its territory and the index of its move, in three columns by source."""

    g: str
    where: list[str] = []
    what: list[Raw] = []
    by_source: dict[str, tuple[list[int], list[_Index], list[_Index]]] = {}
    content: Content | None = None


_DECODER: Final = msgspec.json.Decoder(_Wire)
_MOVES: Final = MoveReader()


def encode(record: CompoundRecord) -> bytes:
    """JSON bytes of a compound record."""
    territories: dict[str, None] = {}
    moves: dict[Move, None] = {}
    for entries in record.e.values():
        territories |= dict.fromkeys(entries.territories)
        moves |= dict.fromkeys(entries.moves)
    territory_at = dict(zip(territories, count(), strict=False)).__getitem__
    move_at = dict(zip(moves, count(), strict=False)).__getitem__
    by_source = {
        source: (entries.sequences, list(map(territory_at, entries.territories)), list(map(move_at, entries.moves)))
        for source, entries in record.e.items()
    }
    return _ENCODE(_Wire(record.g, list(territories), [move.encoded for move in moves], by_source, record.content))


def decode(value: bytes | None) -> CompoundRecord:
    """The compound record, wholly validated. Raises CompoundInvalid."""
    if value is None:
        raise CompoundInvalid("no value")
    try:
        wire = _DECODER.decode(value)
        territory_at = wire.where.__getitem__
        move_at = list(map(_MOVES.read, wire.what)).__getitem__
        by_source = {
            source: Entries(sequences, list(map(territory_at, territories)), list(map(move_at, moves)))
            for source, (sequences, territories, moves) in wire.by_source.items()
        }
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CompoundInvalid(f"not a compound record: {error}") from error
    except IndexError as error:
        raise CompoundInvalid("columns that do not fit: an index beyond its list") from error
    for source, entries in by_source.items():
        if not len(entries.sequences) == len(entries.territories) == len(entries.moves):
            raise CompoundInvalid(f"columns that do not fit: those of {source} differ in length")
        # The guard takes a part of them by their order.
        if entries.sequences != sorted(entries.sequences):
            raise CompoundInvalid(f"sequences of {source} that do not grow")
    return CompoundRecord(wire.g, by_source, wire.content)


def bucket_of(place: str, buckets: int) -> int:
    """Bucket of a place: stable on every machine and in every process. Everything below a territory is in its bucket, so
    that an event that counts in both is one entry and one write."""
    return zlib.crc32(territory_of(place).encode()) % buckets


def partition_of(bucket: int, partitions: int) -> int:
    """Partition of scoring.deltas, and of the table's changelog, that carries a bucket."""
    return bucket % partitions


def apply_entries(sequences: dict[str, int], places: dict[str, Counters], by_source: Mapping[str, Entries]) -> set[str]:
    """Adds the entries beyond the guard of their source, in place. Returns the places that changed.

    Sums do not depend on their order. So what grows by little, nearly all there is, is gathered by place and counted at
    once; the rest is added as it comes.
    """
    plain: defaultdict[str, list[str]] = defaultdict(list)
    changed: set[str] = set()
    for source, entries in by_source.items():
        new = entries.beyond(sequences.get(source, -1))
        if not new:
            continue
        for territory, move in zip(new.territories, new.moves, strict=True):
            for suffix, growing in move.plain:
                plain[territory + suffix].extend(growing)
            if move.other:
                for suffix, amounts in move.other:
                    place = territory + suffix
                    add_into(places.setdefault(place, {}), amounts)
                    changed.add(place)
        sequences[source] = new.sequences[-1]
    for place, names in plain.items():
        add_into(places.setdefault(place, {}), Counter(names))
    changed.update(plain)
    return changed


def counts_as(state: BucketState, digest: str) -> bool:
    """Whether a state was counted by these rules over these topics."""
    return state["g"].startswith(f"{digest}-")


def replaced(record: CompoundRecord, position: int, former: BucketState | None) -> tuple[BucketState, set[str]]:
    """The state that a record with a whole content makes, and the territories to publish: its own and the former's."""
    if record.content is None:
        raise ValueError("the record has no content")
    state: BucketState = {
        "g": record.g,
        "p": position,
        "s": dict(record.content.sequences),
        "t": {territory: dict(counters) for territory, counters in record.content.territories.items()},
    }
    return state, set(state["t"]) | (set(former["t"]) if former else set())


def split(content: Content, territories: Iterable[str], buckets: int) -> list[Content]:
    """The content by bucket. Each bucket gets all sequences, and an entry for each of its `territories`, also the
    empty ones: a whole content replaces everything that was said about them before."""
    parts: list[dict[str, Counters]] = [{} for _ in range(buckets)]
    for territory in territories:
        parts[bucket_of(territory, buckets)][territory] = {}
    for territory, counters in content.territories.items():
        parts[bucket_of(territory, buckets)][territory] = counters
    return [Content(part, content.sequences) for part in parts]


def merged(states: Iterable[BucketState]) -> dict[str, Counters]:
    """Counters by territory of many buckets, without the empty ones."""
    return without_empty({territory: counters for state in states for territory, counters in state["t"].items()})


def without_empty(territories: Mapping[str, Counters]) -> dict[str, Counters]:
    """The territories that count something."""
    return {territory: counters for territory, counters in territories.items() if counters}
