"""Routes of one's own preferences."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from services.notify.adapters.preferences import preferences_of, store
from services.notify.core.preferences import Preferences
from services.notify.routes.context import Db
from shared.clock import utc_now
from shared.identity import Action, Resource
from shared.web.access import Access, requires

router = APIRouter(prefix="/v1", tags=["preferences"])


@router.get("/preferences", summary="Lire ses préférences")
def show(session: Db, access: Annotated[Access, Depends(requires(Resource.PREFERENCE, Action.READ))]) -> dict[str, Any]:
    """The defaults where none were given."""
    return preferences_of(session, access.actor).model_dump(mode="json")


@router.put("/preferences", summary="Remplacer ses préférences")
def put(
    body: Preferences,
    session: Db,
    access: Annotated[Access, Depends(requires(Resource.PREFERENCE, Action.WRITE))],
) -> dict[str, Any]:
    """What is absent takes its default."""
    store(session, access.actor, body, at=utc_now())
    session.commit()
    return body.model_dump(mode="json")
