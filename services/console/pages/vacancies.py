"""A landlord's vacancies: list, publish, change, withdraw."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from services.console.adapters.apis import ApiProblem
from services.console.adapters.place_names import named, resolve
from services.console.core.entry import Entry, Field, add_problem, filled, read
from services.console.core.vacancies import FIELDS, LOOK_OF_STATUS, REFERENCE, STATUSES, WITHDRAWAL_REASONS
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import Visit, needs
from shared.identity import Action, Resource

router = APIRouter(route_class=PageRoute)
LandlordVisit = Annotated[Visit, Depends(needs(Resource.VACANCY, Action.WRITE))]
_CORRECTABLE: Final = frozenset({400, 409, 422})


@router.get("/logements")
async def vacancies_page(visit: LandlordVisit) -> Response:
    """The organisation's own vacancies."""
    query = visit.request.query_params
    status = query.get("etat") if query.get("etat") in STATUSES else None
    commune = query.get("commune", "").strip()
    code, remedy = resolve("communes", commune.rpartition("(")[2].rstrip(")")) if commune else (None, None)
    items: list[Any] = []
    following = None
    if not commune or code is not None:
        answer = await visit.console.apis.get(
            "ingest",
            "/v1/vacancies",
            visit.caller,
            {
                "limit": 100,
                "cursor": query.get("suite"),
                "commune": code,
                "status": None if status == "withdrawn" else status,
                "withdrawn": "true" if status == "withdrawn" else None,
            },
        )
        items, following = answer["items"], answer["next"]
    return render(
        visit,
        "vacancies/index.html",
        items=items,
        next_cursor=following,
        wanted_status=status,
        statuses=STATUSES,
        commune=commune,
        remedy=remedy,
        place=lambda one: named("communes", one),
        look=LOOK_OF_STATUS,
        done=query.get("fait"),
    )


@router.get("/logements/nouveau")
async def new_vacancy(visit: LandlordVisit) -> Response:
    """An empty form."""
    return _form(visit, (REFERENCE, *FIELDS), Entry())


@router.post("/logements/nouveau")
async def publish(visit: LandlordVisit) -> Response:
    """Publishes, or shows the form again with what to correct."""
    form = await visit.form()
    fields = (REFERENCE, *FIELDS)
    entry = read(fields, lambda name: [str(text) for text in form.getlist(name)], resolve)
    reference = entry.body.pop("reference", "")
    return await _send(visit, fields, entry, reference, known=None)


@router.get("/logements/{identifier}")
async def vacancy_page(visit: LandlordVisit, identifier: str) -> Response:
    """One vacancy, with the form that changes it and the way to withdraw it."""
    item = await visit.console.apis.get("ingest", f"/v1/vacancies/{identifier}", visit.caller)
    return _form(visit, FIELDS, filled(FIELDS, item, named), known=item)


@router.post("/logements/{identifier}")
async def change(visit: LandlordVisit, identifier: str) -> Response:
    """Changes a vacancy; the same content again confirms it."""
    form = await visit.form()
    entry = read(FIELDS, lambda name: [str(text) for text in form.getlist(name)], resolve)
    known = await visit.console.apis.get("ingest", f"/v1/vacancies/{identifier}", visit.caller)
    # What this form does not show is kept as it is.
    kept = {name: known[name] for name in ("landlord_kind", "rpls_id") if known.get(name) is not None}
    entry.body = {**kept, **entry.body}
    return await _send(visit, FIELDS, entry, identifier, known=known)


@router.post("/logements/{identifier}/retrait")
async def withdraw(visit: LandlordVisit, identifier: str) -> Response:
    """Withdraws a vacancy, with the reason."""
    form = await visit.form()
    reason = str(form.get("reason", ""))
    await visit.console.apis.send(
        "DELETE",
        "ingest",
        f"/v1/vacancies/{identifier}",
        visit.caller,
        params={"reason": reason if reason in WITHDRAWAL_REASONS else None},
    )
    return RedirectResponse("/logements?fait=withdrawn", 303)


async def _send(
    visit: Visit, fields: tuple[Field, ...], entry: Entry, reference: str, *, known: dict[str, Any] | None
) -> Response:
    if not entry.issues:
        try:
            answer = await visit.console.apis.send(
                "PUT", "ingest", f"/v1/vacancies/{reference}", visit.caller, body=entry.body
            )
        except ApiProblem as problem:
            if problem.status not in _CORRECTABLE:
                raise
            add_problem(entry, fields, problem.errors, problem.detail or problem.title)
        else:
            return RedirectResponse(f"/logements?fait={answer['result']}", 303)
    return _form(visit, fields, entry, known=known, status=422)


def _form(
    visit: Visit, fields: tuple[Field, ...], entry: Entry, *, known: dict[str, Any] | None = None, status: int = 200
) -> Response:
    return render(
        visit,
        "vacancies/form.html",
        status=status,
        fields=fields,
        entry=entry,
        known=known,
        look=LOOK_OF_STATUS,
        place=lambda one: named("communes", one),
        reasons=WITHDRAWAL_REASONS,
    )
