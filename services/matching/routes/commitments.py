"""How far homes are taken: what ingest shows beside each vacancy, since its topic holds the landlord's truth alone."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from services.matching.adapters.commitments import commitments_of
from services.matching.routes.context import Db
from shared.clock import isoformat
from shared.identity import Action, Resource
from shared.web.access import Access, requires

router = APIRouter(prefix="/v1/vacancies", tags=["vacancies"])
VacancyId = Annotated[str, Query(min_length=1, max_length=40)]


@router.get("/commitments", summary="Savoir quels logements sont réservés ou attribués")
def show(
    session: Db,
    access: Annotated[Access, Depends(requires(Resource.VACANCY, Action.READ))],
    vacancy: Annotated[tuple[VacancyId, ...], Query(max_length=500, description="Identifiants, répétable")] = (),
) -> dict[str, Any]:
    """By global id. A home that is absent is free, or not one that the caller may see.

    A proposal that awaits its caseworker is invisible. Nothing is said about households.
    """
    found = commitments_of(session, access.actor, access.scope, vacancy)
    return {
        "items": [
            {
                "vacancy": identifier,
                "state": known.state.value,
                "since": isoformat(known.since),
                "until": isoformat(known.until) if known.until else None,
            }
            for identifier, known in sorted(found.items())
        ]
    }
