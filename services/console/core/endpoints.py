"""The form of a webhook endpoint and the words of its deliveries."""

from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.console.core.entry import Entry, Field, Kind
from shared.identity import Role
from shared.programmes import Programme

TYPES: Final = ("placement.*", "territory.score", "vacancy.*", "endpoint.disabled")
FIELDS: Final = (
    Field("url", Kind.TEXT, "endpoints.url", required=True, hint="endpoints.url_hint"),
    Field("types", Kind.TICKS, "endpoints.types", required=True, family="event_types", choices=TYPES),
    Field(
        "territories",
        Kind.SEVERAL,
        "endpoints.territories",
        hint="endpoints.territories_hint",
        suggests="territories",
        rows=3,
    ),
    Field(
        "programmes",
        Kind.TICKS,
        "endpoints.programmes",
        hint="endpoints.programmes_hint",
        family="programme",
        choices=tuple(programme.value for programme in Programme),
    ),
    Field("mine", Kind.TICKS, "endpoints.mine", hint="endpoints.mine_hint", family="mine", choices=("yes",)),
    Field("minimum_score_change", Kind.DECIMAL, "endpoints.minimum", hint="endpoints.minimum_hint"),
    Field("rate_per_minute", Kind.WHOLE, "endpoints.rate", hint="endpoints.rate_hint"),
    Field("header_name", Kind.TEXT, "endpoints.header_name", hint="endpoints.header_hint"),
    Field("header_value", Kind.TEXT, "endpoints.header_value", hint="endpoints.header_value_hint"),
    Field("description", Kind.TEXT, "endpoints.description"),
)
# Fields that a role may not filter by: what notify refuses is not offered.
_NOT_FOR: Final[dict[Role, frozenset[str]]] = {
    Role.LANDLORD: frozenset({"programmes", "mine"}),
    Role.FEED: frozenset({"programmes", "mine"}),
    Role.TERRITORY: frozenset({"mine"}),
    Role.OPERATOR: frozenset({"mine"}),
}
LOOK_OF_STATE: Final = {"delivered": "done", "pending": "going", "failed": "bad", "disabled": "off"}


def look(enabled: bool, failing_since: str | None) -> str:
    """Style of an endpoint: off, failing, or well."""
    return "off" if not enabled else "bad" if failing_since else "done"


def fields_for(role: Role | None) -> tuple[Field, ...]:
    """The fields of the form of someone in that role."""
    hidden = _NOT_FOR.get(role, frozenset()) if role else frozenset()
    return tuple(one for one in FIELDS if one.name not in hidden)


def body_of(entry: Entry, user: str | None) -> dict[str, Any]:
    """What notify is asked for; `user` is whose placements « only mine » means."""
    body = dict(entry.body)
    if body.pop("mine", None) and user:
        body["caseworkers"] = [user]
    name, value = body.pop("header_name", None), body.pop("header_value", None)
    if name or value:
        body["headers"] = {name or "": value or ""}
    return body


def since_of(text: str) -> str | None:
    """The instant at which a day (YYYY-MM-DD) begins in Paris, RFC 3339; None where it is no day."""
    try:
        first = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime.combine(first, time(), ZoneInfo("Europe/Paris")).isoformat()
