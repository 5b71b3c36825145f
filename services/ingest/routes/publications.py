"""The routes that vacancies and offers have alike, made from what differs: names, bodies, filters, reasons."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime, BaseModel

from services.ingest.adapters.registry import Kind
from services.ingest.routes import entities
from services.ingest.routes.amending import amend_one
from services.ingest.routes.context import Ctx, Db
from services.ingest.routes.preconditions import IfMatch
from services.ingest.schemas import Listing, PageView, Publication, Upserted
from shared.events import Offer, Vacancy
from shared.identity import Action, Resource
from shared.web.access import Access, requires
from shared.web.paging import CursorText, Limit
from shared.web.problems import language

S = TypeVar("S", Vacancy, Offer)
Reference = Annotated[str, Path(min_length=1, max_length=100, description="Votre référence, ou l'identifiant global")]
MERGE_PATCH: Final = "application/merge-patch+json"
_bearer = HTTPBearer(auto_error=False)
Bearer = Annotated[HTTPAuthorizationCredentials, Depends(_bearer)]


@dataclass(frozen=True)
class Noun(Generic[S]):
    """What differs between vacancies and offers over HTTP. `plural` is the word of the path."""

    kind: Kind[S]
    resource: Resource
    plural: str
    body: type[Publication]
    listing: type[Listing]
    view: type[BaseModel]
    reasons: type[StrEnum]


def publication_router(noun: Noun[S]) -> APIRouter:
    """PUT, PATCH, GET and DELETE of one, its episodes, and the list, under /v1/<plural>."""
    router = APIRouter(prefix=f"/v1/{noun.plural}", tags=[noun.plural])
    kind, path = noun.kind, "/{reference}"
    reader = Depends(requires(noun.resource, Action.READ))
    writer = Depends(requires(noun.resource, Action.WRITE))
    # Described, not checked: what is shown comes from states that were checked when they were published.
    one: dict[str, Any] = {"response_model": None, "responses": {200: {"model": noun.view}}}
    page: dict[str, Any] = {"response_model": None, "responses": {200: {"model": PageView[noun.view]}}}  # type: ignore[name-defined]

    @router.put(path, summary="Publier ou modifier", responses={201: {"model": Upserted}}, name=f"put_{noun.plural}")
    def put(
        reference: Reference,
        body: noun.body,  # type: ignore[name-defined]
        request: Request,
        response: Response,
        session: Db,
        context: Ctx,
        access: Annotated[Access, writer],
        if_match: IfMatch = None,
    ) -> Upserted:
        """Idempotent by (organisation, reference); the same content again is unchanged, and confirms it."""
        applied = entities.put_one(
            kind, session, context, access, reference, body.content(), body.observed_at, if_match
        )
        return entities.answer(applied, response, body.notices(language(request)))

    @router.patch(path, summary="Modifier en partie", name=f"patch_{noun.plural}")
    def patch(
        reference: Reference,
        body: Annotated[dict[str, Any], Body(media_type=MERGE_PATCH, description="RFC 7396 : null efface un champ")],
        request: Request,
        response: Response,
        session: Db,
        context: Ctx,
        access: Annotated[Access, writer],
        if_match: IfMatch = None,
    ) -> Upserted:
        """The fields given replace those stored, null removes one; the whole is then validated as a PUT would be.

        With an `observed_at` older than what is known, nothing changes and `superseded` is true.
        """
        amended = amend_one(kind, noun.body, session, context, access, reference, body, if_match, language(request))
        return entities.answer(amended.applied, response, amended.notices)

    @router.delete(path, summary="Retirer", name=f"withdraw_{noun.plural}")
    def withdraw(
        reference: Reference,
        response: Response,
        session: Db,
        context: Ctx,
        access: Annotated[Access, writer],
        observed_at: AwareDatetime | None = None,
        reason: Annotated[noun.reasons | None, Query(description="Pourquoi")] = None,  # type: ignore[name-defined]
        if_match: IfMatch = None,
    ) -> Upserted:
        """Withdraws; a newer PUT opens a new episode with its own id."""
        applied = entities.withdraw_one(
            kind, session, context, access, reference, observed_at, reason.value if reason else None, if_match
        )
        return entities.answer(applied, response)

    @router.get(f"{path}/episodes", summary="Lire les épisodes", name=f"list_{noun.plural}_episodes", **page)
    def episodes(
        reference: Reference,
        session: Db,
        access: Annotated[Access, reader],
        limit: Limit = 50,
        cursor: CursorText = None,
    ) -> dict[str, Any]:
        """Every life of a reference, from its publication to its withdrawal, newest first."""
        return entities.episodes(kind, session, access, reference, cursor=cursor, limit=limit)

    if noun.resource is Resource.VACANCY:

        @router.get(path, summary="Lire", name=f"show_{noun.plural}", **one)
        def show_with_commitment(
            reference: Reference,
            session: Db,
            context: Ctx,
            response: Response,
            access: Annotated[Access, reader],
            bearer: Bearer,
            commitment: Annotated[bool, Query(description="Dire aussi s'il est réservé ou attribué")] = True,
        ) -> dict[str, Any]:
            """By one's own reference or by global id. `commitment` is what matching says: free, committed, held, let, or
            unknown where it does not answer.
            """
            asked_as = bearer.credentials if commitment else None
            return entities.show(kind, session, context, access, reference, response, asked_as)

    else:

        @router.get(path, summary="Lire", name=f"show_{noun.plural}", **one)
        def show(
            reference: Reference, session: Db, context: Ctx, response: Response, access: Annotated[Access, reader]
        ) -> dict[str, Any]:
            """By one's own reference or by global id."""
            return entities.show(kind, session, context, access, reference, response, None)

    @router.get("", summary="Lister", name=f"list_{noun.plural}", **page)
    def listing(
        session: Db,
        context: Ctx,
        access: Annotated[Access, reader],
        bearer: Bearer,
        asked: Annotated[noun.listing, Query()],  # type: ignore[name-defined]
    ) -> dict[str, Any]:
        """What the caller may see, by id."""
        asked_as = bearer.credentials if asked.commitment_wanted else None
        return entities.listing(kind, session, context, access, asked, asked_as)

    return router
