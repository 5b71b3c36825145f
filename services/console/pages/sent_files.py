"""Files sent: which came and how far each is, what waits for a person, the fate of each line, and the report for Excel."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import Visit, needs
from shared.identity import Action, Resource

router = APIRouter(route_class=PageRoute)
FileVisit = Annotated[Visit, Depends(needs(Resource.RUN, Action.READ))]
DecidingVisit = Annotated[Visit, Depends(needs(Resource.SNAPSHOT, Action.DECIDE))]

# As the filter of a file's page offers them.
FATES: Final = ("rejected", "created", "updated", "unchanged", "superseded", "ignored", "withdrawn")
LOOK_OF_RUN: Final = {"finished": "done", "receiving": "wait", "interrupted": "bad", "refused": "bad"}
LOOK_OF_FATE: Final = {"created": "done", "updated": "done", "rejected": "bad", "withdrawn": "wait"}
_SHOWN: Final = 50
_LINES: Final = 100


@router.get("/envois")
async def files_page(visit: FileVisit) -> Response:
    """The files of the visitor's organisation (an operator: of all), newest first, below the withdrawals that wait."""
    query = visit.request.query_params
    found = await visit.console.apis.get(
        "ingest", "/v1/runs", visit.caller, {"limit": _SHOWN, "cursor": query.get("suite")}
    )
    waiting = await visit.console.apis.get(
        "ingest", "/v1/snapshots", visit.caller, {"state": "quarantined", "limit": _SHOWN}
    )
    return render(
        visit,
        "files/index.html",
        runs=found["items"],
        next_cursor=found["next"],
        waiting=waiting["items"],
        done=query.get("fait"),
        decides=visit.may(Resource.SNAPSHOT, Action.DECIDE),
        everyone=visit.may(Resource.FUNNEL, Action.READ),
        look=LOOK_OF_RUN,
    )


@router.get("/envois/{run}")
async def file_page(visit: FileVisit, run: str) -> Response:
    """One file: its counts, and the fate of its lines, the rejected ones first to be seen."""
    query = visit.request.query_params
    fate = query.get("sort") if query.get("sort") in FATES else None
    report = await visit.console.apis.get("ingest", f"/v1/runs/{run}", visit.caller)
    if fate is None and "sort" not in query and report["rejected"]:
        fate = "rejected"
    found = await visit.console.apis.get(
        "ingest",
        f"/v1/runs/{run}/lines",
        visit.caller,
        {"limit": _LINES, "cursor": query.get("suite"), "outcome": fate},
    )
    return render(
        visit,
        "files/one.html",
        run=report,
        lines=found["items"],
        next_cursor=found["next"],
        fate=fate,
        fates=[one for one in FATES if report[one]],
        look=LOOK_OF_RUN,
        look_of_fate=LOOK_OF_FATE,
    )


@router.get("/envois/retraits/{snapshot}")
async def withdrawals_page(visit: FileVisit, snapshot: str) -> Response:
    """What a full list would withdraw, to decide with the references before one's eyes."""
    found = await visit.console.apis.get("ingest", f"/v1/snapshots/{snapshot}", visit.caller)
    decides = visit.may(Resource.SNAPSHOT, Action.DECIDE) and found["state"] == "quarantined"
    return render(visit, "files/withdrawals.html", one=found, decides=decides)


@router.post("/envois/retraits/{snapshot}")
async def decide(visit: DecidingVisit, snapshot: str) -> Response:
    """Confirms or rejects withdrawals that wait."""
    form = await visit.form()
    decision = "confirm" if form.get("decision") == "confirm" else "reject"
    answer: Any = await visit.console.apis.send("POST", "ingest", f"/v1/snapshots/{snapshot}:{decision}", visit.caller)
    return RedirectResponse(f"/envois?fait={answer['state']}", 303)
