"""How far homes are taken, read from their placements."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from services.matching.adapters.models import PlacementRow, ReservationRow
from services.matching.adapters.placements import programme_of
from services.matching.core.commitment import HomeCommitment, commitment_of
from services.matching.core.market import territories_of
from shared.events import Step
from shared.geography import geography
from shared.identity import Actor, Scope


def commitments_of(session: Session, actor: Actor, scope: Scope, vacancies: Sequence[str]) -> dict[str, HomeCommitment]:
    """By vacancy id; those that are free, unknown here or beyond what the actor may see are absent."""
    query = (
        select(PlacementRow, ReservationRow.hold_until)
        .join(ReservationRow, col(ReservationRow.placement) == col(PlacementRow.id), isouter=True)
        .where(
            col(PlacementRow.vacancy).in_(vacancies),
            or_(col(ReservationRow.released_at).is_(None), col(PlacementRow.step) == Step.COMPLETED.value),
            *_of_homes_seen_by(actor, scope),
        )
        .order_by(col(PlacementRow.id))
    )
    found: dict[str, HomeCommitment] = {}
    for row, hold_until in session.exec(query):
        known = commitment_of(
            Step(row.step),
            programme_of(row),
            sent=row.sent_at is not None,
            hold_until=hold_until,
            since=row.changed_at,
        )
        if known is not None:
            found[row.vacancy] = known
    return found


def _of_homes_seen_by(actor: Actor, scope: Scope) -> list[ColumnElement[bool]]:
    """By the right to read vacancies, not placements: who may see a home may know that it is taken."""
    if scope is Scope.ALL:
        return []
    if scope is Scope.ORGANISATION:
        return [col(PlacementRow.landlord) == actor.organisation]
    if scope is Scope.TERRITORY:
        codes = {code for given in actor.territories for code in territories_of(geography(), given)}
        return [col(PlacementRow.territory).in_(sorted(codes))]
    raise ValueError(f"no rule for scope {scope}")
