"""What the API answers to a publication or a withdrawal."""

from typing import Literal

from pydantic import BaseModel, Field


class Upserted(BaseModel):
    """Answer to PUT, PATCH, DELETE and :confirm."""

    id: str
    version: int
    result: Literal["created", "updated", "unchanged", "withdrawn"]
    superseded: bool = Field(False, description="Une observation plus récente était déjà appliquée : rien n'a changé.")
