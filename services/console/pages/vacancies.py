"""A landlord's vacancies: what is to be confirmed first, the list with its filters, publish, change, withdraw."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from services.console.adapters.apis import ApiProblem
from services.console.adapters.place_names import named, resolve
from services.console.core.entry import Entry, Field, Issue, add_problem, filled, read
from services.console.core.vacancies import (
    FIELDS,
    LOOK_OF_COMMITMENT,
    LOOK_OF_STATUS,
    REFERENCE,
    RESERVATIONS,
    STATUSES,
    TYPOLOGIES,
    USUAL_REASON,
    WITHDRAWAL_REASONS,
    changes,
    commitment_of,
    confirmed_by,
    quickly_withdrawn,
    state_of,
)
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import Visit, needs
from shared.identity import Action, Resource

router = APIRouter(route_class=PageRoute)
LandlordVisit = Annotated[Visit, Depends(needs(Resource.VACANCY, Action.WRITE))]
_CORRECTABLE: Final = frozenset({400, 409, 422})
_SHOWN: Final = 100
# Most that are asked about at once: what is beyond comes when these are answered.
_ASKED: Final = 50


@router.get("/logements")
async def vacancies_page(visit: LandlordVisit) -> Response:
    """The organisation's own vacancies: those to confirm, then those that the filters let through."""
    filters = _filters(visit)
    places, remedies = _places(filters)
    items: list[Any] = []
    following = None
    if not remedies:
        status = filters["etat"]
        answer = await visit.console.apis.get(
            "ingest",
            "/v1/vacancies",
            visit.caller,
            {
                "limit": _SHOWN,
                "cursor": visit.request.query_params.get("suite"),
                "status": None if status == "withdrawn" else status,
                "withdrawn": "true" if status == "withdrawn" else None,
                "typology": filters["typologie"],
                "reservation": filters["reservation"],
                "reference": filters["reference"],
                **places,
            },
        )
        items, following = answer["items"], answer["next"]
    asked: dict[str, Any] = {"items": [], "next": None}
    if not any(filters.values()):
        asked = await visit.console.apis.get(
            "ingest", "/v1/vacancies", visit.caller, {"to_confirm": "true", "limit": _ASKED}
        )
    query = visit.request.query_params
    return render(
        visit,
        "vacancies/index.html",
        items=items,
        next_cursor=following,
        to_confirm=asked["items"],
        more_to_confirm=asked["next"] is not None,
        filters=filters,
        statuses=STATUSES,
        typologies=TYPOLOGIES,
        reservations=RESERVATIONS,
        reasons=WITHDRAWAL_REASONS,
        usual_reason=USUAL_REASON,
        quickly_withdrawn=quickly_withdrawn,
        remedies=remedies,
        done=query.get("fait"),
        count=_count(query.get("n")),
        left=_count(query.get("reste")),
        **_words(visit),
    )


@router.post("/logements/confirmation")
async def confirm(visit: LandlordVisit) -> Response:
    """« Toujours vacant »: the one whose button was pressed, those that are ticked, or all that the page shows."""
    form = await visit.form()
    one = str(form.get("one", ""))
    name = "shown" if form.get("which") == "all" else "ticked"
    chosen = [one] if one else [str(value) for value in form.getlist(name)]
    if not chosen:
        return RedirectResponse("/logements?fait=none", 303)
    answer = await visit.console.apis.send(
        "POST", "ingest", "/v1/vacancies:confirm", visit.caller, body={"references": chosen[:500]}
    )
    ends = [item["result"] for item in answer["items"]]
    # What was confirmed meanwhile by a later observation stands too.
    done = sum(1 for end in ends if end in {"confirmed", "superseded"})
    return RedirectResponse(f"/logements?fait=confirmed&n={done}&reste={len(ends) - done}", 303)


@router.post("/logements/retraits")
async def withdraw_quickly(visit: LandlordVisit) -> Response:
    """« Plus vacant »: withdraws the one whose button was pressed, for the reason chosen above the list."""
    form = await visit.form()
    return await _withdraw(visit, str(form.get("one", "")), str(form.get("reason", "")))


@router.get("/logements/nouveau")
async def new_vacancy(visit: LandlordVisit, depuis: str = "") -> Response:
    """An empty form, or that of an episode that is over: publishing it opens a new one."""
    fields = (REFERENCE, *FIELDS)
    if not depuis:
        return _form(visit, fields, Entry())
    past = _past_episode(depuis, await _episodes(visit, depuis))
    return _form(visit, fields, filled(fields, past, named))


@router.post("/logements/nouveau")
async def publish(visit: LandlordVisit) -> Response:
    """Publishes, or shows the form again with what to correct."""
    form = await visit.form()
    fields = (REFERENCE, *FIELDS)
    entry = read(fields, lambda name: [str(text) for text in form.getlist(name)], resolve)
    reference = entry.body.pop("reference", "")
    if not entry.issues:
        try:
            answer = await visit.console.apis.send(
                "PUT", "ingest", f"/v1/vacancies/{reference}", visit.caller, body=entry.body
            )
        except ApiProblem as problem:
            _refused(entry, fields, problem)
        else:
            return RedirectResponse(f"/logements?fait={answer['result']}", 303)
    return _form(visit, fields, entry, status=422)


