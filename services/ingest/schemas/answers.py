"""What the API answers to a publication or a withdrawal."""

from typing import Literal

from pydantic import BaseModel, Field


class Notice(BaseModel):
    """Something that was accepted in another form than it was given: nothing to send again, but to mend at the source."""

    field: str
    given: str
    used: str
    message: str


class Upserted(BaseModel):
    """Answer to PUT, PATCH, DELETE and :confirm."""

    id: str
    version: int
    result: Literal["created", "updated", "unchanged", "withdrawn"]
    superseded: bool = Field(False, description="Une observation plus récente était déjà appliquée : rien n'a changé.")
    notices: list[Notice] = Field(
        default_factory=list, description="Ce qui a été accepté sous une autre forme : un ancien code de commune."
    )
