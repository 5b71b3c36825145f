"""Homes that wait, who could live in one, and a landlord's rules on budgets."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from services.console.adapters.apis import ApiProblem
from services.console.core.entry import Entry, Field, Kind, add_problem, filled, read
from services.console.core.placements import short
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import Visit, needs
from shared.identity import Action, Resource

router = APIRouter(route_class=PageRoute)
Decider = Annotated[Visit, Depends(needs(Resource.VACANCY, Action.DECIDE))]
Reader = Annotated[Visit, Depends(needs(Resource.VACANCY, Action.READ))]
Landlord = Annotated[Visit, Depends(needs(Resource.LANDLORD_RULE, Action.WRITE))]
RULES: Final = (
    Field("effort_ceiling", Kind.DECIMAL, "rules.ceiling", unit="%", hint="rules.ceiling_hint"),
    Field("left_eur_per_day", Kind.DECIMAL, "rules.left", unit="€", hint="rules.left_hint"),
)


@router.get("/retenus")
async def held_page(visit: Decider) -> Response:
    """Homes that the engine keeps for later, with the reason and the end."""
    query = visit.request.query_params
    page = await visit.console.apis.get(
        "matching", "/v1/vacancies/held", visit.caller, {"limit": 100, "cursor": query.get("suite")}
    )
    return render(
        visit, "held/index.html", items=page["items"], next_cursor=page["next"], asked="demande" in query, short=short
    )


@router.post("/retenus/{vacancy}/proposer")
async def propose_now(visit: Decider, vacancy: str) -> Response:
    """Asks for a proposal of a home without waiting."""
    await visit.form()
    await visit.console.apis.send("POST", "matching", f"/v1/vacancies/{vacancy}:propose", visit.caller, body={})
    return RedirectResponse("/retenus?demande", 303)


@router.get("/perspectives/{vacancy}")
async def prospects_page(visit: Reader, vacancy: str) -> Response:
    """Who could live in a home, and what stops the others."""
    found = await visit.console.apis.get("matching", f"/v1/vacancies/{vacancy}/prospects", visit.caller)
    can_ask = visit.may(Resource.VACANCY, Action.DECIDE)
    return render(visit, "held/prospects.html", found=found, vacancy=vacancy, can_ask=can_ask, short=short)


@router.get("/regles")
async def rules_page(visit: Landlord) -> Response:
    """The landlord's rules as they are."""
    found = await visit.console.apis.get("matching", "/v1/landlord-rules", visit.caller)
    known: dict[str, Any] = next(iter(found["items"]), {})
    ceiling = known.get("effort_ceiling")
    shown = {**known, "effort_ceiling": None if ceiling is None else round(100 * ceiling, 1)}
    return _rules(visit, filled(RULES, shown, lambda _, code: code))


@router.post("/regles")
async def set_rules(visit: Landlord) -> Response:
    """Replaces the landlord's rules."""
    form = await visit.form()
    entry = read(RULES, lambda name: [str(text) for text in form.getlist(name)], lambda *_: (None, None))
    if not entry.issues:
        body = dict(entry.body)
        if "effort_ceiling" in body:
            body["effort_ceiling"] = body["effort_ceiling"] / 100
        try:
            await visit.console.apis.send("PUT", "matching", "/v1/landlord-rules", visit.caller, body=body)
        except ApiProblem as problem:
            if problem.status != 422:
                raise
            add_problem(entry, RULES, problem.errors, problem.detail or problem.title)
        else:
            return RedirectResponse("/regles?fait", 303)
    return _rules(visit, entry, status=422)


def _rules(visit: Visit, entry: Entry, status: int = 200) -> Response:
    saved = "fait" in visit.request.query_params
    return render(visit, "held/rules.html", status=status, fields=RULES, entry=entry, saved=saved)
