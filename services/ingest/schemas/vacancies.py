"""Bodies that landlords, feeds and territories send. Everything optional is unknown when absent, never 0."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.events import CommitmentStatus, Contract, Dpe, Financing, LandlordKind, Tenure, Typology
from shared.geography import geography
from shared.occupations import occupations
from shared.programmes import Programme

# The global ids' prefixes: a reference of one's own may not look like one.
RESERVED_PREFIXES = ("vac_", "off_")
Reference = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$")]


def _known_commune(code: str) -> str:
    if geography().commune(code) is None:
        raise PydanticCustomError(
            "unknown_commune", "Commune inconnue : {code}.", {"code": code, "remedy": geography().suggest(code)}
        )
    return code


def _known_occupation(code: str) -> str:
    if not occupations().known(code):
        raise PydanticCustomError(
            "unknown_rome", "Code ROME inconnu : {code}.", {"code": code, "remedy": occupations().suggest(code)}
        )
    return code


Commune = Annotated[str, Field(pattern=r"^(\d{2}|2[AB])\d{3}$", examples=["15014"]), AfterValidator(_known_commune)]
Rome = Annotated[str, Field(pattern=r"^[A-N]\d{4}$", examples=["F1703"]), AfterValidator(_known_occupation)]
Money = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    observed_at: AwareDatetime | None = Field(
        None, description="Instant de l'observation ; à défaut, celui de la réception."
    )

    def content(self) -> dict[str, Any]:
        """JSON-ready content, without the observation time and without unknowns."""
        return self.model_dump(mode="json", exclude={"observed_at", "reference"}, exclude_none=True)


class VacancyBody(_Body):
    """A vacant dwelling that its landlord offers."""

    commune: Commune
    typology: Typology
    surface_m2: float = Field(gt=0, le=1000, allow_inf_nan=False)
    rent_eur_per_month: Money
    available_from: date
    available_until: date | None = None
    charges_eur_per_month: Money | None = None
    accessible: bool | None = None
    floor: int | None = Field(None, ge=-3, le=60)
    lift: bool | None = None
    dpe: Dpe | None = None
    financing: Financing | None = None
    tenure: Tenure | None = None
    landlord_kind: LandlordKind | None = None
    rpls_id: str | None = Field(None, pattern=r"^[0-9A-Z]{10}$")

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.available_until is not None and self.available_until < self.available_from:
            raise PydanticCustomError(
                "window", "available_until précède available_from.", {"remedy": "available_until >= available_from"}
            )
        return self


class OfferSourceBody(BaseModel):
    """Where the offer comes from; shown wherever the offer is."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    licence: str | None = Field(None, max_length=200)
    updated_at: AwareDatetime | None = None
    url: str | None = Field(None, max_length=500, pattern=r"^https?://")


class OfferBody(_Body):
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


class VacancyLine(VacancyBody):
    """A line of a bulk file: the body and its reference."""

    reference: Reference


class OfferLine(OfferBody):
    """A line of a bulk file: the body and its reference."""

    reference: Reference


class CommitmentBody(BaseModel):
    """What a territory commits to in one programme."""

    model_config = ConfigDict(extra="forbid")

    programme: Programme
    status: CommitmentStatus = CommitmentStatus.OPEN
    capacity_households: int | None = Field(None, ge=0, le=100_000)
    needs_rome: list[Rome] = Field(default_factory=list, max_length=200)
    needs_typologies: list[Typology] = Field(default_factory=list, max_length=6)
    valid_from: date | None = None
    valid_until: date | None = None


class TerritoryBody(BaseModel):
    """All commitments of a territory: what is absent is withdrawn."""

    model_config = ConfigDict(extra="forbid")

    commitments: list[CommitmentBody] = Field(max_length=20)
    observed_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        names = [item.programme for item in self.commitments]
        if len(set(names)) != len(names):
            raise PydanticCustomError(
                "programme_twice", "Un programme figure deux fois.", {"remedy": "1 programme = 1 ligne"}
            )
        return self


class Upserted(BaseModel):
    """Answer to a PUT or a DELETE."""

    id: str
    version: int
    result: Literal["created", "updated", "unchanged", "withdrawn"]
    superseded: bool = Field(False, description="Une observation plus récente était déjà appliquée : rien n'a changé.")
