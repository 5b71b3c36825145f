"""Routes of alerts: one's own, « pas utile », and the links of mails that need no account."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlmodel import Session, col, select

from services.notify.adapters.alert_models import AlertDayRow, AlertRow
from services.notify.adapters.wishes import mark_not_useful, tunings, unsubscribe
from services.notify.core.mail_links import ACTION, MailAction
from services.notify.routes.context import Context, Ctx, Db
from services.notify.schemas import shown_moment
from shared.clock import utc_now
from shared.identity import Action, Resource
from shared.signed_links import read
from shared.web.access import Access, public, requires
from shared.web.paging import CursorText, Limit, cursor_after, last_seen, page
from shared.web.problems import Problem, ProblemType

router = APIRouter(prefix="/v1", tags=["alerts"])
Reading = Annotated[Access, Depends(requires(Resource.ALERT, Action.READ))]
Writing = Annotated[Access, Depends(requires(Resource.ALERT, Action.WRITE))]


@router.get("/alerts", summary="Lister ses alertes")
def list_alerts(session: Db, access: Reading, limit: Limit = 50, cursor: CursorText = None) -> dict[str, Any]:
    """Those of the caller and those that are delegated to them, newest first."""
    before = last_seen(cursor)
    query = select(AlertRow).where(AlertRow.recipient == access.actor.id).order_by(col(AlertRow.id).desc())
    if before:
        query = query.where(col(AlertRow.id) < before)
    rows = session.exec(query.limit(limit + 1)).all()
    following = cursor_after(rows, limit, lambda row: row.id)
    return page([_shown(row) for row in rows[:limit]], following)


@router.get("/alerts/days", summary="Ce que ses alertes ont interrompu, par jour")
def days(session: Db, access: Reading, limit: Limit = 31) -> dict[str, Any]:
    """Newest first: `events` that concerned the caller, `interruptions` and `digests` that came of them. What each event
    would have been is told beside what was.
    """
    rows = session.exec(
        select(AlertDayRow)
        .where(AlertDayRow.person == access.actor.id)
        .order_by(col(AlertDayRow.day).desc())
        .limit(limit)
    )
    items = [
        {
            "day": row.day.isoformat(),
            "events": row.events,
            "interruptions": row.interruptions,
            "digests": row.digests,
        }
        for row in rows
    ]
    return page(items, None)


@router.post("/alerts/{identifier}:not-useful", summary="« Pas utile »")
def not_useful(identifier: str, session: Db, access: Writing, context: Ctx) -> dict[str, Any]:
    """The kind of this alert waits for the digest from now on. Saying it twice of one alert counts once."""
    answer = _mark(session, context, access.actor.id, identifier)
    session.commit()
    return answer


@router.get("/mail-actions/{token}", summary="Lire ce que fait le lien d'un e-mail", dependencies=[Depends(public())])
def show_action(token: str, context: Ctx) -> dict[str, Any]:
    """Changes nothing: mail programs open links by themselves."""
    action, _, _ = _words(context, token)
    return {"action": action.value}


@router.post("/mail-actions/{token}", summary="Suivre le lien d'un e-mail", dependencies=[Depends(public())])
def act(token: str, session: Db, context: Ctx) -> dict[str, Any]:
    """Ends alert e-mails, or says that an alert was not useful. The link is the key; it can do nothing else."""
    action, person, alert = _words(context, token)
    if action is MailAction.UNSUBSCRIBE:
        unsubscribe(session.connection(), person, at=utc_now())
        answer: dict[str, Any] = {}
    else:
        answer = _mark(session, context, person, alert)
    session.commit()
    return {"action": action.value, **answer}


def _words(context: Context, token: str) -> tuple[MailAction, str, str]:
    words = read(context.settings, ACTION, token, utc_now())
    if words is None:
        raise Problem(ProblemType.NOT_FOUND, "Ce lien n'est plus valable.", en="This link is no longer valid.")
    action, person, alert = words
    return MailAction(action), person, alert


def _mark(session: Session, context: Context, person: str, alert: str) -> dict[str, Any]:
    kind = mark_not_useful(session.connection(), person, alert, now=context.clock.now())
    if kind is None:
        raise Problem(ProblemType.NOT_FOUND)
    tuning = tunings(session.connection(), [person]).get((person, kind))
    return {"kind": kind.value, "digest_until": shown_moment(tuning.until) if tuning else None}


def _shown(row: AlertRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "placement": row.placement,
        "territory": row.territory,
        "step": row.step,
        "deadline": shown_moment(row.deadline),
        "state": row.state,
        "delegated_from": row.person if row.person != row.recipient else None,
        "not_useful": row.not_useful,
        "created_at": shown_moment(row.created_at),
        "told_at": shown_moment(row.told_at),
        "send_at": shown_moment(row.send_at),
        "message": row.delivery,
    }
