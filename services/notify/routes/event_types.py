"""The catalogue of event types: what can be subscribed to, and what a webhook of each says."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from services.notify.core.catalogue import EventType, catalogue, roles_of
from services.notify.core.subscriptions import Filter
from shared.identity import Actor
from shared.web.access import public
from shared.web.problems import Problem, ProblemType, language

router = APIRouter(prefix="/v1", tags=["event types"])
Anyone = Annotated[Actor | None, Depends(public())]


@router.get("/event-types", summary="Lister les types d'événements")
def list_types(request: Request, _: Anyone) -> dict[str, Any]:
    """Every type with its filters, its readers, the JSON Schema of a webhook's body and an example; who may filter."""
    return {
        "items": [_shown(one, language(request)) for one in catalogue()],
        "next": None,
        "filters": {asked.value: [role.value for role in roles_of(asked)] for asked in Filter},
    }


@router.get("/event-types/{name}", summary="Lire un type d'événement")
def show(name: str, request: Request, _: Anyone) -> dict[str, Any]:
    """One type of the catalogue."""
    for one in catalogue():
        if one.name == name:
            return _shown(one, language(request))
    raise Problem(ProblemType.NOT_FOUND)


def _shown(one: EventType, language: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "description": one.description_en if language == "en" else one.description_fr,
        "filters": [asked.value for asked in one.filters],
        "roles": [role.value for role in one.roles],
        "sent_on_demand": one.sent_on_demand,
        "schema": one.schema,
        "example": one.example,
    }
