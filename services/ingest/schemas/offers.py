"""Bodies of job offers."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.ingest.schemas.fields import Commune, Money, Publication, Reference, Rome
from shared.events import Contract


class OfferSourceBody(BaseModel):
    """Where the offer comes from; shown wherever the offer is."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    licence: str | None = Field(None, max_length=200)
    updated_at: AwareDatetime | None = None
    url: str | None = Field(None, max_length=500, pattern=r"^https?://")


class OfferBody(Publication):
    """A job offer. No text: only what a lead needs."""

    rome: Rome
    contract: Contract
    commune: Commune | None = None
    openings: int | None = Field(None, ge=1, le=10_000)
    duration_months: float | None = Field(None, gt=0, le=120, allow_inf_nan=False)
    wage_eur_per_month: Money | None = None
    part_time: bool | None = None
    licence_required: bool | None = None
    published_at: AwareDatetime | None = None
    expires_at: date | None = None
    source: OfferSourceBody | None = None


class OfferLine(OfferBody):
    """A line of a bulk file: the body and its reference."""

    reference: Reference
