"""Routes of vacancies: those that offers have too, and what only a landlord says, « toujours vacant »."""

from typing import Annotated, Any, Final

from fastapi import Depends, Response

from services.ingest.adapters.confirming import Confirmed, confirm_many
from services.ingest.adapters.registry import VACANCIES
from services.ingest.core.confirmations import Confirmation
from services.ingest.routes.context import Context, Ctx, Db
from services.ingest.routes.entities import check_observation
from services.ingest.routes.preconditions import etag
from services.ingest.routes.publications import Noun, Reference, publication_router
from services.ingest.schemas import (
    ConfirmationBody,
    ConfirmationEnd,
    SelectionBody,
    SelectionEnds,
    VacancyBody,
    VacancyListing,
    VacancyView,
)
from shared.clock import utc_now
from shared.identity import Action, Resource
from shared.web.access import Access, requires
from shared.web.problems import Problem, ProblemType
from shared.withdrawals import VacancyWithdrawal

NOUN: Final = Noun(
    VACANCIES, Resource.VACANCY, "vacancies", VacancyBody, VacancyListing, VacancyView, VacancyWithdrawal
)
router = publication_router(NOUN)
Writer = Annotated[Access, Depends(requires(Resource.VACANCY, Action.WRITE))]


@router.post(":confirm", summary="Confirmer plusieurs logements")
def confirm_selection(body: SelectionBody, session: Db, context: Ctx, access: Writer) -> SelectionEnds:
    """Still vacant, all of these: up to 500, each with its own end. Asking again changes nothing but the date."""
    ends = _confirm(session, context, access, body.references, body)
    return SelectionEnds(items=[_shown(end) for end in ends])


@router.post("/{reference}:confirm", summary="Confirmer un logement")
def confirm(
    reference: Reference,
    session: Db,
    context: Ctx,
    access: Writer,
    response: Response,
    body: ConfirmationBody | None = None,
) -> ConfirmationEnd:
    """Still vacant: a stale vacancy opens again. 404 for one that is withdrawn, 409 for one whose last day has passed."""
    (end,) = _confirm(session, context, access, [reference], body or ConfirmationBody())
    if end.outcome in {Confirmation.UNKNOWN, Confirmation.WITHDRAWN}:
        raise Problem(ProblemType.NOT_FOUND)
    if end.outcome is Confirmation.EXPIRED:
        raise Problem(
            ProblemType.CONFLICT,
            field="available_until",
            value=end.reference,
            remedy=f'PATCH /v1/vacancies/{end.reference} {{"available_until": …}}',
        )
    response.headers["ETag"] = etag(end.id, end.version or 0)
    return _shown(end)


def _confirm(
    session: Any, context: Context, access: Access, references: list[str], body: ConfirmationBody
) -> list[Confirmed]:
    now = context.clock.now()
    check_observation(body.observed_at, now)
    ends = confirm_many(
        session,
        access.actor,
        references,
        observed_at=body.observed_at,
        now=now,
        at=utc_now(),
        horizon=context.horizon,
    )
    session.commit()
    return ends


def _shown(end: Confirmed) -> ConfirmationEnd:
    return ConfirmationEnd.model_validate(
        {
            "reference": end.reference,
            "result": end.outcome,
            "id": end.id,
            "version": end.version,
            "status": end.status,
            "confirmed_at": end.confirmed_at,
        }
    )
