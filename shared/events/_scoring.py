"""What scoring publishes: counters and scores of territories."""

from msgspec import Struct


class TerritoryCounters(Struct, frozen=True):
    """All counters of one territory in one generation. `position` grows with each change of its bucket.

    With `code` "<territory>/<letter>" they are its open offers by occupation of that letter of the ROME: by code the offers
    ("F1703"), the openings beyond one an offer ("F1703+") and how many of the offers are durable ("F1703d").
    """

    code: str
    generation: str
    position: int
    counters: dict[str, int]


class Contribution(Struct, frozen=True, gc=False):
    """What one indicator brings: raw value (None = unknown), rank 0..1 in the frozen reference, weight in its block, and how
    much of that weight the age of its figures leaves (1 = all)."""

    indicator: str
    block: str
    value: float | None
    rank: float | None
    weight: float
    unit: str
    flags: tuple[str, ...] = ()
    freshness: float = 1.0


class TerritoryScore(Struct, frozen=True):
    """Score 0..100 of a territory (None = nothing known), its class 1..5, and what it is made of."""

    code: str
    generation: str
    position: int
    score: float | None
    score_class: int | None
    coverage: float
    blocks: dict[str, float | None]
    contributions: tuple[Contribution, ...]
    counters: dict[str, int]
    as_of: str
    reference_version: str
