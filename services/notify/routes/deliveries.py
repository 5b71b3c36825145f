"""Routes of deliveries: what was sent, what came of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from services.notify.adapters import endpoints
from services.notify.core.schedule import State
from services.notify.routes.context import Db
from services.notify.schemas import shown_attempt, shown_delivery
from shared.identity import Action, Resource
from shared.web.access import Access, requires
from shared.web.paging import CursorText, Limit, cursor_after, last_seen, page
from shared.web.problems import Problem, ProblemType

router = APIRouter(prefix="/v1", tags=["deliveries"])
Reading = Annotated[Access, Depends(requires(Resource.DELIVERY, Action.READ))]


@router.get("/deliveries", summary="Lister les envois de l'organisation")
def list_deliveries(
    session: Db,
    access: Reading,
    endpoint: Annotated[str | None, Query(max_length=40)] = None,
    state: State | None = None,
    kind: Annotated[str | None, Query(alias="type", max_length=60)] = None,
    since: AwareDatetime | None = None,
    limit: Limit = 100,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """Newest first."""
    rows = endpoints.deliveries_of(
        session,
        access.actor,
        endpoint=endpoint,
        state=state,
        kind=kind,
        since=since,
        before=last_seen(cursor),
        limit=limit + 1,
    )
    following = cursor_after(rows, limit, lambda row: row.id)
    return page([shown_delivery(row) for row in rows[:limit]], following)


@router.get("/deliveries/{identifier}", summary="Lire un envoi et ses essais")
def show(identifier: str, session: Db, access: Reading) -> dict[str, Any]:
    """With the beginning of each answer."""
    found = endpoints.delivery_of(session, access.actor, identifier)
    if found is None:
        raise Problem(ProblemType.NOT_FOUND)
    delivery, tries = found
    return {
        **shown_delivery(delivery),
        "payload": delivery.payload,
        "tries": [shown_attempt(row) for row in tries],
    }
