"""What vacancies and offers have in common over HTTP: put, show, list, withdraw, bulk."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from fastapi import Response
from sqlmodel import Session

from services.ingest.adapters import reading
from services.ingest.adapters.models import EntityRow
from services.ingest.adapters.registry import Applied, Input, Kind, put_many, withdraw
from services.ingest.core.entities import Outcome, too_far_ahead
from services.ingest.routes.context import Context
from services.ingest.schemas import RESERVED_PREFIXES, Listing, Upserted
from shared.clock import isoformat, utc_now
from shared.geography import geography
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
        reference = reachable(kind, session, access, reference).reference
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
        reference = reachable(kind, session, access, reference, withdrawn=True).reference
    applied = withdraw(
        session, kind, access.actor, reference, observed_at=observed_at, reason=reason, now=now, at=utc_now()
    )
    if applied.outcome is Outcome.UNKNOWN:
        raise Problem(ProblemType.NOT_FOUND)
    session.commit()
    return upserted(applied)


def show(kind: Kind[Any], session: Session, access: Access, reference: str) -> dict[str, Any]:
    """GET of one entity that is published. Raises Problem 404 for someone else's, unknown or withdrawn."""
    return present(reachable(kind, session, access, reference), access)


def listing(kind: Kind[Any], session: Session, access: Access, asked: Listing) -> dict[str, Any]:
    """A page of the entities that the actor may see, by id."""
    after = decode_cursor(asked.cursor, 1)
    rows = reading.listed(
        session,
        kind,
        access.actor,
        access.scope,
        asked.wanted(),
        after=None if after is None else str(after[0]),
        limit=asked.limit + 1,
    )
    following = encode_cursor(rows[asked.limit - 1].id) if len(rows) > asked.limit else None
    return page([present(item, access) for item in rows[: asked.limit]], following)


def present(row: EntityRow, access: Access) -> dict[str, Any]:
    """An entity as the API shows it; its owner alone sees what is private."""
    shown = {**row.state, "version": row.version, "confirmed_at": isoformat(row.confirmed_at)}
    shown["changed_at"] = isoformat(row.changed_at)
    if row.commune is not None:
        shown["territory"] = geography().territory_of(row.commune)
    if row.withdrawn_at is not None:
        shown |= {"withdrawn_at": isoformat(row.withdrawn_at), "withdrawn_reason": row.withdrawn_reason}
    if row.owner == access.actor.organisation:
        shown |= {"confirmed_by": row.confirmed_by, **(row.private or {})}
    return shown


def reachable(
    kind: Kind[Any], session: Session, access: Access, reference: str, *, withdrawn: bool = False
) -> EntityRow:
    """The entity that the actor means. Raises Problem 404 for someone else's and for an unknown one."""
    found = reading.find(session, kind, access.actor, access.scope, reference, withdrawn=withdrawn)
    if found is None:
        raise Problem(ProblemType.NOT_FOUND)
    return found
