"""What vacancies and offers have in common over HTTP: put, show, list, withdraw, bulk."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from fastapi import Response
from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from services.ingest.adapters.models import EntityRow
from services.ingest.adapters.registry import Applied, Input, Kind, put_many, withdraw
from services.ingest.core.entities import Outcome, too_far_ahead
from services.ingest.routes.context import Context
from services.ingest.schemas import RESERVED_PREFIXES, Upserted
from shared.clock import isoformat, utc_now
from shared.geography import geography
from shared.identity import Scope
from shared.ids import is_id
from shared.web.access import Access
from shared.web.paging import decode_cursor, encode_cursor, page
from shared.web.problems import Problem, ProblemType

_RESULTS: Final = {
    Outcome.CREATED: "created",
    Outcome.UPDATED: "updated",
    Outcome.UNCHANGED: "unchanged",
    Outcome.SUPERSEDED: "unchanged",
    Outcome.WITHDRAWN: "withdrawn",
}


def check_reference(reference: str) -> str:
    """A reference that may be one's own. Raises Problem for one that looks like a global id."""
    if reference.startswith(RESERVED_PREFIXES):
        raise Problem(
            ProblemType.INVALID_FIELDS,
            "Une référence ne commence ni par vac_ ni par off_.",
            field="reference",
            value=reference,
            remedy="REF-…",
        )
    return reference


def check_observation(observed_at: datetime | None, now: datetime) -> None:
    """Raises Problem for an observation from the future."""
    if observed_at is not None and too_far_ahead(observed_at, now):
        raise Problem(
            ProblemType.INVALID_FIELDS,
            "Observation plus de 5 minutes dans le futur.",
            field="observed_at",
            value=isoformat(observed_at),
            remedy=f"<= {isoformat(now)}",
        )


def upserted(applied: Applied) -> Upserted:
    """The answer that tells what became of an input."""
    return Upserted.model_validate(
        {
            "id": applied.id,
            "version": applied.version,
            "result": _RESULTS[applied.outcome],
            "superseded": applied.outcome is Outcome.SUPERSEDED,
        }
    )


def put_one(
    kind: Kind[Any],
    session: Session,
    context: Context,
    access: Access,
    reference: str,
    content: Mapping[str, Any],
    observed_at: datetime | None,
    response: Response,
) -> Upserted:
    """PUT of one entity by the caller's own reference, or by its global id."""
    now = context.clock.now()
    check_observation(observed_at, now)
    if is_id(reference, kind.prefix):
        reference = _reachable(kind, session, access, reference).reference
    else:
        check_reference(reference)
    (applied,) = put_many(
        session,
        kind,
        access.actor,
        [Input(reference, content, observed_at)],
        now=now,
        at=utc_now(),
        horizon=context.horizon,
    )
    session.commit()
    response.status_code = 201 if applied.outcome is Outcome.CREATED else 200
    return upserted(applied)


def withdraw_one(
    kind: Kind[Any],
    session: Session,
    context: Context,
    access: Access,
    reference: str,
    observed_at: datetime | None,
    reason: str | None,
) -> Upserted:
    """DELETE of one entity. Raises Problem 404 for one never published."""
    now = context.clock.now()
    check_observation(observed_at, now)
    if is_id(reference, kind.prefix):
        reference = _reachable(kind, session, access, reference, withdrawn=True).reference
    applied = withdraw(
        session, kind, access.actor, reference, observed_at=observed_at, reason=reason, now=now, at=utc_now()
    )
    if applied.outcome is Outcome.UNKNOWN:
        raise Problem(ProblemType.NOT_FOUND)
    session.commit()
    return upserted(applied)


def show(kind: Kind[Any], session: Session, access: Access, reference: str) -> dict[str, Any]:
    """GET of one entity that is published. Raises Problem 404 for someone else's, unknown or withdrawn."""
    return present(_reachable(kind, session, access, reference))


def listing(
    kind: Kind[Any],
    session: Session,
    access: Access,
    *,
    limit: int,
    cursor: str | None,
    commune: str | None,
    status: str | None,
    withdrawn: bool,
) -> dict[str, Any]:
    """A page of the entities that the actor may see, by id."""
    row = kind.row
    query = select(row).where(*_visible(kind, access)).order_by(col(row.id)).limit(limit + 1)
    query = query.where(col(row.withdrawn_at).is_not(None) if withdrawn else col(row.withdrawn_at).is_(None))
    after = decode_cursor(cursor, 1)
    if after is not None:
        query = query.where(col(row.id) > str(after[0]))
    if commune is not None:
        query = query.where(col(row.commune) == commune)
    if status is not None:
        query = query.where(col(row.status) == status)
    rows = list(session.execute(query).scalars())
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return page([present(item) for item in rows[:limit]], following)


def present(row: EntityRow) -> dict[str, Any]:
    """An entity as the API shows it."""
    shown = {**row.state, "version": row.version, "confirmed_at": isoformat(row.confirmed_at)}
    if row.commune is not None:
        shown["territory"] = geography().territory_of(row.commune)
    if row.withdrawn_at is not None:
        shown |= {"withdrawn_at": isoformat(row.withdrawn_at), "withdrawn_reason": row.withdrawn_reason}
    return shown


def _reachable(
    kind: Kind[Any], session: Session, access: Access, reference: str, *, withdrawn: bool = False
) -> EntityRow:
    row = kind.row
    query = select(row).where(*_visible(kind, access))
    if is_id(reference, kind.prefix):
        query = query.where(col(row.id) == reference)
    else:
        query = query.where(
            col(row.reference) == reference, col(row.current), col(row.owner) == access.actor.organisation
        )
    if not withdrawn:
        query = query.where(col(row.withdrawn_at).is_(None))
    found: EntityRow | None = session.execute(query).scalars().one_or_none()
    if found is None:
        raise Problem(ProblemType.NOT_FOUND)
    return found


def _visible(kind: Kind[Any], access: Access) -> list[ColumnElement[bool]]:
    """Conditions that keep a query to what the actor may see."""
    row = kind.row
    if access.scope is Scope.ALL:
        return []
    if access.scope is Scope.TERRITORY:
        communes = [commune for code in sorted(access.actor.territories) for commune in geography().communes_of(code)]
        return [col(row.commune).in_(communes)]
    if access.scope is Scope.ORGANISATION:
        return [col(row.owner) == access.actor.organisation]
    raise ValueError(f"no rule for scope {access.scope}")
