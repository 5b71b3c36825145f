"""Rewinding a SQL consumer: its offsets go back to the start of the logs, its sequence guards stay.

A withdrawal older than the topics' `delete.retention.ms` (7 days) is no longer in the log: what it withdrew is found
out when matching asks ingest before a decision.
"""

from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import text

from shared.clock import utc_now
from shared.settings import Settings
from shared.sql import positions
from shared.sql.engine import service_engine
from shared.sql.positions import Position


class ConsumerRuns(RuntimeError):
    """The consumer holds its lock: it is running."""


def rewind(settings: Settings, consumer: str, service: str) -> int:
    """Moves every known position of `consumer` to its log's start. Returns how many. Raises ConsumerRuns."""
    engine = service_engine(settings, service, pool=1)
    try:
        with engine.begin() as connection:
            free = connection.execute(
                text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": consumer}
            ).scalar_one()
            if not free:
                raise ConsumerRuns(consumer)
            known = positions.load(connection, consumer)
            starts = _starts(settings.kafka_bootstrap, sorted(known))
            now = utc_now()
            positions.store(
                connection,
                consumer,
                {place: Position(starts[place], position.sequence, now) for place, position in known.items()},
                known=known,
            )
        return len(known)
    finally:
        engine.dispose()


def _starts(kafka: str, places: list[tuple[str, int]]) -> dict[tuple[str, int], int]:
    reader = KafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    try:
        found = reader.beginning_offsets([TopicPartition(topic, number) for topic, number in places])
        return {(partition.topic, partition.partition): int(offset) for partition, offset in found.items()}
    finally:
        reader.close()
