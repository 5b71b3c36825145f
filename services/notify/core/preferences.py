"""What a person wants to be told: validated here, kept as one JSON document per actor."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from services.notify.core.event_types import EVENT_TYPES, expand, unknown


class Preferences(BaseModel):
    """`muted_types`: globs of event types that the live stream leaves out. `daily_maximum`: alerts a day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    muted_types: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=60)], ...], Field(max_length=50)] = ()
    daily_maximum: Annotated[int, Field(ge=0, le=100)] = 5

    @field_validator("muted_types")
    @classmethod
    def _known(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return known_types(patterns)

    @property
    def muted(self) -> frozenset[str]:
        return expand(self.muted_types)


def known_types(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The patterns without repetition. Raises a validation error, with the remedy, for one that names no type."""
    strangers = unknown(patterns)
    if strangers:
        raise PydanticCustomError(
            "unknown_type",
            "Type d'événement inconnu : {patterns}.",
            {
                "patterns": ", ".join(strangers),
                "remedy": "placement.*, vacancy.*, " + ", ".join(EVENT_TYPES),
            },
        )
    return tuple(dict.fromkeys(patterns))
