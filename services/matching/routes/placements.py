"""Placements: what the actor may see of them, decisions, a caseworker's own choice, and answer links."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from sqlmodel import Session, col

from services.matching import deciding
from services.matching.adapters import answer_links
from services.matching.adapters.choosing import choose
from services.matching.adapters.listing import history, listing, visible
from services.matching.adapters.locking import lock
from services.matching.adapters.messenger import Handed
from services.matching.adapters.models import PlacementRow
from services.matching.adapters.placements import Act
from services.matching.core.placement import Accept, Advance, Approve, Command, Refuse
from services.matching.routes.context import Context, Ctx, Db, IdempotencyKey, Lang, RawBody, person
from services.matching.routes.views import placement_view
from services.matching.schemas import AnswerLinkBody, ChosenPlacementBody, DecisionBody
from shared.clock import isoformat, utc_now
from shared.events import Step
from shared.identity import Action, Resource, Role
from shared.ids import new_id
from shared.programmes import Programme
from shared.sql.idempotency import recall, remember
from shared.web.access import Access, requires
from shared.web.paging import CursorText, Limit, cursor_after, last_seen, page
from shared.web.problems import Problem, ProblemType

router = APIRouter(prefix="/v1/placements", tags=["placements"])
Reader = Annotated[Access, Depends(requires(Resource.PLACEMENT, Action.READ))]
Decider = Annotated[Access, Depends(requires(Resource.PLACEMENT, Action.DECIDE))]


@router.get("")
def list_placements(
    access: Reader,
    session: Db,
    lang: Lang,
    limit: Limit = 50,
    cursor: CursorText = None,
    step: Step | None = None,
    territory: str | None = None,
    programme: Programme | None = None,
    household: str | None = None,
    caseworker: str | None = None,
) -> dict[str, Any]:
    """Placements that the actor may see, newest first. A filter on what the actor does not see is refused."""
    actor = access.actor
    filters = {
        "step": (PlacementRow.step, step.value if step else None),
        "territory": (PlacementRow.territory, territory),
        "programme": (PlacementRow.programme, programme.value if programme else None),
        "household": (PlacementRow.household, household),
        "caseworker": (PlacementRow.caseworker, caseworker),
    }
    shown = placement_filters(access)
    conditions = [col(column) == value for name, (column, value) in filters.items() if value is not None]
    if hidden := sorted(name for name, (_, value) in filters.items() if value is not None and name not in shown):
        raise Problem(ProblemType.FORBIDDEN, field=hidden[0], value=None, remedy=", ".join(sorted(shown)))
    rows = listing(session, actor, conditions, before=last_seen(cursor), limit=limit + 1)
    following = cursor_after(rows, limit, lambda row: row.id)
    return page([placement_view(row, actor.role, lang=lang) for row in rows[:limit]], following)


def placement_filters(access: Access) -> frozenset[str]:
    """Filters that tell the actor nothing it may not know."""
    common = {"step", "territory"}
    if access.actor.role is Role.CASEWORKER:
        return frozenset(common | {"programme", "household", "caseworker"})
    return frozenset(common if access.actor.role is Role.LANDLORD else common | {"programme"})


@router.post("", status_code=201)
def choose_placement(
    body: ChosenPlacementBody,
    raw: RawBody,
    access: Decider,
    context: Ctx,
    session: Db,
    response: Response,
    lang: Lang,
    key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Proposes a home and a lead that the caseworker chose outside the ranking; it then awaits approval as any other."""
    actor = access.actor
    if known := recall(session, actor.bearer, key, raw):
        response.status_code = known[0]
        answer: dict[str, Any] = known[1]
        return answer
    row = choose(
        session,
        organisation=actor.organisation,
        household=body.household,
        vacancy=body.vacancy,
        offer=body.offer,
        actor=person(actor),
        moment=context.moment(),
        settings=context.settings,
    )
    view = placement_view(row, actor.role, history(session, row.id), lang=lang)
    remember(session, actor.bearer, key, raw, 201, view, at=utc_now(), subject=row.household)
    session.commit()
    return view


@router.get("/{placement}")
def show(placement: str, access: Reader, session: Db, lang: Lang) -> dict[str, Any]:
    """One placement; for its caseworkers with its history and what the household last answered by a link."""
    row = _visible(session, access, placement)
    view = placement_view(row, access.actor.role, history(session, row.id), lang=lang)
    if access.actor.role is Role.CASEWORKER:
        answered = answer_links.last_answer(session, row.id)
        view["household_answer"] = {"answer": answered[0], "at": isoformat(answered[1])} if answered else None
    return view


