"""Routes of offers."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime

from services.ingest.adapters.registry import OFFERS
from services.ingest.routes import bulk, entities
from services.ingest.routes.context import Ctx, Db
from services.ingest.schemas import OfferBody, OfferLine, Upserted
from shared.events import OfferStatus
from shared.identity import Action, Resource
from shared.web.access import Access, requires
from shared.web.paging import CursorText, Limit

router = APIRouter(prefix="/v1", tags=["offers"])
Reference = Annotated[str, Path(min_length=1, max_length=100)]
Reader = Annotated[Access, Depends(requires(Resource.OFFER, Action.READ))]
Writer = Annotated[Access, Depends(requires(Resource.OFFER, Action.WRITE))]


@router.post("/offers:bulk", summary="Publier un fichier NDJSON")
async def bulk_offers(request: Request, context: Ctx, access: Writer) -> dict[str, Any]:
    """One JSON object a line: the body of a PUT, and its reference."""
    return await bulk.bulk(OFFERS, OfferLine, request, context, access)


@router.put("/offers/{reference}", summary="Publier ou modifier", responses={201: {"model": Upserted}})
def put(
    reference: Reference, body: OfferBody, response: Response, session: Db, context: Ctx, access: Writer
) -> Upserted:
    """Idempotent by (organisation, reference); the same content again is unchanged."""
    return entities.put_one(OFFERS, session, context, access, reference, body.content(), body.observed_at, response)


@router.get("/offers/{reference}", summary="Lire")
def show(reference: Reference, session: Db, access: Reader) -> dict[str, Any]:
    """By one's own reference or by global id."""
    return entities.show(OFFERS, session, access, reference)


@router.delete("/offers/{reference}", summary="Retirer")
def withdraw(
    reference: Reference,
    session: Db,
    context: Ctx,
    access: Writer,
    observed_at: AwareDatetime | None = None,
    reason: Annotated[str | None, Query(max_length=60, pattern=r"^[a-z_]+$", description="let, works, sold…")] = None,
) -> Upserted:
    """Withdraws; a newer PUT opens a new episode with its own id."""
    return entities.withdraw_one(OFFERS, session, context, access, reference, observed_at, reason)


@router.get("/offers", summary="Lister")
def listing(
    session: Db,
    access: Reader,
    limit: Limit = 50,
    cursor: CursorText = None,
    commune: Annotated[str | None, Query(pattern=r"^(\d{2}|2[AB])\d{3}$")] = None,
    status: OfferStatus | None = None,
    withdrawn: bool = False,
) -> dict[str, Any]:
    """What the caller may see, by id."""
    return entities.listing(
        OFFERS,
        session,
        access,
        limit=limit,
        cursor=cursor,
        commune=commune,
        status=status.value if status else None,
        withdrawn=withdrawn,
    )
