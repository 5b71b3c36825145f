"""Households: the list, a new one, the case page with matches and « pourquoi aucun ? »."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from services.console.adapters.apis import ApiProblem, unless_away
from services.console.adapters.place_names import named, resolve
from services.console.core.entry import Entry, add_problem, filled, read
from services.console.core.households import FIELDS, LOOK_OF_STATUS, STATUSES, patch_body
from services.console.core.placements import look, short
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import Visit, needs
from shared.identity import Action, Resource
from shared.ids import new_id
from shared.programmes import Programme

router = APIRouter(route_class=PageRoute)
HouseholdVisit = Annotated[Visit, Depends(needs(Resource.HOUSEHOLD, Action.READ))]
_CORRECTABLE: Final = frozenset({400, 409, 422})


@router.get("/menages")
async def households_page(visit: HouseholdVisit) -> Response:
    """The households of the organisation."""
    query = visit.request.query_params
    status = query.get("etat") if query.get("etat") in STATUSES else None
    programme = query.get("programme") if query.get("programme") in set(Programme) else None
    page = await visit.console.apis.get(
        "matching",
        "/v1/households",
        visit.caller,
        {"limit": 100, "cursor": query.get("suite"), "status": status, "programme": programme},
    )
    return render(
        visit,
        "households/index.html",
        items=page["items"],
        next_cursor=page["next"],
        wanted_status=status,
        statuses=STATUSES,
        programme=programme,
        programmes=[one.value for one in Programme],
        look=LOOK_OF_STATUS,
        short=short,
        place=named,
        erased="efface" in query,
    )


@router.get("/menages/nouveau")
async def new_household(visit: HouseholdVisit) -> Response:
    """An empty form."""
    return _form(visit, Entry(), once=new_id("req"))


@router.post("/menages/nouveau")
async def create(visit: HouseholdVisit) -> Response:
    """Registers a household, or shows the form again with what to correct."""
    form = await visit.form()
    entry = read(FIELDS, lambda name: [str(text) for text in form.getlist(name)], resolve)
    once = str(form.get("once", ""))[:60]
    if not entry.issues:
        try:
            made = await visit.console.apis.send(
                "POST", "matching", "/v1/households", visit.caller, body=entry.body, idempotency_key=once or None
            )
        except ApiProblem as problem:
            _correctable(problem, entry)
        else:
            return RedirectResponse(f"/menages/{made['id']}?fait=created", 303)
    # Another content needs another key: the first was used for what was refused.
    return _form(visit, entry, once=new_id("req"), status=422)


@router.get("/menages/{identifier}")
async def household_page(visit: HouseholdVisit, identifier: str) -> Response:
    """One household: situation, possible homes with reasons or why there is none, and its placement."""
    return await _case(visit, identifier)


@router.get("/menages/{identifier}/modifier")
async def edit_page(visit: HouseholdVisit, identifier: str) -> Response:
    """The form that changes a household."""
    household = await visit.console.apis.get("matching", f"/v1/households/{identifier}", visit.caller)
    return _form(visit, filled(FIELDS, household, named), known=household)


@router.post("/menages/{identifier}/modifier")
async def edit(visit: HouseholdVisit, identifier: str) -> Response:
    """Changes a household; the version that the page showed must still be current."""
    form = await visit.form()
    entry = read(FIELDS, lambda name: [str(text) for text in form.getlist(name)], resolve)
    household = await visit.console.apis.get("matching", f"/v1/households/{identifier}", visit.caller)
    if not entry.issues:
        try:
            version = int(str(form.get("version", "0")) or 0)
            await visit.console.apis.send(
                "PATCH",
                "matching",
                f"/v1/households/{identifier}",
                visit.caller,
                body=patch_body(entry.body, version),
            )
        except ApiProblem as problem:
            _correctable(problem, entry)
        else:
            return RedirectResponse(f"/menages/{identifier}?fait=updated", 303)
    return _form(visit, entry, known=household, status=422)


@router.post("/menages/{identifier}/etat")
async def set_status(visit: HouseholdVisit, identifier: str) -> Response:
    """Parks a household, takes it up again, or closes it."""
    form = await visit.form()
    status = str(form.get("status", ""))
    if status not in STATUSES:
        return await _case(visit, identifier, wrong=visit.say("form.unexpected"), code=422)
    await visit.console.apis.send(
        "PATCH", "matching", f"/v1/households/{identifier}", visit.caller, body={"status": status}
    )
    return RedirectResponse(f"/menages/{identifier}?fait=updated", 303)


@router.post("/menages/{identifier}/effacement")
async def erase(visit: HouseholdVisit, identifier: str) -> Response:
    """Erases a household, at its demand; the box must be ticked."""
    form = await visit.form()
    if form.get("sure") != "yes":
        return await _case(visit, identifier, wrong=visit.say("households.erase_unsure"), code=422)
    await visit.console.apis.send("DELETE", "matching", f"/v1/households/{identifier}", visit.caller)
    return RedirectResponse("/menages?efface", 303)


@router.post("/menages/{identifier}/proposer")
async def propose(visit: HouseholdVisit, identifier: str) -> Response:
    """Proposes a home that the caseworker chose, whatever its rank."""
    form = await visit.form()
    body = {"household": identifier, "vacancy": str(form.get("vacancy", ""))}
    if form.get("offer"):
        body["offer"] = str(form.get("offer"))
    try:
        made = await visit.console.apis.send(
            "POST",
            "matching",
            "/v1/placements",
            visit.caller,
            body=body,
            idempotency_key=str(form.get("once", "")) or None,
        )
    except ApiProblem as problem:
        if problem.status not in _CORRECTABLE:
            raise
        told = problem.detail or problem.title
        return await _case(visit, identifier, wrong=told, in_the_way=problem.placement, code=problem.status)
    return RedirectResponse(f"/propositions/{made['id']}", 303)


async def _case(
    visit: Visit, identifier: str, *, wrong: str | None = None, in_the_way: str | None = None, code: int = 200
) -> Response:
    apis, caller = visit.console.apis, visit.caller
    path = f"/v1/households/{identifier}"
    household = await apis.get("matching", path, caller)
    matches, explanation = await asyncio.gather(
        _part(visit, f"{path}/matches", {"limit": 5}), _part(visit, f"{path}/explanation")
    )
    done = visit.request.query_params.get("fait")
    return render(
        visit,
        "households/case.html",
        status=code,
        household=household,
        matches=matches,
        explanation=explanation,
        placement=household.get("placement"),
        look=look,
        look_of_status=LOOK_OF_STATUS,
        short=short,
        place=named,
        wrong=wrong,
        in_the_way=in_the_way,
        done=done if done in {"created", "updated"} else None,
        once=lambda: new_id("req"),
    )


async def _part(visit: Visit, path: str, params: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """A part of the page that the page can do without; None where it cannot be had now."""
    return await unless_away(visit.console.apis.get("matching", path, visit.caller, params))


def _correctable(problem: ApiProblem, entry: Entry) -> None:
    if problem.status not in _CORRECTABLE:
        raise problem
    add_problem(entry, FIELDS, problem.errors, problem.detail or problem.title)


def _form(
    visit: Visit, entry: Entry, *, known: dict[str, Any] | None = None, once: str | None = None, status: int = 200
) -> Response:
    return render(
        visit,
        "households/form.html",
        status=status,
        fields=FIELDS,
        entry=entry,
        known=known,
        once=once,
        short=short,
    )
