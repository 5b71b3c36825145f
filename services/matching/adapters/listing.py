"""Which placements an actor may see, and pages of them. Before it is sent, only its caseworkers and operators see one."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from services.matching.adapters.models import PlacementEventRow, PlacementRow
from services.matching.core.market import territories_of
from shared.geography import geography
from shared.identity import Actor, Role


def visible_to(actor: Actor) -> list[ColumnElement[bool]]:
    """Conditions that keep a query to what the actor may see."""
    if actor.role is Role.OPERATOR:
        return []
    if actor.role is Role.CASEWORKER:
        return [col(PlacementRow.organisation) == actor.organisation]
    sent = col(PlacementRow.sent_at).is_not(None)
    if actor.role is Role.LANDLORD:
        return [sent, col(PlacementRow.landlord) == actor.organisation]
    codes = {code for given in actor.territories for code in territories_of(geography(), given)}
    return [sent, col(PlacementRow.territory).in_(sorted(codes))]


def visible(session: Session, actor: Actor, identifier: str) -> PlacementRow | None:
    """The placement, None for what the actor may not see."""
    return session.exec(select(PlacementRow).where(PlacementRow.id == identifier, *visible_to(actor))).one_or_none()


def listing(
    session: Session, actor: Actor, conditions: Sequence[ColumnElement[bool]], *, before: str | None, limit: int
) -> list[PlacementRow]:
    """Placements, newest first."""
    query = select(PlacementRow).where(*visible_to(actor), *conditions).order_by(col(PlacementRow.id).desc())
    if before is not None:
        query = query.where(col(PlacementRow.id) < before)
    return list(session.exec(query.limit(limit)).all())


def history(session: Session, placement: str) -> Sequence[PlacementEventRow]:
    """All versions, oldest first."""
    query = select(PlacementEventRow).where(PlacementEventRow.placement == placement)
    return session.exec(query.order_by(col(PlacementEventRow.version))).all()
