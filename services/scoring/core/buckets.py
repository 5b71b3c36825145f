"""Buckets: the unit of the exact state. A bucket holds the counters of its territories and what it has applied.

A compound record carries the entries of one poll for one bucket, by source (topic and partition). An entry counts only if
its sequence is beyond the last one that the bucket applied from that source, so a record may come twice, late or again
under another offset and the integers stay the same.
"""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, TypedDict

import msgspec
from msgspec import Struct

from services.scoring.core.counters import Counters, add_into

Entry = tuple[int, str, Counters]
_ENCODE: Final = msgspec.json.Encoder().encode


class Content(Struct, frozen=True):
    """Counters by territory, and by source the last sequence they contain."""

    territories: dict[str, Counters]
    sequences: dict[str, int]


@dataclass(frozen=True, slots=True)
class CompoundRecord:
    """What a `scoring.deltas` record says: entries to add, or a whole content that replaces what there is, or neither
    (a tick, which only moves the position). The entries of a source grow in sequence and each event is there once; those
    of one event always stand in one record. Entries may share their counters: nobody changes them."""

    g: str  # generation
    e: dict[str, list[Entry]] = field(default_factory=dict)  # by source, "<topic>-<partition>"
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


# Part of the generation: raise it with any change of `_Wire`. A worker that knows another format sees another digest, and
# refuses before it would read entries: keep `g` and `content`, give everything else new names.
FORMAT_VERSION: Final = 2
_Index = Annotated[int, msgspec.Meta(ge=0)]


class _Wire(Struct, frozen=True, omit_defaults=True, gc=False):
    """JSON of a compound record. Each place and each set of counters stands there once, most entries share them; an entry is
    a sequence, the index of its place and the index of its counters, in three columns by source."""

    g: str
    places: list[str] = []
    moves: list[Counters] = []
    columns: dict[str, tuple[list[int], list[_Index], list[_Index]]] = {}
    content: Content | None = None


_DECODER: Final = msgspec.json.Decoder(_Wire)


def encode(record: CompoundRecord) -> bytes:
    """JSON bytes of a compound record."""
    place_index: dict[str, int] = {}
    move_index: dict[int, int] = {}  # by identity: equal counters that are two objects stand there twice
    moves: list[Counters] = []
    columns = {}
    for source, entries in record.e.items():
        sequences, names, counters = zip(*entries, strict=True)
        for name in dict.fromkeys(names):
            place_index.setdefault(name, len(place_index))
        identities = list(map(id, counters))
        for identity, counted in dict(zip(identities, counters, strict=True)).items():
            if identity not in move_index:
                move_index[identity] = len(moves)
                moves.append(counted)
        columns[source] = (
            list(sequences),
            list(map(place_index.__getitem__, names)),
            list(map(move_index.__getitem__, identities)),
        )
    return _ENCODE(_Wire(record.g, list(place_index), moves, columns, record.content))


def decode(value: bytes | None) -> CompoundRecord:
    """The compound record, wholly validated. Raises CompoundInvalid."""
    if value is None:
        raise CompoundInvalid("no value")
    try:
        wire = _DECODER.decode(value)
        entries = {
            source: list(
                zip(
                    sequences,
                    map(wire.places.__getitem__, places),
                    map(wire.moves.__getitem__, moves),
                    strict=True,
                )
            )
            for source, (sequences, places, moves) in wire.columns.items()
        }
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CompoundInvalid(f"not a compound record: {error}") from error
    except (IndexError, ValueError) as error:
        raise CompoundInvalid(f"columns that do not fit: {error}") from error
    return CompoundRecord(wire.g, entries, wire.content)


def bucket_of(territory: str, buckets: int) -> int:
    """Bucket of a territory: stable on every machine and in every process."""
    return zlib.crc32(territory.encode()) % buckets


def partition_of(bucket: int, partitions: int) -> int:
    """Partition of scoring.deltas, and of the table's changelog, that carries a bucket."""
    return bucket % partitions


def apply_entries(
    sequences: dict[str, int], territories: dict[str, Counters], source: str, entries: Iterable[Entry]
) -> set[str]:
    """Adds the entries of one source beyond its guard, in place. Returns the territories that changed."""
    last = sequences.get(source, -1)
    reached = last
    changed = set()
    for sequence, territory, delta in entries:
        if sequence <= last:
            continue
        counters = territories.get(territory)
        if counters is None:
            counters = territories[territory] = {}
        add_into(counters, delta)
        changed.add(territory)
        reached = max(reached, sequence)
    if reached > last:
        sequences[source] = reached
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
