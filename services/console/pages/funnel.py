"""Steering: the funnel of placements as a picture and a table, and how they ended."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from services.console.adapters.place_names import named
from services.console.core.funnel import SIDE, WIDTH, bars
from services.console.core.placements import look
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import Visit, needs
from shared.geography import geography
from shared.identity import Action, Resource
from shared.programmes import Programme

router = APIRouter(route_class=PageRoute)


@router.get("/pilotage")
async def funnel_page(visit: Annotated[Visit, Depends(needs(Resource.FUNNEL, Action.READ))]) -> Response:
    """Counts over what the visitor may see."""
    query = visit.request.query_params
    programme = query.get("programme") if query.get("programme") in set(Programme) else None
    asked = query.get("territoire", "").rpartition("(")[2].rstrip(")").strip()
    territory = asked if geography().territory(asked) is not None else None
    found = await visit.console.apis.get(
        "matching", "/v1/funnel", visit.caller, {"programme": programme, "territory": territory}
    )
    return render(
        visit,
        "funnel.html",
        bars=bars(found["steps"]),
        ends=[one for one in found["steps"] if one["step"] in SIDE],
        outcomes=found["outcomes"],
        households=found["households"],
        width=WIDTH,
        programme=programme,
        programmes=[one.value for one in Programme],
        territory=named("territories", territory) if territory else "",
        unknown_territory=bool(asked) and territory is None,
        look=look,
        fairness=visit.may(Resource.FAIRNESS, Action.READ),
    )
