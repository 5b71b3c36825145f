"""The answer to a proposal that something else is in the way of: what, and which of one's own proposals it is."""

from typing import Final

from sqlmodel import Session, col, select

from services.matching.adapters.models import HouseholdRow, PlacementRow, ReservationRow
from services.matching.adapters.proposing import Conflict
from shared.web.problems import Problem, ProblemType

_WORDS: Final = {
    Conflict.HOME: (
        "Ce logement est déjà réservé, ou n'est plus disponible.",
        "This home is reserved already, or no longer available.",
    ),
    Conflict.HOUSEHOLD: (
        "Une proposition est déjà en cours pour ce ménage.",
        "A proposal is under way for this household already.",
    ),
    Conflict.LEAD: (
        "Cette offre est déjà visée par autant de propositions que de postes.",
        "This offer has as many proposals as posts already.",
    ),
    Conflict.CAPACITY: (
        "Le territoire n'accueille plus de ménage de ce programme.",
        "The territory has no room left for a household of this programme.",
    ),
    Conflict.SLOT: (
        "Trop de propositions attendent déjà cet accompagnant.",
        "Too many proposals await this caseworker already.",
    ),
}


def problem_of(
    session: Session, conflict: Conflict, *, organisation: str, vacancy: str, household: str | None
) -> Problem:
    """A Problem 409. Where a proposal of the organisation itself keeps the home or the household, `placement` names it;
    of anyone else's nothing is told but that there is one."""
    where = None
    if conflict is Conflict.HOME:
        where = col(ReservationRow.vacancy) == vacancy
    elif conflict is Conflict.HOUSEHOLD and household is not None:
        where = col(ReservationRow.household) == household
    if where is not None:
        query = (
            select(PlacementRow.id, HouseholdRow.label)
            .join(ReservationRow, col(ReservationRow.placement) == col(PlacementRow.id))
            .outerjoin(HouseholdRow, col(HouseholdRow.id) == col(PlacementRow.household))
            .where(where, col(ReservationRow.released_at).is_(None), PlacementRow.organisation == organisation)
        )
        own = session.exec(query).first()
        if own is not None:
            return own_proposal(*own, keeps_home=conflict is Conflict.HOME)
    fr, en = _WORDS[conflict]
    return Problem(ProblemType.CONFLICT, fr, field=conflict.value, value=None, remedy="–", en=en)


def own_proposal(placement: str, label: str | None, *, keeps_home: bool) -> Problem:
    """A Problem 409 that names one of the organisation's own proposals, by the mark of its household where it has one."""
    of_whom, of_whom_en = (f" pour {label}", f" for {label}") if label else ("", "")
    if keeps_home:
        fr = f"Ce logement est déjà réservé par votre proposition{of_whom}."
        en = f"This home is reserved already by your proposal{of_whom_en}."
    else:
        fr, en = _WORDS[Conflict.HOUSEHOLD]
    return Problem(
        ProblemType.CONFLICT, fr, field="placement", value=placement, remedy=f"GET /v1/placements/{placement}", en=en
    )
