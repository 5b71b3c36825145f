"""What the API shows, for its description: what was published, and what is known beside it."""

from enum import StrEnum
from typing import Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.ingest.schemas.offers import OfferBody, OfferSourceBody
from services.ingest.schemas.vacancies import VacancyBody
from shared.events import OfferStatus, VacancyStatus
from shared.withdrawals import OfferWithdrawal, VacancyWithdrawal

V = TypeVar("V", bound=BaseModel)


class CommitmentState(StrEnum):
    """How far matching says that a vacancy is taken; UNKNOWN where it did not answer in time."""

    FREE = "free"
    COMMITTED = "committed"
    HELD = "held"
    LET = "let"
    UNKNOWN = "unknown"


class CommitmentView(BaseModel):
    """How far a vacancy is taken. `until`: last instant of a hold. Neither is there for a home that is free or unknown."""

    state: CommitmentState
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class _Shown(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: str
    reference: str
    version: int
    observed_at: AwareDatetime = Field(description="Observation de la dernière version.")
    changed_at: AwareDatetime = Field(description="Enregistrement de la dernière version.")
    confirmed_at: AwareDatetime
    confirmed_by: str | None = Field(None, description="Personne ou clé ; pour son bailleur ou son flux seulement.")
    territory: str | None = None
    withdrawn_at: AwareDatetime | None = None
    opened_at: AwareDatetime | None = Field(None, description="D'un épisode : son début.")
    current: bool | None = Field(None, description="D'un épisode : s'il est le plus récent de sa référence.")


class VacancyView(_Shown, VacancyBody):
    """A vacancy. `address` is shown to its landlord only."""

    model_config = ConfigDict(extra="allow")

    landlord: str
    status: VacancyStatus
    withdrawn_reason: VacancyWithdrawal | None = None
    confirm_before: AwareDatetime | None = Field(None, description="Sans confirmation avant, à confirmer de nouveau.")
    commitment: CommitmentView | None = Field(None, description="Absent avec commitment=false et pour un retiré.")


class OfferView(_Shown, OfferBody):
    """An offer; its source goes wherever it is shown."""

    model_config = ConfigDict(extra="allow")

    feed: str
    status: OfferStatus
    withdrawn_reason: OfferWithdrawal | None = None
    source: OfferSourceBody


class PageView(BaseModel, Generic[V]):
    """A page of a list; `next` is the cursor of the following one, null on the last."""

    items: list[V]
    next: str | None
