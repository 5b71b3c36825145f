"""When a record can be read: a reader that stands at the end of the topic and counts what arrives."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Consumer, TopicPartition

from shared.topics import VACANCIES


class Arrivals:
    """Counts records of `vacancies` that come after it was made."""

    def __init__(self, kafka: str) -> None:
        self._consumer = Consumer(
            {"bootstrap.servers": kafka, "group.id": "benchmark", "enable.auto.commit": False, "fetch.wait.max.ms": 20}
        )
        known = self._consumer.list_topics(VACANCIES, timeout=20).topics[VACANCIES].partitions
        self._consumer.assign(
            [
                TopicPartition(
                    VACANCIES,
                    number,
                    self._consumer.get_watermark_offsets(TopicPartition(VACANCIES, number), timeout=20)[1],
                )
                for number in known
            ]
        )
        self._consumer.consume(1, timeout=0.2)

    def wait_for(self, number: int, seconds: float = 300.0) -> float:
        """Returns the moment (perf_counter) at which that many had been read. Raises TimeoutError."""
        give_up, seen = time.perf_counter() + seconds, 0
        while seen < number:
            messages = self._consumer.consume(5_000, timeout=0.1)
            seen += sum(1 for message in messages if message.error() is None and message.value() is not None)
            if time.perf_counter() > give_up:
                raise TimeoutError(f"{seen} of {number} records could be read")
        return time.perf_counter()

    def close(self) -> None:
        """Leaves the topic."""
        self._consumer.close()


@contextmanager
def arrivals(kafka: str) -> Iterator[Arrivals]:
    """A counter from the present end of the topic."""
    counter = Arrivals(kafka)
    try:
        yield counter
    finally:
        counter.close()
