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
    """What dates make of an offer. The clock turns a passed expiry into an ordinary event."""

    OPEN = "open"
    EXPIRED = "expired"


class OfferSource(Struct, frozen=True, omit_defaults=True, gc=False):
    """Where an offer comes from; travels with it to every screen and export."""

    name: str
    licence: str | None = None
    updated_at: str | None = None
    url: str | None = None


class OfferOrigin(Struct, frozen=True, omit_defaults=True, gc=False):
    """The one offer that several feeds may publish: the partner's own reference, or the address of its own page.

    `direct`: the feed is that partner itself, not one who publishes it again.
    """

    partner: str | None = None
    reference: str | None = None
    url: str | None = None
    direct: bool = False


class Offer(Struct, frozen=True, omit_defaults=True, gc=False):
    """State of an offer. None = unknown. Openings unknown: counts as an offer, not as openings, and gives one lead.

    `duplicate_of`: the id of the same offer by another feed, which counts in its place.
    """

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
    origin: OfferOrigin | None = None
    duplicate_of: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it is open, and not the same as one that counts already."""
        return self.duplicate_of is None and self.status is OfferStatus.OPEN
