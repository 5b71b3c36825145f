"""Dead letters: a record that a consumer cannot handle, as received, with the reason and where it came from."""

from dataclasses import dataclass
from typing import Final

from shared.clock import isoformat, utc_now
from shared.topics import dlq

MAX_VALUE_BYTES: Final = 900_000


@dataclass(frozen=True)
class Source:
    """Position of a record."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}-{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "Source":
        """Reads what `str` wrote; topics may contain dashes."""
        topic, partition, offset = text.rsplit("-", 2)
        return cls(topic, int(partition), int(offset))


@dataclass(frozen=True)
class DeadLetter:
    """What goes to `<topic>.dlq`."""

    source: Source
    consumer: str
    reason: str
    key: bytes | None
    value: bytes | None

    @property
    def topic(self) -> str:
        return dlq(self.source.topic)

    def headers(self) -> list[tuple[str, bytes]]:
        """Record headers, all UTF-8."""
        return [
            ("source", str(self.source).encode()),
            ("consumer", self.consumer.encode()),
            ("reason", self.reason[:500].encode()),
            ("refused_at", isoformat(utc_now()).encode()),
        ]

    def body(self) -> bytes | None:
        """The value as received, cut at a size the broker surely takes."""
        return None if self.value is None else self.value[:MAX_VALUE_BYTES]
