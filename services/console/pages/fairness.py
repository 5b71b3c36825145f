"""The fairness report as pictures and tables."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response

from services.console.core.fairness import pictures
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import Visit, needs
from shared.identity import Action, Resource

router = APIRouter(route_class=PageRoute)
PERIODS: Final = (30, 90, 180, 365)


@router.get("/pilotage/equite")
async def fairness_page(visit: Annotated[Visit, Depends(needs(Resource.FAIRNESS, Action.READ))]) -> Response:
    """Exposure and service by group, beside hindsight."""
    asked = visit.request.query_params.get("jours", "")
    days = int(asked) if asked.isdigit() and int(asked) in PERIODS else 90
    found = await visit.console.apis.get("matching", "/v1/fairness", visit.caller, {"days": days})
    shown = pictures(found["dimensions"]) if found["state"] == "ready" else []
    return render(visit, "fairness.html", found=found, pictures=shown, days=days, periods=PERIODS)
