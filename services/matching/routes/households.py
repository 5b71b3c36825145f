"""Households: POST, GET, PATCH, DELETE, their matches and the explanation."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from sqlmodel import Session

from services.matching.adapters import erasure, households
from services.matching.adapters.locking import live_of_household, lock_household
from services.matching.adapters.models import HouseholdRow
from services.matching.core.model import HouseholdStatus
from services.matching.routes.context import Ctx, Db, IdempotencyKey, Lang, RawBody, person
from services.matching.routes.search import explanation_of, matches_of
from services.matching.routes.views import household_view
from services.matching.schemas import REQUIRED, HouseholdBody, HouseholdPatch
from shared.clock import paris_date, utc_now
from shared.identity import Action, Resource
from shared.programmes import Programme
from shared.sql.idempotency import recall, remember
from shared.web.access import Access, requires
from shared.web.paging import CursorText, Limit, cursor_after, last_seen, page
from shared.web.problems import Problem, ProblemType

router = APIRouter(prefix="/v1/households", tags=["households"])
Reader = Annotated[Access, Depends(requires(Resource.HOUSEHOLD, Action.READ))]
Writer = Annotated[Access, Depends(requires(Resource.HOUSEHOLD, Action.WRITE))]


@router.post("", status_code=201)
def create(
    body: HouseholdBody,
    raw: RawBody,
    access: Writer,
    context: Ctx,
    session: Db,
    response: Response,
    key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Registers a household; the engine looks for a placement at once."""
    actor = access.actor
    if known := recall(session, actor.bearer, key, raw):
        response.status_code = known[0]
        answer: dict[str, Any] = known[1]
        return answer
    now = context.clock.now()
    _check_waiting(body.waiting_since, now)
    row = households.create(
        session, _stored(body.model_dump()), organisation=actor.organisation, caseworker=person(actor), now=now
    )
    view = household_view(row)
    remember(session, actor.bearer, key, raw, 201, view, at=utc_now(), subject=row.id)
    session.commit()
    return view


@router.get("")
def listing(
    access: Reader,
    session: Db,
    limit: Limit = 50,
    cursor: CursorText = None,
    status: HouseholdStatus | None = None,
    programme: Programme | None = None,
) -> dict[str, Any]:
    """Households of the organisation, by id."""
    rows = households.listing(
        session,
        access.actor.organisation,
        status=status,
        programme=programme,
        after=last_seen(cursor),
        limit=limit + 1,
    )
    return page([household_view(row) for row in rows[:limit]], cursor_after(rows, limit, lambda row: row.id))


@router.get("/{household}")
def show(household: str, access: Reader, session: Db) -> dict[str, Any]:
    """One household, with its live placement if it has one."""
    row = _own(session, access, household)
    live = live_of_household(session, row.id)
    return {**household_view(row), "placement": live[0] if live else None}


@router.patch("/{household}")
def change(household: str, body: HouseholdPatch, access: Writer, context: Ctx, session: Db) -> dict[str, Any]:
    """Changes fields; null makes an optional one unknown. Pausing or closing frees what the household kept."""
    _own(session, access, household)
    live = lock_household(session, household)
    row = _own(session, access, household, locked=True)
    content = body.model_dump(exclude_unset=True)
    expected = content.pop("version", None)
    if expected is not None and expected != row.version:
        raise Problem(ProblemType.CONFLICT, field="version", value=expected, remedy=f"version = {row.version}")
    for name in sorted(REQUIRED & content.keys()):
        if content[name] is None:
            raise Problem(
                ProblemType.INVALID_FIELDS,
                "Ce champ ne peut pas être inconnu.",
                field=name,
                value=None,
                remedy="Une valeur, ou rien pour garder l'actuelle.",
                en="This field cannot be unknown.",
                remedy_en="A value, or nothing to keep the present one.",
            )
    if live and content.get("programme", row.programme) != row.programme:
        raise Problem(
            ProblemType.CONFLICT,
            "Une proposition est en cours dans le programme actuel.",
            field="programme",
            value=content["programme"],
            remedy=f"POST /v1/placements/{live[0].id}/decisions",
            en="A proposal is under way in the present programme.",
        )
    _check_adults(content, row)
    _check_moving(content, row)
    moment = context.moment()
    _check_waiting(content.get("waiting_since"), moment.now)
    households.change(session, row, live, _stored(content), actor=person(access.actor), moment=moment)
    view = household_view(row)
    session.commit()
    return view


@router.delete("/{household}", status_code=204)
def erase(household: str, access: Writer, context: Ctx, session: Db) -> None:
    """Erases the household everywhere; a live placement is released first."""
    _own(session, access, household)
    if erasure.erase(session, household, actor=person(access.actor), moment=context.moment()) is None:
        raise Problem(ProblemType.NOT_FOUND)
    session.commit()


@router.get("/{household}/matches")
def matches(
    household: str,
    access: Reader,
    context: Ctx,
    session: Db,
    lang: Lang,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> dict[str, Any]:
    """Homes with a job lead that this household could have now, best first, computed as it is asked."""
    row = _own(session, access, household)
    return matches_of(session, row, now=context.clock.now(), seed=context.settings.engine_seed, limit=limit, lang=lang)


@router.get("/{household}/explanation")
def explanation(household: str, access: Reader, context: Ctx, session: Db, lang: Lang) -> dict[str, Any]:
    """Why there is no proposal: what stops most homes, what came nearest, what would change it."""
    row = _own(session, access, household)
    return explanation_of(
        session,
        row,
        now=context.clock.now(),
        seed=context.settings.engine_seed,
        cap=context.settings.open_proposals_per_caseworker,
        lang=lang,
    )


def _own(session: Session, access: Access, household: str, *, locked: bool = False) -> HouseholdRow:
    row = households.of_organisation(session, access.actor.organisation, household, locked=locked)
    if row is None:
        raise Problem(ProblemType.NOT_FOUND)
    return row


def _stored(content: dict[str, Any]) -> dict[str, Any]:
    """Enumerations as the codes that are stored."""
    stored = dict(content)
    for name in ("programme", "status"):
        if name in stored:
            stored[name] = stored[name].value
    for name in ("priorities", "contingents"):
        if name in stored:
            stored[name] = sorted({one.value for one in stored[name]})
    return stored


def _check_waiting(day: Any, now: Any) -> None:
    if day is not None and day > paris_date(now):
        raise Problem(
            ProblemType.INVALID_FIELDS,
            "Une attente ne commence pas dans le futur.",
            field="waiting_since",
            value=day.isoformat(),
            remedy=f"<= {paris_date(now).isoformat()}",
            en="A wait does not begin in the future.",
        )


def _check_adults(content: dict[str, Any], row: HouseholdRow) -> None:
    size, adults = content.get("size", row.size), content.get("adults", row.adults)
    if adults is not None and adults > size:
        raise Problem(
            ProblemType.INVALID_FIELDS,
            "Plus d'adultes que de personnes.",
            field="adults",
            value=adults,
            remedy=f"<= {size}",
            en="More adults than people.",
        )


def _check_moving(content: dict[str, Any], row: HouseholdRow) -> None:
    first, last = (content.get(name, getattr(row, name)) for name in ("moves_from", "moves_by"))
    if first is not None and last is not None and last < first:
        raise Problem(
            ProblemType.INVALID_FIELDS,
            "L'emménagement finirait avant de commencer.",
            field="moves_by",
            value=last.isoformat(),
            remedy=f">= {first.isoformat()}",
            en="The move would end before it begins.",
        )
