"""Webhook endpoints of the organisation: list, create, try, replay, renew the secret, and what was sent."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from services.console.adapters.apis import ApiProblem
from services.console.adapters.place_names import named, resolve
from services.console.core.endpoints import LOOK_OF_STATE, body_of, fields_for, look, since_of
from services.console.core.entry import Entry, add_problem, read
from services.console.core.placements import short
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import Visit, needs
from shared.identity import Action, Resource
from shared.ids import new_id

router = APIRouter(route_class=PageRoute)
ReadingVisit = Annotated[Visit, Depends(needs(Resource.ENDPOINT, Action.READ))]
WritingVisit = Annotated[Visit, Depends(needs(Resource.ENDPOINT, Action.WRITE))]
_CORRECTABLE: Final = frozenset({400, 409, 422})
_DONE: Final = frozenset({"test", "replay", "enabled", "disabled", "removed"})


@router.get("/abonnements")
async def endpoints_page(visit: ReadingVisit) -> Response:
    """Endpoints and the last deliveries."""
    return await _list(visit)


@router.get("/abonnements/nouveau")
async def new_endpoint(visit: WritingVisit) -> Response:
    """An empty form."""
    return _form(visit, Entry())


@router.post("/abonnements/nouveau")
async def create(visit: WritingVisit) -> Response:
    """Creates an endpoint and shows its secret, once."""
    form = await visit.form()
    fields = fields_for(visit.role)
    entry = read(fields, lambda name: [str(text) for text in form.getlist(name)], resolve)
    if entry.issues:
        return _form(visit, entry, status=422)
    try:
        made = await visit.console.apis.send(
            "POST",
            "notify",
            "/v1/endpoints",
            visit.caller,
            body=body_of(entry, visit.who.actor.user if visit.who else None),
            idempotency_key=str(form.get("once", "")) or None,
        )
    except ApiProblem as problem:
        if problem.status not in _CORRECTABLE:
            raise
        add_problem(entry, fields, (_placed(error) for error in problem.errors), problem.detail or problem.title)
        return _form(visit, entry, status=422)
    return await _one(visit, made["id"], secret=made.get("secret"))


@router.get("/abonnements/{identifier}")
async def endpoint_page(visit: ReadingVisit, identifier: str) -> Response:
    """One endpoint with its deliveries."""
    return await _one(visit, identifier)


@router.get("/abonnements/{identifier}/envois/{delivery}")
async def delivery_page(visit: ReadingVisit, identifier: str, delivery: str) -> Response:
    """One delivery with its tries: what was sent, and the beginning of each answer."""
    endpoint, found = await asyncio.gather(
        visit.console.apis.get("notify", f"/v1/endpoints/{identifier}", visit.caller),
        visit.console.apis.get("notify", f"/v1/deliveries/{delivery}", visit.caller),
    )
    return render(
        visit,
        "endpoints/delivery.html",
        endpoint=endpoint,
        delivery=found,
        look_of_state=LOOK_OF_STATE,
        may_write=visit.may(Resource.ENDPOINT, Action.WRITE),
    )


@router.post("/abonnements/{identifier}/essai")
async def test(visit: WritingVisit, identifier: str) -> Response:
    """Sends a test event."""
    await visit.form()
    return await _acted(visit, identifier, f"/v1/endpoints/{identifier}:test", "test")


@router.post("/abonnements/{identifier}/renvoi")
async def replay(visit: WritingVisit, identifier: str) -> Response:
    """Sends again what failed, since a day or ever, or one delivery."""
    form = await visit.form()
    delivery, since = str(form.get("delivery", "")), str(form.get("since", ""))
    body = {"delivery": delivery} if delivery else {}
    if since:
        start = since_of(since)
        if start is None:
            return await _one(visit, identifier, wrong=visit.say("endpoints.since_wrong"), status=422)
        body = {"since": start}
    return await _acted(visit, identifier, f"/v1/endpoints/{identifier}:replay", "replay", body)


@router.post("/abonnements/{identifier}/secret")
async def rotate(visit: WritingVisit, identifier: str) -> Response:
    """Renews the signing secret and shows it, once."""
    await visit.form()
    answer = await visit.console.apis.send("POST", "notify", f"/v1/endpoints/{identifier}:rotate", visit.caller)
    return await _one(visit, identifier, secret=answer["secret"], previous_until=answer["previous_valid_until"])


@router.post("/abonnements/{identifier}/etat")
async def enable(visit: WritingVisit, identifier: str) -> Response:
    """Enables or disables."""
    form = await visit.form()
    enabled = form.get("enabled") == "yes"
    path = f"/v1/endpoints/{identifier}"
    await visit.console.apis.send("PATCH", "notify", path, visit.caller, body={"enabled": enabled})
    return RedirectResponse(f"/abonnements/{identifier}?fait={'enabled' if enabled else 'disabled'}", 303)


@router.post("/abonnements/{identifier}/suppression")
async def remove(visit: WritingVisit, identifier: str) -> Response:
    """Removes an endpoint with its deliveries."""
    form = await visit.form()
    if form.get("sure") != "yes":
        return await _one(visit, identifier, wrong=visit.say("endpoints.remove_unsure"), status=422)
    await visit.console.apis.send("DELETE", "notify", f"/v1/endpoints/{identifier}", visit.caller)
    return RedirectResponse("/abonnements?fait=removed", 303)


async def _acted(visit: Visit, identifier: str, path: str, done: str, body: dict[str, Any] | None = None) -> Response:
    try:
        await visit.console.apis.send("POST", "notify", path, visit.caller, body=body)
    except ApiProblem as problem:
        if problem.status != 409:
            raise
        return await _one(visit, identifier, wrong=problem.detail or problem.title, status=409)
    return RedirectResponse(f"/abonnements/{identifier}?fait={done}", 303)


async def _list(visit: Visit) -> Response:
    apis, query = visit.console.apis, visit.request.query_params
    found, deliveries = await asyncio.gather(
        apis.get("notify", "/v1/endpoints", visit.caller),
        apis.get("notify", "/v1/deliveries", visit.caller, {"limit": 30}),
    )
    return render(
        visit,
        "endpoints/index.html",
        items=found["items"],
        deliveries=deliveries["items"],
        next_cursor=None,
        look=look,
        look_of_state=LOOK_OF_STATE,
        short=short,
        done="removed" if query.get("fait") == "removed" else None,
    )


async def _one(
    visit: Visit,
    identifier: str,
    *,
    secret: str | None = None,
    previous_until: str | None = None,
    wrong: str | None = None,
    status: int = 200,
) -> Response:
    apis, query = visit.console.apis, visit.request.query_params
    endpoint, deliveries = await asyncio.gather(
        apis.get("notify", f"/v1/endpoints/{identifier}", visit.caller),
        apis.get(
            "notify",
            "/v1/deliveries",
            visit.caller,
            {"endpoint": identifier, "limit": 50, "cursor": query.get("suite")},
        ),
    )
    done = query.get("fait")
    return render(
        visit,
        "endpoints/one.html",
        status=status,
        endpoint=endpoint,
        deliveries=deliveries["items"],
        next_cursor=deliveries["next"],
        secret=secret,
        previous_until=previous_until,
        look=look,
        look_of_state=LOOK_OF_STATE,
        place=named,
        short=short,
        wrong=wrong,
        done=done if done in _DONE else None,
        may_write=visit.may(Resource.ENDPOINT, Action.WRITE),
    )


def _placed(error: dict[str, Any]) -> dict[str, Any]:
    """An error about headers beside the field that names one."""
    return {**error, "field": "header_name"} if str(error.get("field", "")).startswith("headers") else error


def _form(visit: Visit, entry: Entry, *, status: int = 200) -> Response:
    return render(
        visit, "endpoints/form.html", status=status, fields=fields_for(visit.role), entry=entry, once=new_id("req")
    )
