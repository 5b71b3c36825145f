"""Programmes and the funnel."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from services.matching.adapters.funnel import funnel
from services.matching.programmes import current
from services.matching.routes.context import Db, Lang
from services.matching.routes.views import programme_view
from shared.identity import Action, Resource
from shared.programmes import Programme
from shared.web.access import Access, requires
from shared.web.paging import page

router = APIRouter(prefix="/v1", tags=["programmes"])


@router.get("/programmes")
def list_programmes(
    _: Annotated[Access, Depends(requires(Resource.PROGRAMME, Action.READ))], lang: Lang
) -> dict[str, Any]:
    """The newest version of each programme: steps, delays, conditions, reasons of refusal."""
    return page([programme_view(programme, lang) for _, programme in sorted(current().items())], None)


@router.get("/funnel")
def show_funnel(
    access: Annotated[Access, Depends(requires(Resource.FUNNEL, Action.READ))],
    session: Db,
    lang: Lang,
    programme: Programme | None = None,
    territory: str | None = None,
) -> dict[str, Any]:
    """How many placements stand at, and reached, each step, over what the actor may see."""
    code = programme.value if programme else None
    return funnel(session, access.actor, programme=code, territory=territory, lang=lang)
