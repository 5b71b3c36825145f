"""What vacancies and offers have in common over HTTP: put, show, list, withdraw, bulk."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from fastapi import Response
from sqlmodel import Session

from services.ingest.adapters import reading
from services.ingest.adapters.models import EntityRow
from services.ingest.adapters.registry import Applied, Input, Kind, put_many, withdraw
from services.ingest.adapters.versions import opened
from services.ingest.core.entities import Outcome, too_far_ahead
from services.ingest.routes.context import Context
from services.ingest.routes.preconditions import check_match, etag
from services.ingest.routes.presenting import present_all, present_episode, with_commitments
from services.ingest.schemas import RESERVED_PREFIXES, Listing, Notice, Upserted
from shared.clock import isoformat, utc_now
from shared.ids import is_id
from shared.web.access import Access
from shared.web.paging import cursor_after, last_seen, page
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
            en="A reference begins neither with vac_ nor with off_.",
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
            en="Observed more than 5 minutes ahead.",
        )


def own_reference(kind: Kind[Any], session: Session, access: Access, reference: str, *, withdrawn: bool = False) -> str:
    """The caller's own reference that a global id stands for, or the reference itself. Raises Problem 404."""
    if is_id(reference, kind.prefix):
        return reachable(kind, session, access, reference, withdrawn=withdrawn).reference
    return reference


def put_one(
    kind: Kind[Any],
    session: Session,
    context: Context,
    access: Access,
    reference: str,
    content: Mapping[str, Any],
    observed_at: datetime | None,
    if_match: str | None,
) -> Applied:
    """PUT of one entity by the caller's own reference, or by its global id."""
    now = context.clock.now()
    check_observation(observed_at, now)
    if is_id(reference, kind.prefix):
        reference = own_reference(kind, session, access, reference)
    else:
        check_reference(reference)
    item = Input(reference, content, observed_at)
    if if_match is None:
        return context.gathering.put(kind, access.actor, item)
    _check_match(session, kind, access, reference, if_match)
    (applied,) = put_many(session, kind, access.actor, [item], now=now, at=utc_now(), horizon=context.horizon)
    session.commit()
    return applied


def withdraw_one(
    kind: Kind[Any],
    session: Session,
    context: Context,
    access: Access,
    reference: str,
    observed_at: datetime | None,
    reason: str | None,
    if_match: str | None,
) -> Applied:
    """DELETE of one entity. Raises Problem 404 for one never published."""
    now = context.clock.now()
    check_observation(observed_at, now)
    reference = own_reference(kind, session, access, reference, withdrawn=True)
    _check_match(session, kind, access, reference, if_match)
    applied = withdraw(
        session, kind, access.actor, reference, observed_at=observed_at, reason=reason, now=now, at=utc_now()
    )
    if applied.outcome is Outcome.UNKNOWN:
        raise Problem(ProblemType.NOT_FOUND)
    session.commit()
    return applied


def answer(applied: Applied, response: Response, notices: Sequence[Notice] = ()) -> Upserted:
    """The answer that tells what became of an input, with the ETag of what is in place."""
    response.status_code = 201 if applied.outcome is Outcome.CREATED else 200
    response.headers["ETag"] = etag(applied.id, applied.version)
    return Upserted.model_validate(
        {
            "id": applied.id,
            "version": applied.version,
            "result": _RESULTS[applied.outcome],
            "superseded": applied.outcome is Outcome.SUPERSEDED,
            "notices": notices,
        }
    )


def show(
    kind: Kind[Any],
    session: Session,
    context: Context,
    access: Access,
    reference: str,
    response: Response,
    bearer: str | None,
) -> dict[str, Any]:
    """GET of one entity that is published. Raises Problem 404 for someone else's, unknown or withdrawn."""
    row = reachable(kind, session, access, reference)
    response.headers["ETag"] = etag(row.id, row.version)
    return _beside(present_all(kind, [row], context.horizon, access), session, context, bearer)[0]


def listing(
    kind: Kind[Any], session: Session, context: Context, access: Access, asked: Listing, bearer: str | None
) -> dict[str, Any]:
    """A page of the entities that the actor may see, by id."""
    rows = reading.listed(
        session,
        kind,
        access.actor,
        access.scope,
        asked.wanted(),
        after=last_seen(asked.cursor),
        limit=asked.limit + 1,
    )
    following = cursor_after(rows, asked.limit, lambda row: row.id)
    shown = present_all(kind, rows[: asked.limit], context.horizon, access)
    return page(_beside(shown, session, context, bearer), following)


def episodes(
    kind: Kind[Any], session: Session, access: Access, reference: str, *, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Every episode of a reference, newest first. Raises Problem 404 where the actor sees none."""
    known = reachable(kind, session, access, reference, withdrawn=True)
    rows = reading.episodes(session, kind, access.actor, access.scope, known, before=last_seen(cursor), limit=limit + 1)
    following = cursor_after(rows, limit, lambda row: row.id)
    return page([present_episode(row, access) for row in rows[:limit]], following)


def reachable(
    kind: Kind[Any], session: Session, access: Access, reference: str, *, withdrawn: bool = False
) -> EntityRow:
    """The entity that the actor means. Raises Problem 404 for someone else's and for an unknown one."""
    found = reading.find(session, kind, access.actor, access.scope, reference, withdrawn=withdrawn)
    if found is None:
        raise Problem(ProblemType.NOT_FOUND)
    return found


def _check_match(session: Session, kind: Kind[Any], access: Access, reference: str, if_match: str | None) -> None:
    """Under the lock of the reference, which the write that follows in this transaction takes again."""
    if if_match is not None:
        check_match(if_match, opened(session, kind, access.actor.organisation, [reference]).rows.get(reference))


def _beside(
    shown: list[dict[str, Any]], session: Session, context: Context, bearer: str | None
) -> list[dict[str, Any]]:
    """With what matching says, where `bearer` is given; no connection to the database is held while it is asked."""
    if bearer is None:
        return shown
    session.close()
    return with_commitments(shown, context.matching, bearer)
