"""Commissions: the plan and "what if", shortlists kept from it, and proposals made from these."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from services.console.adapters.apis import ApiProblem
from services.console.adapters.place_names import named, resolve
from services.console.core.placements import short
from services.console.core.vacancies import TYPOLOGIES
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import Visit, needs
from shared.identity import Action, Resource

router = APIRouter(route_class=PageRoute)
Planner = Annotated[Visit, Depends(needs(Resource.PLAN, Action.WRITE))]
ASKED: Final = ("territoire", "propositions", "commune", "typologie", "surface", "loyer")
PATIENCE_SECONDS: Final = 60.0  # a plan is reckoned when it is asked for
_TOLD: Final = frozenset({400, 404, 409, 422})
_TOLD_AFTER: Final = {  # by what the address carries
    "fait": "commissions.kept",
    "rien": "commissions.kept_none",
    "clos": "commissions.nobody_left",
    "passe": "commissions.passed_over",
}


@router.get("/commissions")
async def commissions_page(visit: Planner) -> Response:
    """The shortlists under way, and the plan where one is asked for; the address alone says what was asked."""
    return await _page(visit)


@router.post("/commissions/garder")
async def keep(visit: Planner) -> Response:
    """Keeps the shortlists of the plan that the page showed, made anew."""
    form = await visit.form()
    asked = {name: str(form.get(name, "")) for name in ASKED}
    body, _ = _body({**asked, "commune": ""})
    try:
        made = await visit.console.apis.send(
            "POST",
            "matching",
            "/v1/plans",
            visit.caller,
            body={**body, "keep": True},
            patience_seconds=PATIENCE_SECONDS,
        )
    except ApiProblem as problem:
        return await _told(visit, problem)
    return RedirectResponse(f"/commissions?{'fait' if made['shortlists'] else 'rien'}#listes", 303)


@router.post("/commissions/{shortlist}/proposer")
async def propose(visit: Planner, shortlist: str) -> Response:
    """Proposes the home to the first of the list who can still have it."""
    await visit.form()
    try:
        made = await visit.console.apis.send(
            "POST", "matching", f"/v1/shortlists/{shortlist}:propose", visit.caller, body={}
        )
    except ApiProblem as problem:
        return await _told(visit, problem)
    if made["closed_at"] is not None:
        return RedirectResponse("/commissions?clos&closes=1#listes", 303)
    if any(one["passed"] and one.get("other_proposal") for one in made["candidates"]):
        return RedirectResponse("/commissions?passe#listes", 303)
    return RedirectResponse(f"/propositions/{made['placement']}", 303)


@router.post("/commissions/{shortlist}/clore")
async def close(visit: Planner, shortlist: str) -> Response:
    """Ends a shortlist."""
    await visit.form()
    await visit.console.apis.send("POST", "matching", f"/v1/shortlists/{shortlist}:close", visit.caller, body={})
    return RedirectResponse("/commissions#listes", 303)


async def _told(visit: Visit, problem: ApiProblem) -> Response:
    if problem.status not in _TOLD:
        raise problem
    return await _page(
        visit, wrong=problem.detail or problem.title, in_the_way=problem.placement, status=problem.status
    )


async def _page(
    visit: Visit, *, wrong: str | None = None, in_the_way: str | None = None, status: int = 200
) -> Response:
    query = visit.request.query_params
    asked = {name: query.get(name, "").strip()[:120] for name in ASKED}
    plan, unknown = None, False
    if "plan" in query and wrong is None:
        body, unknown = _body(asked)
        try:
            plan = await visit.console.apis.send(
                "POST", "matching", "/v1/plans", visit.caller, body=body, patience_seconds=PATIENCE_SECONDS
            )
        except ApiProblem as problem:
            if problem.status not in _TOLD:
                raise
            wrong, status = problem.detail or problem.title, 422
    closed = "closes" in query
    asked_lists = {"limit": 50, "closed": "true" if closed else None}
    lists = await visit.console.apis.get("matching", "/v1/shortlists", visit.caller, asked_lists)
    return render(
        visit,
        "commissions/index.html",
        status=status,
        asked=asked,
        plan=plan,
        unknown=unknown,
        wrong=wrong,
        in_the_way=in_the_way,
        lists=lists["items"],
        closed=closed,
        told=next((words for sign, words in _TOLD_AFTER.items() if sign in query), None),
        typologies=TYPOLOGIES,
        place=named,
        short=short,
    )


def _body(asked: Mapping[str, str]) -> tuple[dict[str, Any], bool]:
    """The body of a plan, and whether a place was not known."""
    body: dict[str, Any] = {"proposals_too": asked["propositions"] == "1"}
    unknown = False
    if asked["territoire"]:
        code, _ = resolve("territories", _code(asked["territoire"]))
        unknown |= code is None
        body["territories"] = [code] if code else []
    surface, rent = (_figure(asked[name]) for name in ("surface", "loyer"))
    if asked["commune"] and asked["typologie"] in TYPOLOGIES and surface is not None and rent is not None:
        commune, _ = resolve("communes", _code(asked["commune"]))
        unknown |= commune is None
        if commune is not None:
            home = {
                "commune": commune,
                "typology": asked["typologie"],
                "surface_m2": surface,
                "rent_eur_per_month": rent,
            }
            body["imagined"] = [home]
    return body, unknown


def _code(text: str) -> str:
    """What stands in brackets at the end of a suggestion, else the text."""
    inside = text.rpartition("(")[2].rstrip(")").strip()
    return inside if text.endswith(")") else text


def _figure(text: str) -> float | None:
    plain = text.replace(",", ".").replace(" ", "").replace("\u202f", "").removesuffix("€").removesuffix("m²")
    try:
        return float(plain)
    except ValueError:
        return None
