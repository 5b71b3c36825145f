"""The catalogue of what webhooks say: description, filters, readers, JSON Schema and example of each event type.

`GET /v1/event-types` and docs/event-types.md show it.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import msgspec

from services.notify.core.event_types import (
    DESCRIPTIONS,
    ENDPOINT_DISABLED,
    ENDPOINT_TEST,
    EVENT_TYPES,
    MESSAGE_UNDELIVERABLE,
    TERRITORY_SCORE,
    VACANCY_CONFIRMATION_REQUESTED,
    VACANCY_WITHDRAWN,
    readable_by,
)
from services.notify.core.payloads import (
    ConfirmationRequestedTold,
    EndpointDisabledTold,
    EndpointTestTold,
    MessageUndeliverableTold,
    PlacementTold,
    ScoreTold,
    Told,
    VacancyTold,
)
from services.notify.core.subscriptions import FILTER_ROLES, Filter
from shared.events import Step, VacancyStatus
from shared.identity import Role

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TIME: Final = "2026-11-23T08:54:59.120Z"
_TERRITORY: Final = "241500230"

_PLACEMENT: Final = (Filter.TERRITORIES, Filter.LANDLORDS, Filter.CASEWORKERS, Filter.PROGRAMMES)
_FILTERS: Final[dict[str, tuple[Filter, ...]]] = {
    "placement": _PLACEMENT,
    "territory": (Filter.TERRITORIES, Filter.MINIMUM_SCORE_CHANGE),
    "vacancy": (Filter.TERRITORIES, Filter.LANDLORDS),
    "endpoint": (),
    "message": (),
}


@dataclass(frozen=True)
class EventType:
    """One type of the catalogue. `sent_on_demand`: not subscribed to, sent when an owner asks for it."""

    name: str
    description_fr: str
    description_en: str
    filters: tuple[Filter, ...]
    roles: tuple[Role, ...]
    schema: dict[str, Any]
    example: dict[str, Any]
    sent_on_demand: bool = False


@cache
def catalogue() -> tuple[EventType, ...]:
    """Every type, in the order of its family."""
    types = [_type(name, *DESCRIPTIONS[name]) for name in EVENT_TYPES]
    test = _type(
        ENDPOINT_TEST, "Un essai que demande le propriétaire.", "A test that the owner asks for.", sent_on_demand=True
    )
    return (*types, test)


def _type(name: str, fr: str, en: str, *, sent_on_demand: bool = False) -> EventType:
    told = _example(name)
    return EventType(
        name=name,
        description_fr=fr,
        description_en=en,
        filters=_FILTERS[name.partition(".")[0]],
        roles=tuple(Role) if sent_on_demand else tuple(role for role in Role if name in readable_by(role)),
        schema=_schema(name, type(told)),
        example={"type": name, "timestamp": _TIME, "data": msgspec.to_builtins(told)},
        sent_on_demand=sent_on_demand,
    )


def _example(name: str) -> Told:
    if name.startswith("placement."):
        step = Step(name.partition(".")[2])
        due_at = "2026-11-25T22:59:59.000Z" if step in {Step.PROPOSED, Step.APPROVED} else None
        return PlacementTold("plc_01KAT1ZZZZZZZZZZZZZZZZZZZZ", _TERRITORY, step, due_at)
    if name == TERRITORY_SCORE:
        return ScoreTold(_TERRITORY, 61.3, 4, _TIME)
    if name == ENDPOINT_DISABLED:
        return EndpointDisabledTold("we_01KAT2ZZZZZZZZZZZZZZZZZZZZ", "failing", "2026-11-18T08:50:11.000Z")
    if name == MESSAGE_UNDELIVERABLE:
        return MessageUndeliverableTold(
            "msg_01KAT4ZZZZZZZZZZZZZZZZZZZZ", "email", "plc_01KAT1ZZZZZZZZZZZZZZZZZZZZ", status=550
        )
    if name == ENDPOINT_TEST:
        return EndpointTestTold("we_01KAT2ZZZZZZZZZZZZZZZZZZZZ")
    if name == VACANCY_CONFIRMATION_REQUESTED:
        return ConfirmationRequestedTold("vac_01KAT3ZZZZZZZZZZZZZZZZZZZZ", _TERRITORY)
    status = None if name == VACANCY_WITHDRAWN else VacancyStatus.OPEN
    return VacancyTold("vac_01KAT3ZZZZZZZZZZZZZZZZZZZZ", _TERRITORY, status)


def _schema(name: str, told: type[Told]) -> dict[str, Any]:
    """The schema of a whole webhook body."""
    # Through JSON: what a reader of the catalogue gets.
    (data,), definitions = msgspec.json.schema_components([told], ref_template="#/$defs/{name}")
    schema: dict[str, Any] = msgspec.json.decode(
        msgspec.json.encode(
            {
                "$schema": DIALECT,
                "title": name,
                "type": "object",
                "properties": {
                    "type": {"const": name},
                    "timestamp": {"type": "string", "format": "date-time"},
                    "data": data,
                },
                "required": ["type", "timestamp", "data"],
                "$defs": definitions,
            }
        )
    )
    for definition in schema["$defs"].values():
        definition["description"] = " ".join(definition.get("description", "").split())
    if name.startswith("placement."):
        schema["$defs"]["PlacementTold"]["properties"]["step"] = {"const": name.partition(".")[2]}
        schema["$defs"].pop("Step", None)
    return schema


def roles_of(asked: Filter) -> tuple[Role, ...]:
    """The roles that may use a filter."""
    return tuple(role for role in Role if role in FILTER_ROLES[asked])
