"""Bodies of the commitments of host territories."""

from datetime import date
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.ingest.schemas.fields import Rome
from shared.events import CommitmentStatus, Typology
from shared.programmes import Programme


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
