"""Routes of files received: which came, how far each is, and the fate of every line."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import StreamingResponse

from services.ingest.adapters.run_models import RunRow
from services.ingest.adapters.run_reading import Place, fates, run_of, runs_of
from services.ingest.adapters.runs import RunState
from services.ingest.bulk.reporting import fates_file, run_report, run_shown
from services.ingest.core.fates import Fate, shown
from services.ingest.routes.context import Ctx, Db
from services.ingest.run_schemas import LinePage, RunPage, RunReport
from shared.identity import Action, Resource, Scope
from shared.web.access import Access, requires
from shared.web.paging import CursorText, Limit, cursor_after, decode_cursor, encode_cursor, last_seen, page
from shared.web.problems import Problem, ProblemType, language

router = APIRouter(prefix="/v1", tags=["files"])
Reader = Annotated[Access, Depends(requires(Resource.RUN, Action.READ))]
RunId = Annotated[str, Path(min_length=1, max_length=100, description="run_…")]
CSV = "text/csv"


def owner_of(access: Access) -> str | None:
    """The organisation whose runs and snapshots the actor may see; None for all."""
    return None if access.scope is Scope.ALL else access.actor.organisation


@router.get("/runs", summary="Lister les envois", response_model=RunPage)
def listing(
    session: Db,
    access: Reader,
    limit: Limit = 50,
    cursor: CursorText = None,
    kind: Literal["vacancies", "offers"] | None = None,
    state: RunState | None = None,
) -> dict[str, Any]:
    """Files received, newest first: one's own organisation's; operators see all."""
    found = runs_of(session, owner_of(access), kind=kind, state=state, before=last_seen(cursor), limit=limit + 1)
    following = cursor_after(found, limit, lambda run: run.id)
    return page([run_shown(run) for run in found[:limit]], following)


@router.get("/runs/{run}", summary="Lire le rapport d'un envoi", response_model=RunReport)
def show(run: RunId, request: Request, session: Db, access: Reader) -> dict[str, Any]:
    """The report as the sender was answered, also when the answer was lost."""
    return run_report(session, _reachable(session, access, run), language(request))


@router.get(
    "/runs/{run}/lines",
    summary="Lire le sort de chaque ligne",
    response_model=LinePage,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}},
)
def lines(
    run: RunId,
    request: Request,
    session: Db,
    context: Ctx,
    access: Reader,
    limit: Limit = 50,
    cursor: CursorText = None,
    outcome: Annotated[Fate | None, Query(description="Ce sort seulement.")] = None,
) -> Any:
    """In the order of the file; withdrawals by absence come last. With `Accept: text/csv`, all of them as one file."""
    found = _reachable(session, access, run)
    if _prefers_csv(request):
        session.close()
        content = fates_file(context.engine, found.id, language(request), outcome)
        name = f'attachment; filename="{found.id}.csv"'
        return StreamingResponse(content, media_type=f"{CSV}; charset=utf-8", headers={"Content-Disposition": name})
    after = _place(cursor)
    items: list[dict[str, Any]] = []
    for place, fate in fates(session, found.id, after=after, only=outcome):
        if len(items) == limit:
            return page(items, encode_cursor(after.chunk, after.behind))
        items.append(shown(fate))
        after = place
    return page(items, None)


def _reachable(session: Db, access: Access, run: str) -> RunRow:
    found = run_of(session, run, owner_of(access))
    if found is None:
        raise Problem(ProblemType.NOT_FOUND)
    return found


def _prefers_csv(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return CSV in accepted and "application/json" not in accepted.partition(CSV)[0]


def _place(cursor: str | None) -> Place:
    values = decode_cursor(cursor, 2)
    if values is None:
        return Place()
    if not all(isinstance(value, int) and 0 <= value < 2**31 for value in values):
        raise Problem(
            ProblemType.INVALID_FIELDS, "Curseur inconnu.", field="cursor", remedy="« next »", en="Unknown cursor."
        )
    return Place(*values)
