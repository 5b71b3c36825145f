"""Host territories declare what they take: list, one territory, the form, what is announced, history."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from services.console.adapters.apis import ApiProblem
from services.console.adapters.place_names import named, resolve
from services.console.core.entry import Entry
from services.console.core.hosting import (
    CLOSURES,
    CONTACTS,
    FIELDS,
    LOOK_OF_STATUS,
    REASONS,
    add_refusal,
    declared_on,
    entered,
    shown,
    with_programme,
)
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import Visit, needs
from shared.clock import paris_date
from shared.events import CommitmentStatus
from shared.geography import geography
from shared.identity import Action, Resource, Role
from shared.programmes import Programme
from shared.web.problems import Problem, ProblemType

router = APIRouter(route_class=PageRoute)
HostVisit = Annotated[Visit, Depends(needs(Resource.COMMITMENT, Action.WRITE))]
_CORRECTABLE: Final = frozenset({400, 404, 409, 422})


@router.get("/engagements")
async def commitments_page(visit: HostVisit) -> Response:
    """The commitments that this visitor may change, and the way to declare for a territory."""
    query = visit.request.query_params
    asked = query.get("territoire", "").strip()
    remedy = None
    if asked:
        code, remedy = resolve("territories", asked.rpartition("(")[2].rstrip(")") if "(" in asked else asked)
        if code is not None:
            return RedirectResponse(f"/engagements/{code}", 303)
    status = query.get("etat") if query.get("etat") in set(CommitmentStatus) else None
    items = await visit.console.apis.pages("ingest", "/v1/territories", visit.caller, {"limit": 500, "status": status})
    return render(
        visit,
        "hosting/index.html",
        items=[one for one in items if within(visit, one["code"])],
        own=_own_codes(visit),
        statuses=[one.value for one in CommitmentStatus],
        wanted_status=status,
        asked=asked,
        remedy=remedy,
        look=LOOK_OF_STATUS,
        place=lambda code: named("territories", code),
        done=query.get("fait"),
    )


@router.get("/engagements/{code}")
async def host_page(visit: HostVisit, code: str) -> Response:
    """One territory: what holds today, what is announced, what was declared before, whom to speak to."""
    _check(visit, code)
    apis, caller = visit.console.apis, visit.caller
    now = await apis.get("ingest", f"/v1/territories/{code}", caller)
    history = await apis.get("ingest", f"/v1/territories/{code}/history", caller)
    contacts = await apis.get("ingest", f"/v1/territories/{code}/contacts", caller)
    taken = {one["programme"] for one in now["commitments"]}
    return render(
        visit,
        "hosting/one.html",
        code=code,
        commitments=now["commitments"],
        announced=now["announced"],
        history=history["items"],
        contacts=contacts["items"],
        programmes=[one.value for one in Programme if one.value not in taken],
        look=LOOK_OF_STATUS,
        place=named,
        done=visit.request.query_params.get("fait"),
    )


@router.get("/engagements/{code}/{programme}")
async def commitment_form(visit: HostVisit, code: str, programme: Programme) -> Response:
    """The form of one programme, filled with what is declared today."""
    _check(visit, code)
    declared = declared_on(await _history(visit, code), _today(visit))
    known = next((one for one in declared if one["programme"] == programme.value), None)
    contacts = await visit.console.apis.get("ingest", f"/v1/territories/{code}/contacts", visit.caller)
    own = [one for one in contacts["items"] if one["programme"] == programme.value]
    return _form(visit, code, programme, shown(known or {}, own, named), known=known is not None)


@router.post("/engagements/{code}/{programme}")
async def declare(visit: HostVisit, code: str, programme: Programme) -> Response:
    """Declares, at once or from a later day on; or shows the form again with what to correct."""
    _check(visit, code)
    form = await visit.form()
    entry = entered(lambda name: [str(text) for text in form.getlist(name)], resolve)
    history = await _history(visit, code)
    if not entry.issues:
        day = entry.body.pop("effective_from", None)
        declared = declared_on(history, day or _today(visit))
        body: dict[str, Any] = {"commitments": with_programme(declared, programme.value, entry.body)}
        if day and day != _today(visit):
            body["effective_from"] = day
        try:
            answer = await visit.console.apis.send("PUT", "ingest", f"/v1/territories/{code}", visit.caller, body=body)
        except ApiProblem as problem:
            if problem.status not in _CORRECTABLE:
                raise
            add_refusal(entry, problem.errors, problem.detail or problem.title)
        else:
            return RedirectResponse(f"/engagements/{code}?fait={answer['result']}", 303)
    known = any(one["programme"] == programme.value for one in declared_on(history, _today(visit)))
    return _form(visit, code, programme, entry, known=known, status=422)


@router.post("/engagements/{code}/{programme}/retrait")
async def withdraw(visit: HostVisit, code: str, programme: Programme) -> Response:
    """Withdraws the commitment of one programme, today."""
    _check(visit, code)
    await visit.form()
    declared = declared_on(await _history(visit, code), _today(visit))
    body = {"commitments": with_programme(declared, programme.value, None)}
    await visit.console.apis.send("PUT", "ingest", f"/v1/territories/{code}", visit.caller, body=body)
    return RedirectResponse(f"/engagements/{code}?fait=withdrawn", 303)


@router.post("/engagements/{code}/annonces/{day}/retrait")
async def take_back(visit: HostVisit, code: str, day: str) -> Response:
    """Takes back what was announced for a later day."""
    _check(visit, code)
    await visit.form()
    await visit.console.apis.send("DELETE", "ingest", f"/v1/territories/{code}/announcements/{day}", visit.caller)
    return RedirectResponse(f"/engagements/{code}?fait=taken_back", 303)


def within(visit: Visit, code: str) -> bool:
    """Whether the visitor may declare for a territory; ingest checks it again."""
    if visit.role is not Role.TERRITORY:
        return True
    own = visit.who.actor.territories if visit.who else frozenset()
    territory = geography().territory(code)
    return code in own or bool(own & set(territory.departements if territory else ()))


def _check(visit: Visit, code: str) -> None:
    atlas = geography()
    known = atlas.territory(code) is not None or atlas.departement(code) is not None
    if not known or not within(visit, code):
        raise Problem(ProblemType.NOT_FOUND)


def _own_codes(visit: Visit) -> list[str]:
    return sorted(visit.who.actor.territories) if visit.who and visit.role is Role.TERRITORY else []


async def _history(visit: Visit, code: str) -> list[dict[str, Any]]:
    answer = await visit.console.apis.get("ingest", f"/v1/territories/{code}/history", visit.caller)
    return list(answer["items"])


def _today(visit: Visit) -> str:
    return paris_date(visit.now).isoformat()


def _form(visit: Visit, code: str, programme: Programme, entry: Entry, *, known: bool, status: int = 200) -> Response:
    return render(
        visit,
        "hosting/form.html",
        status=status,
        code=code,
        programme=programme.value,
        fields=FIELDS,
        entry=entry,
        known=known,
        closures=CLOSURES,
        contacts=CONTACTS,
        reasons=REASONS,
        place=lambda one: named("territories", one),
    )
