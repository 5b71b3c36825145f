"""The form of a webhook endpoint and the words of its deliveries."""

from typing import Final

from services.console.core.entry import Field, Kind

TYPES: Final = ("placement.*", "territory.score", "vacancy.*")
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
    Field("minimum_score_change", Kind.DECIMAL, "endpoints.minimum", hint="endpoints.minimum_hint"),
    Field("description", Kind.TEXT, "endpoints.description"),
)
LOOK_OF_STATE: Final = {"delivered": "done", "pending": "going", "failed": "bad", "disabled": "off"}


def look(enabled: bool, failing_since: str | None) -> str:
    """Style of an endpoint: off, failing, or well."""
    return "off" if not enabled else "bad" if failing_since else "done"
