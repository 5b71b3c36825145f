"""What a person wants to be told: validated here, kept as one JSON document per actor and one per organisation.

A person's wish wins over the organisation's, which wins over the platform's. Absent or null: follows the next one.
"""

from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, field_validator, model_validator
from pydantic_core import PydanticCustomError

from services.notify.core.alerts import AlertKind
from services.notify.core.event_types import EVENT_TYPES, expand, unknown
from services.notify.core.hygiene import AlertMode, Wishes
from services.notify.core.sending_hours import Quiet

Language = Literal["fr", "en"]
LONGEST_ABSENCE_DAYS: Final = 366
ClockTime = Annotated[time, PlainSerializer(lambda value: f"{value:%H:%M}", return_type=str)]


class QuietHours(BaseModel):
    """Nothing is sent from `start` to `end`, French time; they may pass midnight. Equal: no quiet hours."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: ClockTime = Field(examples=["19:00"])
    end: ClockTime = Field(examples=["08:00"])


class Delegation(BaseModel):
    """While someone is away, from the first to the last day, a colleague of the organisation is alerted instead."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delegate: Annotated[str, Field(min_length=1, max_length=60, examples=["usr_01KAT1ZZZZZZZZZZZZZZZZZZZZ"])]
    first_day: date
    last_day: date

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not 0 <= (self.last_day - self.first_day).days <= LONGEST_ABSENCE_DAYS:
            raise PydanticCustomError(
                "delegation",
                "La délégation finit avant de commencer, ou dure plus d'un an.",
                {"remedy": "first_day <= last_day"},
            )
        return self

    def covers(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


class OrganisationPreferences(BaseModel):
    """Defaults of an organisation. `email`: whether alerts go out by e-mail; `daily_maximum`: alerts a day that interrupt,
    the rest waits for the digest; `digest_at`: its time of day in France.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    daily_maximum: Annotated[int, Field(ge=0, le=100)] | None = None
    email: bool | None = None
    alerts: dict[AlertKind, AlertMode] = Field(default_factory=dict)
    quiet_hours: QuietHours | None = None
    working_days_only: bool | None = None
    digest_at: ClockTime | None = None
    language: Language | None = None


class Preferences(OrganisationPreferences):
    """A person's. `muted_types`: globs of event types that the live stream leaves out."""

    muted_types: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=60)], ...], Field(max_length=50)] = ()
    delegation: Delegation | None = None

    @field_validator("muted_types")
    @classmethod
    def _known(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return known_types(patterns)

    @property
    def muted(self) -> frozenset[str]:
        return expand(self.muted_types)


@dataclass(frozen=True)
class Effective:
    """What holds for a person once organisation and platform have filled what it left open."""

    email: bool
    wishes: Wishes
    language: Language


DEFAULT_MODES: Final = {
    AlertKind.PROPOSAL: AlertMode.IMMEDIATE,
    AlertKind.OPTION_LOST: AlertMode.IMMEDIATE,
    AlertKind.DEADLINE: AlertMode.IMMEDIATE,
    AlertKind.OUTCOME: AlertMode.DIGEST,
}
PLATFORM: Final = OrganisationPreferences(
    daily_maximum=5,
    email=True,
    alerts=DEFAULT_MODES,
    quiet_hours=QuietHours(start=time(19), end=time(8)),
    working_days_only=True,
    digest_at=time(8, 30),
    language="fr",
)


def effective(own: Preferences, organisation: OrganisationPreferences) -> Effective:
    """The person's wish, else the organisation's, else the platform's, field by field and kind by kind."""
    layers = (PLATFORM.model_dump(), organisation.model_dump(exclude_none=True), own.model_dump(exclude_none=True))
    merged: dict[str, object] = {}
    for layer in layers:
        merged |= {name: layer[name] for name in OrganisationPreferences.model_fields if name in layer}
    known = OrganisationPreferences.model_validate(merged)
    assert known.quiet_hours is not None and known.digest_at is not None  # noqa: S101, PT018 - the platform has both
    assert known.daily_maximum is not None and known.language is not None  # noqa: S101, PT018
    quiet: Quiet = (known.quiet_hours.start, known.quiet_hours.end)
    return Effective(
        email=bool(known.email),
        wishes=Wishes(
            modes=DEFAULT_MODES | organisation.alerts | own.alerts,
            daily_maximum=known.daily_maximum,
            quiet=quiet,
            working_days_only=bool(known.working_days_only),
            digest_at=known.digest_at,
        ),
        language=known.language,
    )


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
