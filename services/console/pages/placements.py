"""Placements: the list, the case page with its one next action, decisions and the household's answer link."""

import asyncio
import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from services.console.adapters.apis import ApiError, ApiProblem
from services.console.adapters.place_names import named
from services.console.adapters.qr import qr_svg
from services.console.core.answer_texts import TEXTS, TONGUES
from services.console.core.placements import (
    STEPS,
    effort,
    look,
    next_action,
    programme_of,
    refusals,
    short,
    stages,
)
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import Visit, needs
from shared.identity import Action, Resource
from shared.programmes import Programme

router = APIRouter(route_class=PageRoute)
PlacementVisit = Annotated[Visit, Depends(needs(Resource.PLACEMENT, Action.READ))]
DecidingVisit = Annotated[Visit, Depends(needs(Resource.PLACEMENT, Action.DECIDE))]
_TOLD: Final = frozenset({409, 422})
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,100}")


@router.get("/propositions")
async def placements_page(visit: PlacementVisit) -> Response:
    """The placements that the visitor may see, filtered by the address."""
    query = visit.request.query_params
    step = query.get("etape") if query.get("etape") in STEPS else None
    programme = query.get("programme") if query.get("programme") in set(Programme) else None
    territory = query.get("territoire") or None
    listing = visit.console.apis.get(
        "matching",
        "/v1/placements",
        visit.caller,
        {
            "limit": 50,
            "cursor": query.get("suite"),
            "step": step,
            "programme": programme,
            "territory": territory,
        },
    )
    page, labels = await asyncio.gather(listing, household_labels(visit))
    return render(
        visit,
        "placements/index.html",
        items=page["items"],
        next_cursor=page["next"],
        labels=labels,
        steps=STEPS,
        step=step,
        programmes=[one.value for one in Programme],
        programme=programme,
        territory=territory,
        territory_name=named("territories", territory) if territory else None,
        look=look,
        short=short,
    )


@router.get("/propositions/{identifier}")
async def placement_page(visit: PlacementVisit, identifier: str) -> Response:
    """One placement."""
    return await _case(visit, identifier)


@router.post("/propositions/{identifier}/decision")
async def decide(visit: DecidingVisit, identifier: str) -> Response:
    """Sends a decision; one that comes too late or lacks its reason is told on the page."""
    form = await visit.form()
    body: dict[str, Any] = {"decision": str(form.get("decision", ""))}
    if body["decision"] == "refuse":
        reason = str(form.get("reason", ""))
        if not reason:
            return await _case(visit, identifier, wrong=visit.say("placements.reason_needed"), status=422)
        body["reason"] = reason
    if form.get("landlord_agreed") == "yes":
        body["landlord_agreed"] = True
    try:
        await visit.console.apis.send(
            "POST",
            "matching",
            f"/v1/placements/{identifier}/decisions",
            visit.caller,
            body=body,
            idempotency_key=str(form.get("once", "")) or None,
        )
    except ApiProblem as problem:
        if problem.status not in _TOLD:
            raise
        return await _case(visit, identifier, wrong=_words(problem), status=problem.status)
    return RedirectResponse(f"/propositions/{identifier}?fait={body['decision']}", 303)


@router.post("/propositions/{identifier}/lien")
async def answer_link(visit: DecidingVisit, identifier: str) -> Response:
    """Makes the link by which the household answers, and shows it once; also sends it where that is asked."""
    form = await visit.form()
    send = str(form.get("send", ""))
    body = {"send": send} if send in {"sms", "email"} else {}
    try:
        link = await visit.console.apis.send(
            "POST", "matching", f"/v1/placements/{identifier}/answer-links", visit.caller, body=body
        )
    except ApiProblem as problem:
        if problem.status not in _TOLD and not (body and problem.status == 503):
            raise
        return await _not_sent(visit, identifier, problem)
    return await _case(visit, identifier, link=link)


async def _not_sent(visit: Visit, identifier: str, problem: ApiProblem) -> Response:
    """The case, with why nothing was sent: the API's remedies for a program become a page where a person mends it."""
    errors = [error for error in problem.errors if error.get("field") == "send"]
    if not errors:
        return await _case(visit, identifier, wrong=_words(problem), status=problem.status)
    no_contact = any(str(error.get("remedy", "")).endswith("/contact") for error in errors)
    wrong = problem.detail or problem.title
    return await _case(visit, identifier, wrong=wrong, no_contact=no_contact, status=problem.status)


@router.post("/propositions/{identifier}/feuille")
async def sheet(visit: DecidingVisit, identifier: str) -> Response:
    """The sheet to print for the household: its link as a QR code. The link comes with the form, in no address."""
    form = await visit.form()
    token = str(form.get("token", ""))
    if not _TOKEN.fullmatch(token):
        return await _case(visit, identifier, wrong=visit.say("form.unexpected"), status=422)
    address = f"{visit.console.settings.url('console')}/reponse/{token}"
    answer = render(
        visit,
        "placements/sheet.html",
        address=address,
        qr=qr_svg(address),
        expires_at=str(form.get("expires_at", "")) or None,
        placement=identifier,
        tongues=TONGUES,
        texts=TEXTS,
    )
    answer.headers["x-robots-tag"] = "noindex"
    return answer


async def household_labels(visit: Visit) -> dict[str, str]:
    """The caseworker's own marks of households, by id; empty for other roles."""
    if not visit.may(Resource.HOUSEHOLD, Action.READ):
        return {}
    items = await visit.console.apis.pages("matching", "/v1/households", visit.caller, {"limit": 500}, most=4)
    return {item["id"]: item["label"] for item in items if item.get("label")}


async def _case(
    visit: Visit,
    identifier: str,
    *,
    wrong: str | None = None,
    no_contact: bool = False,
    link: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    apis = visit.console.apis
    placement = await apis.get("matching", f"/v1/placements/{identifier}", visit.caller)
    household, programmes = await asyncio.gather(
        _household(visit, placement.get("household")), apis.get("matching", "/v1/programmes", visit.caller)
    )
    programme = programme_of(placement, programmes["items"])
    part = visit.request.headers.get("x-requested-with") == "ancrage"
    done = visit.request.query_params.get("fait")
    return render(
        visit,
        "placements/essentials.html" if part else "placements/case.html",
        status=status,
        placement=placement,
        household=household,
        programme=programme,
        action=next_action(placement, programme),
        stages=stages(placement, programme),
        refusals=refusals(programme, visit.language.value),
        effort=effort(placement, household),
        look=look,
        short=short,
        place=named,
        wrong=wrong,
        to_contact=household["id"] if household and no_contact else None,
        link=link,
        link_address=_address(visit, link),
        done=done if done in {"approve", "accept", "refuse", "advance"} else None,
    )


async def _household(visit: Visit, identifier: str | None) -> dict[str, Any] | None:
    """The household of a placement, for its own organisation; None where it was erased or cannot be read now."""
    if identifier is None or not visit.may(Resource.HOUSEHOLD, Action.READ):
        return None
    try:
        found: dict[str, Any] = await visit.console.apis.get("matching", f"/v1/households/{identifier}", visit.caller)
    except ApiError as error:
        if isinstance(error, ApiProblem) and error.status == 401:
            raise
        return None
    return found


def _address(visit: Visit, link: dict[str, Any] | None) -> str | None:
    return f"{visit.console.settings.url('console')}/reponse/{link['token']}" if link else None


def _words(problem: ApiProblem) -> str:
    first = problem.errors[0] if problem.errors else {}
    parts = [problem.detail or first.get("message") or problem.title, first.get("remedy")]
    return " ".join(str(part) for part in parts if part)
