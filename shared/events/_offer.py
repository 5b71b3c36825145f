"""A job offer: a lead, not a reservation. No free text enters the log (reuse licence of the sources)."""

from enum import StrEnum

from msgspec import Struct


class Contract(StrEnum):
    """Contract kinds, as France Travail codes them (subset that can start a placement, others as `other`)."""

    CDI = "CDI"
    CDD = "CDD"
    MIS = "MIS"
    SAI = "SAI"
    CDDI = "DDI"
    OTHER = "other"


class OfferStatus(StrEnum):
    """`open` counts. The clock turns a passed expiry into an ordinary event."""

    OPEN = "open"
    EXPIRED = "expired"


class OfferSource(Struct, frozen=True, omit_defaults=True):
    """Where an offer comes from; travels with it to every screen and export."""

    name: str
    licence: str | None = None
    updated_at: str | None = None
    url: str | None = None


class Offer(Struct, frozen=True, omit_defaults=True):
    """State of an offer. None = unknown. Openings unknown: counts as an offer, not as openings, and gives one lead."""

    id: str
    feed: str  # organisation id of the feed
    reference: str
    status: OfferStatus
    rome: str
    contract: Contract
    source: OfferSource
    observed_at: str
    commune: str | None = None
    openings: int | None = None
    duration_months: float | None = None
    wage_eur_per_month: float | None = None
    part_time: bool | None = None
    licence_required: bool | None = None
    published_at: str | None = None
    expires_at: str | None = None