@router.get("/logements/{identifier}")
async def vacancy_page(visit: LandlordVisit, identifier: str) -> Response:
    """One vacancy: where it stands, whether it is taken, the form that changes it, its episodes."""
    episodes = await _episodes(visit, identifier)
    try:
        item = await visit.console.apis.get("ingest", f"/v1/vacancies/{identifier}", visit.caller)
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        past = _past_episode(identifier, episodes)
        return render(visit, "vacancies/past.html", past=past, episodes=episodes, fields=FIELDS, **_words(visit))
    return _form(visit, FIELDS, filled(FIELDS, item, named), known=item, episodes=episodes)


@router.post("/logements/{identifier}")
async def change(visit: LandlordVisit, identifier: str) -> Response:
    """Changes a vacancy, if nobody else has since the form was opened; the same content again confirms it."""
    form = await visit.form()
    entry = read(FIELDS, lambda name: [str(text) for text in form.getlist(name)], resolve)
    if not entry.issues:
        try:
            answer = await visit.console.apis.send(
                "PATCH",
                "ingest",
                f"/v1/vacancies/{identifier}",
                visit.caller,
                body=changes(entry.body),
                if_match=str(form.get("version", "")) or None,
            )
        except ApiProblem as problem:
            if problem.status == 412:
                entry.add("", Issue("vacancies.changed_meanwhile", is_key=True))
            else:
                _refused(entry, FIELDS, problem)
        else:
            return RedirectResponse(f"/logements?fait={answer['result']}", 303)
    known = await visit.console.apis.get("ingest", f"/v1/vacancies/{identifier}", visit.caller)
    return _form(visit, FIELDS, entry, known=known, episodes=await _episodes(visit, identifier), status=422)


@router.post("/logements/{identifier}/retrait")
async def withdraw(visit: LandlordVisit, identifier: str) -> Response:
    """Withdraws a vacancy, with the reason."""
    form = await visit.form()
    return await _withdraw(visit, identifier, str(form.get("reason", "")))


async def _withdraw(visit: Visit, identifier: str, reason: str) -> Response:
    await visit.console.apis.send(
        "DELETE",
        "ingest",
        f"/v1/vacancies/{identifier}",
        visit.caller,
        params={"reason": reason if reason in WITHDRAWAL_REASONS else None},
    )
    return RedirectResponse("/logements?fait=withdrawn", 303)


async def _episodes(visit: Visit, identifier: str) -> list[dict[str, Any]]:
    """Every episode of a reference, newest first."""
    found = await visit.console.apis.get("ingest", f"/v1/vacancies/{identifier}/episodes", visit.caller)
    return list(found["items"])


def _past_episode(identifier: str, episodes: list[dict[str, Any]]) -> dict[str, Any]:
    """The episode of an id, or the newest of a reference; what its reader opens is known to be over."""
    return next((one for one in episodes if one["id"] == identifier), episodes[0])


def _refused(entry: Entry, fields: tuple[Field, ...], problem: ApiProblem) -> None:
    if problem.status not in _CORRECTABLE:
        raise problem
    add_problem(entry, fields, problem.errors, problem.detail or problem.title)


def _filters(visit: Visit) -> dict[str, str]:
    """What the list is narrowed to, as the address says it; a code that does not exist narrows nothing."""
    query = visit.request.query_params
    known = {"etat": STATUSES, "typologie": TYPOLOGIES, "reservation": RESERVATIONS}
    codes = {name: query.get(name, "") if query.get(name) in allowed else "" for name, allowed in known.items()}
    texts = {name: query.get(name, "").strip()[:80] for name in ("commune", "territoire", "reference")}
    return {**codes, **texts}


def _places(filters: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The places that the filters name, as the API takes them, and remedies for names that are not known."""
    found: dict[str, str] = {}
    remedies: list[str] = []
    for name, kind in (("commune", "communes"), ("territoire", "territories")):
        text = filters[name]
        if not text:
            continue
        code, remedy = resolve(kind, text.rpartition("(")[2].rstrip(")") if text.endswith(")") else text)
        if code is None:
            remedies.append(remedy or text)
        else:
            found["commune" if kind == "communes" else "departement" if len(code) <= 3 else "territory"] = code
    return found, remedies


def _count(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else 0


def _words(visit: Visit) -> dict[str, Any]:
    """What every page of vacancies is written with."""
    user = visit.who.actor.user if visit.who else None
    return {
        "place": lambda one: named("communes", one),
        "look": LOOK_OF_STATUS,
        "look_of_commitment": LOOK_OF_COMMITMENT,
        "state_of": state_of,
        "commitment_of": commitment_of,
        "who_confirmed": lambda item: confirmed_by(item, user),
    }


def _form(
    visit: Visit,
    fields: tuple[Field, ...],
    entry: Entry,
    *,
    known: dict[str, Any] | None = None,
    episodes: list[dict[str, Any]] | None = None,
    status: int = 200,
) -> Response:
    return render(
        visit,
        "vacancies/form.html",
        status=status,
        fields=fields,
        entry=entry,
        known=known,
        episodes=episodes or [],
        reasons=WITHDRAWAL_REASONS,
        **_words(visit),
    )
