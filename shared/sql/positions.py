"""Consumed positions: a consumer's place and sequence guard, kept in the transaction of the effect."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Position:
    """`next_offset` says where to resume; `sequence` is the last one applied, and alone says what counts."""

    next_offset: int
    sequence: int
    consumed_at: datetime


Positions = dict[tuple[str, int], Position]


class Moved(RuntimeError):
    """Positions are not those that the consumer knows: another copy has gone on from them."""


def load(connection: Connection, consumer: str) -> Positions:
    """Positions of a consumer by (topic, partition)."""
    rows = connection.execute(
        text(
            "SELECT topic, partition, next_offset, sequence, consumed_at FROM consumed_position WHERE consumer = :consumer"
        ),
        {"consumer": consumer},
    )
    return {(row.topic, row.partition): Position(row.next_offset, row.sequence, row.consumed_at) for row in rows}


def store(
    connection: Connection, consumer: str, positions: Positions, *, known: Mapping[tuple[str, int], Position]
) -> None:
    """Writes positions beyond `known`, those that this consumer read or wrote last. Raises Moved where another has written
    since: what this transaction holds, the other has done. An older sequence never replaces a newer one."""
    for (topic, partition), position in sorted(positions.items()):
        before = known.get((topic, partition))
        written = connection.execute(
            _STORE,
            {
                "consumer": consumer,
                "topic": topic,
                "partition": partition,
                "next_offset": position.next_offset,
                "sequence": position.sequence,
                "consumed_at": position.consumed_at,
                "before_offset": before.next_offset if before else None,
                "before_sequence": before.sequence if before else None,
            },
        )
        if written.one_or_none() is None:
            raise Moved(f"{consumer}: {topic}-{partition} is no longer where it was left, at {before}")


# For a place that was never written, no row matches: an insert alone can write it.
_STORE: Final = text(
    "INSERT INTO consumed_position AS p (consumer, topic, partition, next_offset, sequence, consumed_at)"
    " VALUES (:consumer, :topic, :partition, :next_offset, :sequence, :consumed_at)"
    " ON CONFLICT (consumer, topic, partition) DO UPDATE SET next_offset = excluded.next_offset,"
    " sequence = excluded.sequence, consumed_at = excluded.consumed_at"
    " WHERE p.sequence <= excluded.sequence AND p.next_offset = CAST(:before_offset AS bigint)"
    " AND p.sequence = CAST(:before_sequence AS bigint) RETURNING partition"
)
