"""Bodies of the notify API."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from services.notify.adapters.models import Attempt, Delivery, Endpoint
from services.notify.core.headers import MOST_VALUE, fault_of
from services.notify.core.preferences import known_types
from services.notify.core.schedule import State
from services.notify.core.score_changes import DEFAULT_MINIMUM
from shared.clock import isoformat
from shared.geography import geography
from shared.programmes import Programme
from shared.web.written_forms import IDENTIFIER

Types = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=60)], ...], Field(min_length=1, max_length=50)]
Codes = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=20)], ...], Field(max_length=500)]
Ids = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=40, pattern=IDENTIFIER.pattern)], ...], Field(max_length=100)
]
Programmes = Annotated[tuple[Programme, ...], Field(max_length=len(Programme))]
Headers = dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=MOST_VALUE)]]
Rate = Annotated[int, Field(ge=1, le=60_000)]
ScoreChange = Annotated[float, Field(ge=0.1, le=100, allow_inf_nan=False)]


def known_territories(codes: tuple[str, ...]) -> tuple[str, ...]:
    """The codes without repetition. Raises a validation error, with the remedy, for one that is no territory."""
    atlas = geography()
    for code in codes:
        if atlas.territory(code) is None and atlas.departement(code) is None:
            raise PydanticCustomError(
                "unknown_territory",
                "Territoire inconnu : {code}.",
                {
                    "code": code[:20],
                    "remedy": atlas.suggest_territory(code),
                    "remedy_en": atlas.suggest_territory(code, "en"),
                },
            )
    return tuple(dict.fromkeys(codes))


def addable_headers(headers: dict[str, str]) -> dict[str, str]:
    """The headers. Raises a validation error, with the remedy, for one that may not be added; values are not repeated."""
    found = fault_of(headers)
    if found is not None:
        name, fault = found
        raise PydanticCustomError(f"header_{fault}", "{name}", {"name": name[:60], "remedy": fault.remedy})
    return headers


class EndpointBody(BaseModel):
    """A new endpoint. `territories`: EPCI or département codes; none means all that one may know of.

    `landlords`: organisations; `caseworkers`: people. An empty filter lets all through; a filter concerns the event types
    that have it (GET /v1/event-types). `rate_per_minute`: deliveries a minute at most. `headers` are added to each
    delivery; their values are encrypted and never shown.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, Field(min_length=1, max_length=2000)]
    types: Types
    territories: Codes = ()
    landlords: Ids = ()
    caseworkers: Ids = ()
    programmes: Programmes = ()
    minimum_score_change: ScoreChange = DEFAULT_MINIMUM
    rate_per_minute: Rate | None = None
    headers: Headers = Field(default_factory=dict)
    description: Annotated[str | None, Field(max_length=200)] = None

    _types = field_validator("types")(known_types)
    _territories = field_validator("territories")(known_territories)
    _headers = field_validator("headers")(addable_headers)


class EndpointChange(BaseModel):
    """What to change of an endpoint; what is absent stays. `headers` replaces all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str | None, Field(min_length=1, max_length=2000)] = None
    types: Types | None = None
    territories: Codes | None = None
    landlords: Ids | None = None
    caseworkers: Ids | None = None
    programmes: Programmes | None = None
    minimum_score_change: ScoreChange | None = None
    rate_per_minute: Rate | None = None
    headers: Headers | None = None
    description: Annotated[str | None, Field(max_length=200)] = None
    enabled: bool | None = None

    @field_validator("types")
    @classmethod
    def _types(cls, types: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if types is None else known_types(types)

    @field_validator("territories")
    @classmethod
    def _territories(cls, codes: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if codes is None else known_territories(codes)

    @field_validator("headers")
    @classmethod
    def _headers(cls, headers: dict[str, str] | None) -> dict[str, str] | None:
        return None if headers is None else addable_headers(headers)


class ReplayBody(BaseModel):
    """What to send again: one delivery, or all of given states (default: failed and disabled), since an instant or ever."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delivery: Annotated[str | None, Field(max_length=40)] = None
    since: AwareDatetime | None = None
    states: Annotated[tuple[State, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "ReplayBody":
        if self.delivery is not None and (self.since is not None or self.states is not None):
            raise PydanticCustomError(
                "replay", "« delivery » se donne seul.", {"remedy": "delivery, ou bien since et states"}
            )
        return self


def shown_moment(moment: datetime | None) -> str | None:
    """RFC 3339, or None."""
    return None if moment is None else isoformat(moment)


def shown_endpoint(row: Endpoint) -> dict[str, Any]:
    """An endpoint as the API shows it: never its secret, of its headers the names."""
    return {
        "id": row.id,
        "url": row.url,
        "types": row.types,
        "territories": row.territories,
        "landlords": row.landlords,
        "caseworkers": row.caseworkers,
        "programmes": row.programmes,
        "minimum_score_change": row.minimum_score_change,
        "rate_per_minute": row.rate_per_minute,
        "headers": row.header_names,
        "description": row.description,
        "enabled": row.enabled,
        "disabled_reason": row.disabled_reason,
        "created_at": shown_moment(row.created_at),
        "updated_at": shown_moment(row.updated_at),
        "delivered": row.delivered_count,
        "failed_tries": row.failed_tries_count,
        "failing_since": shown_moment(row.failing_since),
        "paused_until": shown_moment(row.paused_until),
        "last_success_at": shown_moment(row.last_success_at),
        "last_failure_at": shown_moment(row.last_failure_at),
    }


def shown_delivery(row: Delivery) -> dict[str, Any]:
    """A delivery as the API shows it; `id` is its webhook-id."""
    return {
        "id": row.id,
        "endpoint": row.endpoint_id,
        "channel": row.channel,
        "type": row.type,
        "subject": row.subject,
        "territory": row.territory,
        "state": row.state,
        "attempts": row.attempts,
        "next_attempt_at": shown_moment(row.next_attempt_at),
        "last_status": row.last_status,
        "last_error": row.last_error,
        "latency_ms": row.last_latency_ms,
        "created_at": shown_moment(row.created_at),
        "ended_at": shown_moment(row.ended_at),
    }


def shown_attempt(row: Attempt) -> dict[str, Any]:
    """One try as the API shows it."""
    return {
        "number": row.number,
        "at": shown_moment(row.at),
        "status": row.status,
        "error": row.error,
        "latency_ms": row.latency_ms,
        "excerpt": row.excerpt,
    }
