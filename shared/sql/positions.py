"""Consumed positions: a consumer's place and sequence guard, kept in the transaction of the effect."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Position:
    """`next_offset` says where to resume; `sequence` is the last one applied, and alone says what counts."""

    next_offset: int
    sequence: int
    consumed_at: datetime


def load(connection: Connection, consumer: str) -> dict[tuple[str, int], Position]:
    """Positions of a consumer by (topic, partition)."""
    rows = connection.execute(
        text(
            "SELECT topic, partition, next_offset, sequence, consumed_at FROM consumed_position WHERE consumer = :consumer"
        ),
        {"consumer": consumer},
    )
    return {(row.topic, row.partition): Position(row.next_offset, row.sequence, row.consumed_at) for row in rows}


def store(connection: Connection, consumer: str, positions: dict[tuple[str, int], Position]) -> None:
    """Writes positions; an older sequence never replaces a newer one."""
    for (topic, partition), position in sorted(positions.items()):
        connection.execute(
            text(
                "INSERT INTO consumed_position (consumer, topic, partition, next_offset, sequence, consumed_at)"
                " VALUES (:consumer, :topic, :partition, :next_offset, :sequence, :consumed_at)"
                " ON CONFLICT (consumer, topic, partition) DO UPDATE SET next_offset = excluded.next_offset,"
                " sequence = excluded.sequence, consumed_at = excluded.consumed_at"
                " WHERE consumed_position.sequence <= excluded.sequence"
            ),
            {
                "consumer": consumer,
                "topic": topic,
                "partition": partition,
                "next_offset": position.next_offset,
                "sequence": position.sequence,
                "consumed_at": position.consumed_at,
            },
        )
