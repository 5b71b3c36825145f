"""What an input does to what is known: the order of inputs, episodes, versions. Pure.

Two inputs on one entity are ordered by (observed_at, digest of the content), so late, repeated and reordered inputs end in
the same state. A withdrawal is an input; a newer input after it opens a new episode with its own id.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

MAX_AHEAD: Final = timedelta(minutes=5)
TICK: Final = timedelta(microseconds=1)


class Outcome(StrEnum):
    """End of an input. CREATED also stands for a new episode."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"  # same content, perhaps confirmed later
    SUPERSEDED = "superseded"  # an input observed later is already applied
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"  # a withdrawal of what was never published


@dataclass(frozen=True)
class Known:
    """The newest episode of an entity as stored."""

    observed_at: datetime
    digest: bytes
    withdrawn: bool


def content_digest(encoded: bytes) -> bytes:
    """Digest of an entity's content in canonical encoding, without id, version and observation time."""
    return hashlib.sha256(encoded).digest()


def observation(given: datetime | None, now: datetime, known: Known | None) -> datetime:
    """When the input was observed: as given, else now, and then always later than what is known."""
    if given is not None:
        return given
    return max(now, known.observed_at + TICK) if known else now


def too_far_ahead(observed_at: datetime, now: datetime) -> bool:
    """Whether an observation claims to come from the future (beyond 5 minutes of clock difference)."""
    return observed_at > now + MAX_AHEAD


def on_put(known: Known | None, observed_at: datetime, digest: bytes) -> Outcome:
    """What publishing this content does."""
    if known is None:
        return Outcome.CREATED
    if known.withdrawn:
        return Outcome.CREATED if observed_at > known.observed_at else Outcome.SUPERSEDED
    if digest == known.digest:
        return Outcome.UNCHANGED
    return Outcome.UPDATED if (observed_at, digest) > (known.observed_at, known.digest) else Outcome.SUPERSEDED


def on_withdrawal(known: Known | None, observed_at: datetime) -> Outcome:
    """What withdrawing does. At the same instant as a publication, the withdrawal wins."""
    if known is None:
        return Outcome.UNKNOWN
    if known.withdrawn:
        return Outcome.UNCHANGED
    return Outcome.WITHDRAWN if observed_at >= known.observed_at else Outcome.SUPERSEDED
