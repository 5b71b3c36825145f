"""A host territory's commitment in a programme."""

from enum import StrEnum

from msgspec import Struct


class CommitmentStatus(StrEnum):
    """Whether a territory takes households now."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class Commitment(Struct, frozen=True, omit_defaults=True):
    """`code` is an EPCI (9 digits) or a département; capacity in households at one time, None = not stated."""

    programme: str
    code: str
    status: CommitmentStatus
    organisation: str
    observed_at: str
    capacity_households: int | None = None
    needs_rome: tuple[str, ...] = ()
    needs_typologies: tuple[str, ...] = ()
    valid_from: str | None = None
    valid_until: str | None = None
