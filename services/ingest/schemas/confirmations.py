"""Bodies of confirmations: "still vacant"."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.ingest.core.confirmations import Confirmation
from services.ingest.schemas.fields import ShownInstant
from shared.events import VacancyStatus


class ConfirmationBody(BaseModel):
    """When it was seen that the vacancy stands."""

    model_config = ConfigDict(extra="forbid")

    observed_at: AwareDatetime | None = Field(
        None, description="Instant de l'observation ; à défaut, celui de la réception."
    )


class SelectionBody(ConfirmationBody):
    """Several vacancies that stand, by own reference or by global id."""

    references: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(min_length=1, max_length=500)


class ConfirmationEnd(BaseModel):
    """What became of one."""

    reference: str
    result: Confirmation
    id: str | None = None
    version: int | None = None
    status: VacancyStatus | None = None
    confirmed_at: ShownInstant | None = None


class SelectionEnds(BaseModel):
    """What became of each, in the order given."""

    items: list[ConfirmationEnd]
