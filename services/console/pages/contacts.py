"""How a household is reached: a form of its own, for its caseworkers."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from services.console.adapters.apis import ApiProblem
from services.console.core.answer_texts import TONGUES
from services.console.core.placements import short
from services.console.core.preferences import said
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import Visit, needs
from shared.identity import Action, Resource

router = APIRouter(route_class=PageRoute)
HouseholdVisit = Annotated[Visit, Depends(needs(Resource.HOUSEHOLD, Action.WRITE))]


@router.get("/menages/{identifier}/coordonnees")
async def contact_page(visit: HouseholdVisit, identifier: str) -> Response:
    """The form, with what is known."""
    return await _form(visit, identifier, await _known(visit, identifier))


@router.post("/menages/{identifier}/coordonnees")
async def save(visit: HouseholdVisit, identifier: str) -> Response:
    """Replaces the contact, or erases it."""
    form = await visit.form()
    path = f"/v1/households/{identifier}/contact"
    if form.get("remove") == "yes":
        await visit.console.apis.send("DELETE", "matching", path, visit.caller)
        return RedirectResponse(f"/menages/{identifier}?fait=updated", 303)
    body = {
        name: value
        for name in ("phone", "email", "preferred", "language")
        if (value := str(form.get(name, "")).strip())
    }
    try:
        await visit.console.apis.send("PUT", "matching", path, visit.caller, body=body)
    except ApiProblem as problem:
        if problem.status != 422:
            raise
        return await _form(visit, identifier, body, wrong=said(problem.errors))
    return RedirectResponse(f"/menages/{identifier}?fait=updated", 303)


async def _known(visit: Visit, identifier: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = await visit.console.apis.get(
            "matching", f"/v1/households/{identifier}/contact", visit.caller
        )
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        return {}
    return found


async def _form(visit: Visit, identifier: str, known: dict[str, Any], *, wrong: list[str] | None = None) -> Response:
    household = await visit.console.apis.get("matching", f"/v1/households/{identifier}", visit.caller)
    return render(
        visit,
        "households/contact.html",
        status=422 if wrong else 200,
        household=household,
        known=known,
        tongues=TONGUES,
        short=short,
        wrong=wrong or [],
    )
