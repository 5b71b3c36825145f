"""Reading vacancies and offers: every query starts from who asks, and what belongs to someone else is not there."""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from services.ingest.adapters.models import EntityRow
from services.ingest.adapters.registry import Kind
from services.ingest.core.filters import Filter
from shared.geography import geography
from shared.identity import Actor, Scope
from shared.ids import is_id


def visible(kind: Kind[Any], actor: Actor, scope: Scope) -> list[ColumnElement[bool]]:
    """Conditions that keep a query to what the actor may see."""
    row = kind.row
    if scope is Scope.ALL:
        return []
    if scope is Scope.TERRITORY:
        communes = [commune for code in sorted(actor.territories) for commune in geography().codes_in(code)]
        return [col(row.commune).in_(communes)]
    if scope is Scope.ORGANISATION:
        return [col(row.owner) == actor.organisation]
    raise ValueError(f"no rule for scope {scope}")


def find(
    session: Session, kind: Kind[Any], actor: Actor, scope: Scope, reference: str, *, withdrawn: bool = False
) -> EntityRow | None:
    """The entity of a global id, or the newest episode of one's own reference; None where the actor sees none."""
    row = kind.row
    query = select(row).where(*visible(kind, actor, scope))
    if is_id(reference, kind.prefix):
        query = query.where(col(row.id) == reference)
    else:
        query = query.where(col(row.reference) == reference, col(row.current), col(row.owner) == actor.organisation)
    if not withdrawn:
        query = query.where(col(row.withdrawn_at).is_(None))
    found: EntityRow | None = session.execute(query).scalars().one_or_none()
    return found


def listed(
    session: Session, kind: Kind[Any], actor: Actor, scope: Scope, wanted: Filter, *, after: str | None, limit: int
) -> list[EntityRow]:
    """Entities by id, those after the id `after`."""
    row = kind.row
    query = select(row).where(*visible(kind, actor, scope), *_narrowed(row, wanted)).order_by(col(row.id)).limit(limit)
    if after is not None:
        query = query.where(col(row.id) > after)
    return list(session.execute(query).scalars())


def episodes(
    session: Session, kind: Kind[Any], actor: Actor, scope: Scope, known: EntityRow, *, before: str | None, limit: int
) -> list[EntityRow]:
    """The episodes of the reference that `known` has, newest first, those before the id `before`."""
    row = kind.row
    query = select(row).where(
        *visible(kind, actor, scope), col(row.owner) == known.owner, col(row.reference) == known.reference
    )
    if before is not None:
        query = query.where(col(row.id) < before)
    return list(session.execute(query.order_by(col(row.id).desc()).limit(limit)).scalars())


def _narrowed(row: type[EntityRow], wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        col(row.withdrawn_at).is_not(None) if wanted.withdrawn else col(row.withdrawn_at).is_(None)
    ]
    found += [col(row.commune).in_(geography().codes_in(area) or (area,)) for area in wanted.areas]
    if wanted.status is not None:
        found.append(col(row.status) == wanted.status)
    if wanted.reference_prefix is not None:
        found.append(col(row.reference).startswith(wanted.reference_prefix, autoescape=True))
    if wanted.changed_since is not None:
        found.append(col(row.changed_at) >= wanted.changed_since)
    table: Any = row.__table__  # type: ignore[attr-defined]
    found += [table.c.state[name].astext == value for name, value in sorted(wanted.state.items())]
    return found
