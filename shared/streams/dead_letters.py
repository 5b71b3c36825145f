"""Dead letters: a record that a consumer cannot handle, as received, with the reason and where it came from."""

import re
from dataclasses import dataclass
from typing import Final

from shared.clock import isoformat, utc_now
from shared.topics import dlq

MAX_VALUE_BYTES: Final = 900_000
_SOURCE: Final = re.compile(r"(.+)-([0-9]+)-([0-9]+)")


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
        """Reads what `str` wrote; topics may contain dashes. Raises ValueError for anything else."""
        parts = _SOURCE.fullmatch(text)
        if parts is None:
            raise ValueError(f"{text!r} is no source: expected TOPIC-PARTITION-OFFSET")
        return cls(parts[1], int(parts[2]), int(parts[3]))


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
