"""Alerts: the live stream passed on from notify with its ids, the sentence of one, and the list of the last."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from services.console.adapters.apis import ApiError, ApiProblem
from services.console.core.alerts import Alert, alert_of, worth_telling
from services.console.core.placements import look, short
from services.console.pages.placements import household_labels
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import SignedInVisit, Visit
from shared import telemetry
from shared.identity import Action, Resource
from shared.ids import is_id

router = APIRouter(route_class=PageRoute)
log = telemetry.logger(__name__)
SHOWN: Final = 200
_HEADERS: Final = {"cache-control": "no-store", "x-accel-buffering": "no"}


@router.get("/alertes")
async def alerts_page(visit: SignedInVisit) -> Response:
    """The stream for a browser's EventSource, the list for people."""
    if "text/event-stream" in visit.request.headers.get("accept", ""):
        return await _stream(visit)
    items: list[dict[str, Any]] = []
    labels: dict[str, str] = {}
    if visit.may(Resource.PLACEMENT, Action.READ):
        page, labels = await asyncio.gather(
            visit.console.apis.get("matching", "/v1/placements", visit.caller, {"limit": SHOWN}),
            household_labels(visit),
        )
        items = sorted(page["items"], key=lambda one: str(one["changed_at"]), reverse=True)
    found = [_alert(visit, one, labels) for one in items if worth_telling(one["step"])]
    return render(
        visit,
        "alerts.html",
        alerts=found,
        look=look,
        tunable=await _tunable(visit),
        marked="pas_utile" in visit.request.query_params,
    )


@router.post("/alertes/pas-utile")
async def not_useful(visit: SignedInVisit) -> Response:
    """« Pas utile »: alerts of that kind wait for the digest from now on."""
    form = await visit.form()
    alert = str(form.get("alert", ""))
    if is_id(alert, "alr"):
        await visit.console.apis.send("POST", "notify", f"/v1/alerts/{alert}:not-useful", visit.caller)
    return RedirectResponse("/alertes?pas_utile", 303)


async def _tunable(visit: Visit) -> dict[tuple[str, str], str]:
    """The visitor's own alerts that can still be called not useful, by placement and step; none where notify is away."""
    try:
        page = await visit.console.apis.get("notify", "/v1/alerts", visit.caller, {"limit": SHOWN})
    except ApiError:
        return {}
    return {(one["placement"], one["step"]): one["id"] for one in reversed(page["items"]) if not one["not_useful"]}


@router.get("/alertes/phrase")
async def sentence(
    visit: SignedInVisit, placement: str = "", step: str = "", confirmations: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """The sentence of one alert, by right; nothing for a step that needs nobody, or that has passed.

    `confirmations`: how many vacancies have just gone stale, for their landlord.
    """
    if confirmations and visit.may(Resource.VACANCY, Action.WRITE):
        return render(visit, "vacancies/alert.html", confirmations=confirmations)
    if not placement:
        return Response(status_code=204)
    if not visit.may(Resource.PLACEMENT, Action.READ):
        return Response(status_code=204)
    try:
        found = await visit.console.apis.get("matching", f"/v1/placements/{placement}", visit.caller)
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        return Response(status_code=204)
    if not worth_telling(found["step"]) or (step and step != found["step"]):
        return Response(status_code=204)
    return render(visit, "alert.html", alert=_alert(visit, found, await _label_of(visit, found)), look=look)


async def _label_of(visit: Visit, placement: dict[str, Any]) -> dict[str, str]:
    """The mark of a placement's household, where this visitor may read it and it has one."""
    household = placement.get("household")
    if not household or not visit.may(Resource.HOUSEHOLD, Action.READ):
        return {}
    try:
        found = await visit.console.apis.get("matching", f"/v1/households/{household}", visit.caller)
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        return {}
    return {household: found["label"]} if found.get("label") else {}


def _alert(visit: Visit, placement: dict[str, Any], labels: dict[str, str]) -> Alert:
    household = placement.get("household")
    return alert_of(
        placement, visit.language, visit.now, labels.get(household, short(household)) if household else None
    )


async def _stream(visit: Visit) -> Response:
    """notify's stream as it comes. A refusal is answered before the stream begins."""
    last = visit.request.headers.get("last-event-id") or visit.request.query_params.get("last_event_id")
    context = visit.console.apis.stream(visit.caller, last)
    upstream = await context.__aenter__()

    async def passed_on() -> AsyncIterator[bytes]:
        try:
            async for chunk in upstream.aiter_raw():
                yield chunk
        except Exception as error:  # noqa: BLE001 - however the stream is lost, the browser comes back with its last id
            log.info("stream.lost", error=type(error).__name__)
        finally:
            await context.__aexit__(None, None, None)

    return StreamingResponse(passed_on(), media_type="text/event-stream", headers=dict(_HEADERS))
