"""« Mes alertes »: where to write, what interrupts, when, who stands in; and the defaults of the organisation."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from services.console.adapters.apis import ApiProblem
from services.console.core.preferences import KINDS, MODES, own_body, said, wishes_of
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import SignedInVisit, Visit
from shared.identity.contacts import Contact, ContactFault, contact

_WRONG: Final = {"email": "preferences.wrong_email", "phone": "preferences.wrong_phone"}

router = APIRouter(route_class=PageRoute)


@router.get("/preferences")
async def preferences_page(visit: SignedInVisit) -> Response:
    """The forms as they stand."""
    return await _shown(visit)


@router.post("/preferences")
async def save(visit: SignedInVisit) -> Response:
    """Replaces one's own preferences and contact."""
    form = await visit.form()
    who = _person(visit)
    try:
        reached = contact(_text(form, "address"), _text(form, "phone"))
    except ContactFault as fault:
        return await _shown(visit, wrong=[visit.say(_WRONG[fault.field])], given=form)
    known = await visit.console.apis.get("notify", "/v1/preferences", visit.caller)
    try:
        await visit.console.apis.send(
            "PUT", "notify", "/v1/preferences", visit.caller, body=own_body(lambda name: _text(form, name), known)
        )
    except ApiProblem as problem:
        if problem.status != 422:
            raise
        return await _shown(visit, wrong=said(problem.errors), given=form)
    await visit.console.people.keep_contact(who, reached)
    return RedirectResponse("/preferences?fait=oui", 303)


@router.post("/preferences/organisation")
async def save_organisation(visit: SignedInVisit) -> Response:
    """Replaces the defaults of the organisation."""
    form = await visit.form()
    body = wishes_of(lambda name: _text(form, name))
    try:
        await visit.console.apis.send("PUT", "notify", "/v1/preferences/organisation", visit.caller, body=body)
    except ApiProblem as problem:
        if problem.status != 422:
            raise
        return await _shown(visit, wrong=said(problem.errors))
    return RedirectResponse("/preferences?fait=oui", 303)


@router.post("/preferences/retablir")
async def restore(visit: SignedInVisit) -> Response:
    """Lets a kind of alert interrupt again."""
    form = await visit.form()
    kind = _text(form, "kind")
    if kind in KINDS:
        try:
            await visit.console.apis.send("DELETE", "notify", f"/v1/preferences/tuned/{kind}", visit.caller)
        except ApiProblem as problem:
            if problem.status != 404:
                raise
    return RedirectResponse("/preferences?fait=oui", 303)


async def _shown(visit: Visit, *, wrong: list[str] | None = None, given: FormData | None = None) -> Response:
    apis, people, who = visit.console.apis, visit.console.people, _person(visit)
    own, organisation, reached, colleagues = await asyncio.gather(
        apis.get("notify", "/v1/preferences", visit.caller),
        apis.get("notify", "/v1/preferences/organisation", visit.caller),
        people.contact_of(who),
        people.colleagues(visit.who.actor.organisation if visit.who else "", who),
    )
    if given is not None:
        reached = Contact(_text(given, "address"), _text(given, "phone"))
    return render(
        visit,
        "preferences.html",
        status=422 if wrong else 200,
        own=own,
        # A number is always shown there; what is not the person's own follows.
        own_wishes=own | ({"daily_maximum": None} if own["follows_maximum"] else {}),
        organisation=organisation,
        effective=own["effective"],
        reached=reached,
        colleagues=colleagues,
        kinds=KINDS,
        modes=MODES,
        wrong=wrong or [],
        done="fait" in visit.request.query_params and not wrong,
    )


def _person(visit: Visit) -> str:
    return visit.who.actor.user or "" if visit.who else ""


def _text(form: FormData, name: str) -> Any:
    return str(form.get(name, ""))
