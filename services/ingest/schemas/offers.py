"""Bodies of job offers."""

from datetime import date
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.ingest.schemas.fields import Commune, Money, Publication, Reference, Rome
from shared.events import Contract
from shared.offer_origins import canonical_url
from shared.web.written_forms import WEB_ADDRESS


class OfferSourceBody(BaseModel):
    """Where the offer comes from; shown wherever the offer is."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    licence: str | None = Field(None, max_length=200)
    updated_at: AwareDatetime | None = None
    url: str | None = Field(None, max_length=500, pattern=WEB_ADDRESS.pattern)


class OfferOriginBody(BaseModel):
    """The one offer behind several publications: feeds that state the same origin publish the same offer, and one counts.

    The address of the partner's own page comes first; else the partner's name and its own reference.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    partner: str | None = Field(None, min_length=1, max_length=100, description="Nom du partenaire d'origine")
    reference: str | None = Field(None, min_length=1, max_length=100, description="Référence du partenaire d'origine")
    url: str | None = Field(None, max_length=500, pattern=WEB_ADDRESS.pattern, description="Page de l'offre chez lui")
    direct: bool = Field(False, description="Vous êtes ce partenaire : votre publication compte en premier")

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.url is None and (self.partner is None or self.reference is None):
            raise PydanticCustomError(
                "origin",
                "Une origine se dit par url, ou par partner et reference.",
                {"remedy": "url | partner + reference"},
            )
        if self.url is not None:
            try:
                canonical_url(self.url)
            except ValueError as error:
                raise PydanticCustomError("origin_url", "Adresse illisible.", {"remedy": "https://…"}) from error
        return self


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
    origin: OfferOriginBody | None = None


class OfferLine(OfferBody):
    """A line of a bulk file: the body and its reference."""

    reference: Reference