@router.post("/{placement}/decisions")
def decide(
    placement: str,
    body: DecisionBody,
    raw: RawBody,
    access: Decider,
    context: Ctx,
    session: Db,
    response: Response,
    lang: Lang,
    key: IdempotencyKey = None,
) -> dict[str, Any]:
    """A person's decision. 202 while ingest has not confirmed that home and offer are still there."""
    actor = access.actor
    _visible(session, access, placement)
    if known := recall(session, actor.bearer, key, raw):
        response.status_code = known[0]
        answer: dict[str, Any] = known[1]
        return answer
    views: list[dict[str, Any]] = []

    def settled(row: PlacementRow) -> None:
        response.status_code = 202 if row.step == Step.VERIFYING else 200
        session.flush()
        views.append(placement_view(row, actor.role, history(session, row.id), lang=lang))
        remember(session, actor.bearer, key, raw, response.status_code, views[0], at=utc_now(), subject=row.household)

    deciding.take(
        session,
        context,
        placement,
        _command(body),
        Act(body.decision, person(actor), body.reason if body.decision == "refuse" else None),
        settled=settled,
    )
    return views[0]


def _command(body: DecisionBody) -> Command:
    match body.decision:
        case "approve":
            return Approve()
        case "accept":
            return Accept()
        case "advance":
            return Advance(body.landlord_agreed)
        case "refuse":
            if body.reason is None:
                raise Problem(
                    ProblemType.INVALID_FIELDS,
                    "Un refus donne son motif.",
                    field="reason",
                    value=None,
                    remedy="GET /v1/programmes : refusals[].code",
                    en="A refusal gives its reason.",
                    remedy_en="GET /v1/programmes: refusals[].code",
                )
            return Refuse(body.reason)


@router.post("/{placement}/answer-links", status_code=201)
def answer_link(
    placement: str, access: Decider, context: Ctx, session: Db, body: AnswerLinkBody | None = None
) -> dict[str, Any]:
    """A link by which the household answers without an account. Its token is shown here only; each call makes a new one.

    With `send` it is also sent to the household, whose number or address the caller need not know.
    """
    _visible(session, access, placement)
    (row,) = lock(session, [placement])  # no link is made of what ends, or is erased, meanwhile
    if row.step != Step.APPROVED or row.household is None:
        raise Problem(
            ProblemType.CONFLICT,
            "Un lien de réponse se crée quand la proposition est envoyée au ménage.",
            field="step",
            value=row.step,
            remedy=Step.APPROVED.value,
            en="An answer link is made once the proposal is sent to the household.",
        )
    asked = body.send if body else None
    channel = _channel(session, context, row.household, asked) if asked else None
    reference = new_id("lnk") if channel else None
    longest = timedelta(days=context.settings.answer_link_days)
    token, expires_at = answer_links.create(session, context.settings, row, longest=longest, reference=reference)
    organisation = row.organisation
    session.commit()
    if reference is not None and channel is not None:
        handed = context.messenger.send(reference, channel=channel, organisation=organisation, placement=placement)
        _check_handed(handed, channel)
    return {
        "url": f"{context.settings.url('console')}/reponse/{token}",
        "token": token,
        "expires_at": isoformat(expires_at),
        "sent_by": channel,
    }


def _channel(session: Session, context: Context, household: str, asked: str) -> str:
    """The channel to send by. Raises Problem 409 where the household has no such contact."""
    contact = context.contacts.of(session, household)
    reachable = {"sms": contact.phone, "email": contact.email} if contact else {}
    usual = contact.preferred or ("sms" if contact.phone else "email") if contact else "sms"
    channel = usual if asked == "preferred" else asked
    if not reachable.get(channel):
        raise Problem(
            ProblemType.CONFLICT,
            "Aucune coordonnée du ménage pour cet envoi.",
            field="send",
            value=asked,
            remedy=f"PUT /v1/households/{household}/contact",
            en="The household has no such contact.",
        )
    return channel


def _check_handed(handed: Handed, channel: str) -> None:
    """Raises Problem where notify did not take the message. The link is good all the same: it can be made again."""
    if handed is Handed.NOT_CONFIGURED:
        raise Problem(
            ProblemType.CONFLICT,
            "L'envoi par SMS n'est pas configuré sur cette plateforme."
            if channel == "sms"
            else "L'envoi par e-mail n'est pas configuré sur cette plateforme.",
            field="send",
            value=channel,
            remedy="ANCRAGE_SMS_URL" if channel == "sms" else "ANCRAGE_SMTP_HOST",
            en=f"Sending by {'SMS' if channel == 'sms' else 'e-mail'} is not configured on this platform.",
        )
    if handed is Handed.UNAVAILABLE:
        raise Problem(
            ProblemType.UNAVAILABLE,
            "Le message n'a pas pu être confié à l'envoi : réessayez, ou donnez le lien.",
            en="The message could not be handed over: try again, or give the link.",
        )


def _visible(session: Session, access: Access, placement: str) -> PlacementRow:
    row = visible(session, access.actor, placement)
    if row is None:
        raise Problem(ProblemType.NOT_FOUND)
    return row
