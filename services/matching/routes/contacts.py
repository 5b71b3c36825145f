"""How a household is reached: for its caseworkers' organisation alone."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from sqlmodel import Session

from services.matching.adapters import households
from services.matching.adapters.contacts import HouseholdContact
from services.matching.routes.context import Ctx, Db
from services.matching.schemas import ContactBody
from shared.clock import utc_now
from shared.identity import Action, Resource
from shared.web.access import Access, requires
from shared.web.problems import Problem, ProblemType

router = APIRouter(prefix="/v1/households", tags=["households"])
Reader = Annotated[Access, Depends(requires(Resource.HOUSEHOLD, Action.READ))]
Writer = Annotated[Access, Depends(requires(Resource.HOUSEHOLD, Action.WRITE))]


@router.get("/{household}/contact", summary="Lire les coordonnées d'un ménage")
def show(household: str, access: Reader, context: Ctx, session: Db, response: Response) -> dict[str, Any]:
    """404 too where none was given."""
    response.headers["Cache-Control"] = "no-store"
    _check_own(session, access, household)
    contact = context.contacts.of(session, household)
    if contact is None:
        raise Problem(ProblemType.NOT_FOUND)
    return asdict(contact)


@router.put("/{household}/contact", summary="Remplacer les coordonnées d'un ménage")
def replace(household: str, body: ContactBody, access: Writer, context: Ctx, session: Db) -> dict[str, Any]:
    """Encrypted at rest, said to no other organisation, erased with the household."""
    _check_own(session, access, household, locked=True)
    contact = HouseholdContact(**body.model_dump())
    context.contacts.keep(session, household, contact, now=utc_now())
    session.commit()
    return asdict(contact)


@router.delete("/{household}/contact", status_code=204, summary="Effacer les coordonnées d'un ménage")
def remove(household: str, access: Writer, context: Ctx, session: Db) -> None:
    """Nothing is sent to the household any more."""
    _check_own(session, access, household, locked=True)
    context.contacts.forget(session, household)
    session.commit()


def _check_own(session: Session, access: Access, household: str, *, locked: bool = False) -> None:
    """The lock keeps an erasure from passing between the check and the write."""
    if households.of_organisation(session, access.actor.organisation, household, locked=locked) is None:
        raise Problem(ProblemType.NOT_FOUND)
