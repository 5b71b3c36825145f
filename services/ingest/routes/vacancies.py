"""Routes of vacancies."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime

from services.ingest.adapters.registry import VACANCIES
from services.ingest.routes import bulk, entities
from services.ingest.routes.context import Ctx, Db
from services.ingest.schemas import Upserted, VacancyBody, VacancyLine
from shared.events import VacancyStatus
from shared.identity import Action, Resource
from shared.web.access import Access, requires
from shared.web.paging import CursorText, Limit

router = APIRouter(prefix="/v1", tags=["vacancies"])
Reference = Annotated[str, Path(min_length=1, max_length=100)]
Reader = Annotated[Access, Depends(requires(Resource.VACANCY, Action.READ))]
Writer = Annotated[Access, Depends(requires(Resource.VACANCY, Action.WRITE))]


@router.post("/vacancies:bulk", summary="Publier un fichier NDJSON")
async def bulk_vacancies(request: Request, context: Ctx, access: Writer) -> dict[str, Any]:
    """One JSON object a line: the body of a PUT, and its reference."""
    return await bulk.bulk(VACANCIES, VacancyLine, request, context, access)


@router.put("/vacancies/{reference}", summary="Publier ou modifier", responses={201: {"model": Upserted}})
def put(
    reference: Reference, body: VacancyBody, response: Response, session: Db, context: Ctx, access: Writer
) -> Upserted:
    """Idempotent by (organisation, reference); the same content again is unchanged."""
    return entities.put_one(VACANCIES, session, context, access, reference, body.content(), body.observed_at, response)


@router.get("/vacancies/{reference}", summary="Lire")
def show(reference: Reference, session: Db, access: Reader) -> dict[str, Any]:
    """By one's own reference or by global id."""
    return entities.show(VACANCIES, session, access, reference)


@router.delete("/vacancies/{reference}", summary="Retirer")
def withdraw(
    reference: Reference,
    session: Db,
    context: Ctx,
    access: Writer,
    observed_at: AwareDatetime | None = None,
    reason: Annotated[str | None, Query(max_length=60, pattern=r"^[a-z_]+$", description="let, works, sold…")] = None,
) -> Upserted:
    """Withdraws; a newer PUT opens a new episode with its own id."""
    return entities.withdraw_one(VACANCIES, session, context, access, reference, observed_at, reason)


@router.get("/vacancies", summary="Lister")
def listing(
    session: Db,
    access: Reader,
    limit: Limit = 50,
    cursor: CursorText = None,
    commune: Annotated[str | None, Query(pattern=r"^(\d{2}|2[AB])\d{3}$")] = None,
    status: VacancyStatus | None = None,
    withdrawn: bool = False,
) -> dict[str, Any]:
    """What the caller may see, by id."""
    return entities.listing(
        VACANCIES,
        session,
        access,
        limit=limit,
        cursor=cursor,
        commune=commune,
        status=status.value if status else None,
        withdrawn=withdrawn,
    )
