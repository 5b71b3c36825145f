"""Generations: which counting rules and which topics a state belongs to.

A generation reads "<digest>-<epoch>". The digest names everything that a counter depends on; the epoch is the ULID of
the rebuild that made the state, so epochs sort by time. Records, tables and Redis keys carry it; a reader of another
digest refuses, and a later epoch replaces an earlier one.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_DIGEST_LENGTH: Final = 12
REMEDY: Final = "ancrage scoring rebuild"


class GenerationRefused(RuntimeError):
    """The state belongs to other counting rules or other topics; the message says the remedy."""

    def __init__(self, found: "Generation", own_digest: str) -> None:
        super().__init__(
            f"counters are of generation {found}, this process counts as {own_digest}: the geography, the counters, "
            f"the buckets or the topics changed since; remedy: {REMEDY}"
        )


@dataclass(frozen=True)
class Generation:
    """A digest and the epoch of a rebuild."""

    digest: str
    epoch: str

    def __str__(self) -> str:
        return f"{self.digest}-{self.epoch}"

    @classmethod
    def parse(cls, text: str) -> "Generation":
        """Reads what `str` wrote. Raises ValueError."""
        digest, dash, epoch = text.partition("-")
        if not (digest and dash and epoch):
            raise ValueError(f"{text!r} is not a generation")
        return cls(digest, epoch)

    def replaces(self, other: "Generation") -> bool:
        """Whether a state of this generation takes the place of one of `other`."""
        return self.epoch > other.epoch


def digest_of(
    *,
    geography_version: str,
    zoning: str,
    counters_version: int,
    format_version: int,
    buckets: int,
    partitions: Mapping[str, int],
    topic_ids: Mapping[str, str],
) -> str:
    """Digest of what counters depend on. Partitions and ids are by topic name; a recreated topic has another id."""
    lines = [f"geography {geography_version}", f"zoning {zoning}", f"counters {counters_version}", f"buckets {buckets}"]
    lines.append(f"format {format_version}")
    lines += [f"topic {name} {partitions[name]} {topic_ids[name]}" for name in sorted(topic_ids)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:_DIGEST_LENGTH]
