"""The routes that vacancies and offers have alike, made from what differs: names, bodies, filters, reasons."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime

from services.ingest.adapters.registry import Kind
from services.ingest.routes import bulk, entities
from services.ingest.routes.context import Ctx, Db
from services.ingest.schemas import Listing, OfferLine, Publication, Upserted, VacancyLine
from shared.events import Offer, Vacancy
from shared.identity import Action, Resource
from shared.web.access import Access, requires
from shared.web.problems import language

S = TypeVar("S", Vacancy, Offer)
Reference = Annotated[str, Path(min_length=1, max_length=100, description="Votre référence, ou l'identifiant global")]


@dataclass(frozen=True)
class Noun(Generic[S]):
    """What differs between vacancies and offers over HTTP. `plural` is the word of the path."""

    kind: Kind[S]
    resource: Resource
    plural: str
    body: type[Publication]
    line: type[VacancyLine] | type[OfferLine]
    listing: type[Listing]
    reasons: type[StrEnum]


def publication_router(noun: Noun[S]) -> APIRouter:
    """PUT, GET and DELETE of one, the list, and the bulk file, under /v1/<plural>."""
    router = APIRouter(prefix=f"/v1/{noun.plural}", tags=[noun.plural])
    kind, path = noun.kind, "/{reference}"
    reader = Depends(requires(noun.resource, Action.READ))
    writer = Depends(requires(noun.resource, Action.WRITE))

    @router.post(":bulk", summary="Publier un fichier NDJSON", name=f"bulk_{noun.plural}")
    async def publish_file(request: Request, context: Ctx, access: Annotated[Access, writer]) -> dict[str, Any]:
        """One JSON object a line: the body of a PUT, and its reference."""
        return await bulk.bulk(kind, noun.line, request, context, access)

    @router.put(path, summary="Publier ou modifier", responses={201: {"model": Upserted}}, name=f"put_{noun.plural}")
    def put(
        reference: Reference,
        body: noun.body,  # type: ignore[name-defined]
        request: Request,
        response: Response,
        session: Db,
        context: Ctx,
        access: Annotated[Access, writer],
    ) -> Upserted:
        """Idempotent by (organisation, reference); the same content again is unchanged."""
        done = entities.put_one(kind, session, context, access, reference, body.content(), body.observed_at, response)
        return done.model_copy(update={"notices": body.notices(language(request))})

    @router.get(path, summary="Lire", name=f"show_{noun.plural}")
    def show(reference: Reference, session: Db, access: Annotated[Access, reader]) -> dict[str, Any]:
        """By one's own reference or by global id."""
        return entities.show(kind, session, access, reference)

    @router.delete(path, summary="Retirer", name=f"withdraw_{noun.plural}")
    def withdraw(
        reference: Reference,
        session: Db,
        context: Ctx,
        access: Annotated[Access, writer],
        observed_at: AwareDatetime | None = None,
        reason: Annotated[noun.reasons | None, Query(description="Pourquoi")] = None,  # type: ignore[name-defined]
    ) -> Upserted:
        """Withdraws; a newer PUT opens a new episode with its own id."""
        return entities.withdraw_one(
            kind, session, context, access, reference, observed_at, None if reason is None else reason.value
        )

    @router.get("", summary="Lister", name=f"list_{noun.plural}")
    def listing(
        session: Db,
        access: Annotated[Access, reader],
        asked: Annotated[noun.listing, Query()],  # type: ignore[name-defined]
    ) -> dict[str, Any]:
        """What the caller may see, by id."""
        return entities.listing(kind, session, access, asked)

    return router
