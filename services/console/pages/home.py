"""Home: what this role should do now."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from services.console.adapters.apis import unless_away
from services.console.core.placements import look, short
from services.console.pages.placements import household_labels
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import AnyVisit, Visit
from shared.geography import geography
from shared.identity import Action, Resource

router = APIRouter(route_class=PageRoute)
TO_DECIDE = "proposed"
IN_PROGRESS = ("approved", "accepted", "commission", "lease", "installed", "follow_up")


@router.get("/")
async def home_page(visit: AnyVisit) -> Response:
    """The public's welcome, or the role's work: proposals to decide, courses in progress, own dwellings or territories."""
    if visit.who is None:
        return render(visit, "welcome.html")
    items, waiting, labels, to_confirm = await asyncio.gather(
        _placements(visit), _to_decide(visit), _labels(visit), _to_confirm(visit)
    )
    return render(
        visit,
        "home.html",
        failing=items is None or waiting is None,
        to_decide=None if waiting is None else sorted(waiting, key=_urgency),
        in_progress=None if items is None else sorted(filter(_under_way, items), key=_urgency),
        labels=labels,
        may_decide=visit.may(Resource.PLACEMENT, Action.DECIDE),
        sees_placements=visit.may(Resource.PLACEMENT, Action.READ),
        publishes=visit.may(Resource.VACANCY, Action.WRITE),
        to_confirm=to_confirm,
        feeds=visit.may(Resource.OFFER, Action.WRITE),
        territories=_own_territories(visit),
        look=look,
        short=short,
    )


async def _to_decide(visit: Visit) -> list[dict[str, Any]] | None:
    """The proposals that wait for this person, however old: the oldest are the most urgent. None: not to be had now."""
    if not visit.may(Resource.PLACEMENT, Action.DECIDE):
        return []
    return await unless_away(_placements_of(visit, {"step": TO_DECIDE, "limit": 500}, most=4))


async def _placements(visit: Visit) -> list[dict[str, Any]] | None:
    """The newest placements; None where they cannot be had now."""
    if not visit.may(Resource.PLACEMENT, Action.READ):
        return []
    return await unless_away(_placements_of(visit, {"limit": 200}, most=1))


def _under_way(placement: dict[str, Any]) -> bool:
    return placement["step"] in IN_PROGRESS


def _urgency(placement: dict[str, Any]) -> str:
    """The nearest deadline first; without one last."""
    return placement["due_at"] or "9"


async def _placements_of(visit: Visit, asked: dict[str, Any], *, most: int) -> list[dict[str, Any]]:
    return await visit.console.apis.pages("matching", "/v1/placements", visit.caller, asked, most=most)


async def _to_confirm(visit: Visit) -> int | None:
    """How many of a landlord's vacancies await a confirmation, at most 100; None where that cannot be had now."""
    if not visit.may(Resource.VACANCY, Action.WRITE):
        return 0
    asked = {"to_confirm": "true", "commitment": "false", "limit": 100}
    page = await unless_away(visit.console.apis.get("ingest", "/v1/vacancies", visit.caller, asked))
    return None if page is None else len(page["items"])


async def _labels(visit: Visit) -> dict[str, str]:
    return await unless_away(household_labels(visit)) or {}


def _own_territories(visit: Visit) -> list[tuple[str, str]]:
    """(address, name) of the codes that a host territory's person answers for."""
    atlas = geography()
    found = []
    for code in sorted(visit.who.actor.territories if visit.who else ()):
        territory, departement = atlas.territory(code), atlas.departement(code)
        if territory is not None:
            found.append((f"/territoires/{code}", territory.name))
        elif departement is not None:
            found.append((f"/territoires?departement={code}", departement.name))
    return found
