"""Routes of territory commitments: declare, announce, read on a day, history, contacts."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from sqlmodel import Session, col, select

from services.ingest.adapters import declarations
from services.ingest.adapters.commitments import Overlap, commitments_of, declare, take_back
from services.ingest.adapters.models import CommitmentRow
from services.ingest.core import commitments as core
from services.ingest.core.commitments import Declaration
from services.ingest.routes.commitment_views import commitment_view, declared_view, on_day_view
from services.ingest.routes.context import Ctx, Db
from services.ingest.routes.entities import check_observation
from services.ingest.schemas import TerritoryBody
from shared.clock import paris_date, utc_now
from shared.events import CommitmentStatus
from shared.geography import geography
from shared.identity import Action, Resource, Scope
from shared.programmes import Programme
from shared.web.access import Access, requires
from shared.web.paging import CursorText, Limit, cursor_after, last_seen, page
from shared.web.problems import Problem, ProblemType
from shared.web.written_forms import HOST_TERRITORY

router = APIRouter(prefix="/v1", tags=["territories"])
Code = Annotated[str, Path(pattern=HOST_TERRITORY.pattern, description="EPCI (SIREN) ou département")]
Reader = Annotated[Access, Depends(requires(Resource.COMMITMENT, Action.READ))]
Writer = Annotated[Access, Depends(requires(Resource.COMMITMENT, Action.WRITE))]
ContactReader = Annotated[Access, Depends(requires(Resource.HOST_CONTACT, Action.READ))]


@router.put("/territories/{code}", summary="Déclarer les engagements d'un territoire")
def put(code: Code, body: TerritoryBody, session: Db, context: Ctx, access: Writer) -> dict[str, Any]:
    """The full set from a day on: a programme that is absent is withdrawn. With a later `effective_from` it is announced."""
    _known(code)
    for place in {code, *(one for commitment in body.commitments for one in commitment.area)}:
        if not within(access, place):
            raise Problem(ProblemType.NOT_FOUND, field="area", value=place)
    _check_areas(code, body)
    now = context.clock.now()
    check_observation(body.observed_at, now)
    if body.effective_from is not None and body.effective_from < paris_date(now):
        raise Problem(
            ProblemType.INVALID_FIELDS,
            "Un engagement ne change pas dans le passé.",
            field="effective_from",
            value=body.effective_from.isoformat(),
            remedy=f">= {paris_date(now).isoformat()}",
            en="A commitment does not change in the past.",
        )
    try:
        declared = declare(
            session,
            code,
            [item.content() for item in body.commitments],
            effective_from=body.effective_from,
            organisation=access.actor.organisation,
            observed_at=body.observed_at or now,
            now=now,
            at=utc_now(),
        )
    except Overlap as overlap:
        raise _overlapping(overlap) from overlap
    if not declared.superseded:
        for item in body.commitments:
            if item.contacts is not None:
                contacts = [one.model_dump() for one in item.contacts]
                declarations.replace_contacts(session, f"{item.programme.value}:{code}", contacts)
    session.commit()
    return {
        "code": code,
        "result": declared.result.value,
        "superseded": declared.superseded,
        **_shown(session, code, now),
    }


@router.get("/territories/{code}", summary="Lire les engagements d'un territoire")
def show(
    code: Code,
    session: Db,
    context: Ctx,
    _: Reader,
    on: Annotated[date | None, Query(description="Un autre jour : ce qui y tenait, ou ce qui y est annoncé.")] = None,
) -> dict[str, Any]:
    """Empty when nothing is declared, which is not the same as closed."""
    _known(code)
    if on is not None:
        held = core.on_day(code, declarations.timeline(session, code), on)
        return {"code": code, "on": on.isoformat(), "commitments": on_day_view(held)}
    return {"code": code, **_shown(session, code, context.clock.now())}


@router.get("/territories/{code}/history", summary="Lire ce qu'un territoire a déclaré")
def history(code: Code, session: Db, context: Ctx, _: Reader) -> dict[str, Any]:
    """What was declared, last first; a declaration that repeated the one before is not told again."""
    _known(code)
    told: list[Declaration] = []
    for one in declarations.timeline(session, code):
        if not told or told[-1].digest != one.digest:
            told.append(one)
    today = paris_date(context.clock.now())
    held = core.holding(told, today)
    return page([declared_view(one, today=today, held=held) for one in reversed(told)], None)


@router.delete("/territories/{code}/announcements/{effective_from}", summary="Retirer une annonce")
def withdraw_announcement(
    code: Code, effective_from: date, session: Db, context: Ctx, access: Writer
) -> dict[str, Any]:
    """Takes back what was announced for a later day; what holds today stays."""
    _known(code)
    now = context.clock.now()
    if not within(access, code) or effective_from <= paris_date(now):
        raise Problem(ProblemType.NOT_FOUND)
    if not take_back(session, code, effective_from, now=now, at=utc_now()):
        raise Problem(ProblemType.NOT_FOUND)
    session.commit()
    return {"code": code, "result": "withdrawn", **_shown(session, code, now)}


@router.get("/territories/{code}/contacts", summary="Lire les contacts d'un territoire d'accueil")
def contacts(code: Code, session: Db, access: ContactReader) -> dict[str, Any]:
    """The professionals to speak to, by programme."""
    _known(code)
    if not within(access, code):
        raise Problem(ProblemType.NOT_FOUND)
    keys = [f"{programme.value}:{code}" for programme in Programme]
    items = [
        {
            "programme": one.key.partition(":")[0],
            "name": one.name,
            "function": one.function,
            "email": one.email,
            "phone": one.phone,
        }
        for one in declarations.contacts_of(session, keys)
    ]
    return page(items, None)


@router.get("/territories", summary="Lister les engagements")
def listing(
    session: Db,
    _: Reader,
    limit: Limit = 50,
    cursor: CursorText = None,
    programme: Programme | None = None,
    status: CommitmentStatus | None = None,
) -> dict[str, Any]:
    """Live commitments of all territories, by programme and code, with the status of today."""
    query = select(CommitmentRow).where(col(CommitmentRow.withdrawn_at).is_(None))
    after = last_seen(cursor)
    if after is not None:
        query = query.where(col(CommitmentRow.key) > after)
    if programme is not None:
        query = query.where(CommitmentRow.programme == programme.value)
    if status is not None:
        query = query.where(col(CommitmentRow.state)["status"].astext == status.value)
    rows = session.exec(query.order_by(col(CommitmentRow.key)).limit(limit + 1)).all()
    following = cursor_after(rows, limit, lambda row: row.key)
    return page([commitment_view(row.state, version=row.version) for row in rows[:limit]], following)


def within(access: Access, code: str) -> bool:
    """Whether the actor may act for a territory: its own codes, and those inside its départements."""
    if access.scope is Scope.ALL:
        return True
    territory = geography().territory(code)
    departements = set(territory.departements) if territory else {code}
    return code in access.actor.territories or bool(departements & access.actor.territories)


def _known(code: str) -> str:
    atlas = geography()
    if atlas.territory(code) is None and atlas.departement(code) is None:
        raise Problem(
            ProblemType.INVALID_FIELDS,
            f"Territoire inconnu : {code}.",
            field="code",
            value=code,
            remedy=atlas.suggest_territory(code),
            en=f"Unknown territory: {code}.",
            remedy_en=atlas.suggest_territory(code, "en"),
        )
    return code


def _check_areas(code: str, body: TerritoryBody) -> None:
    """A named set of an EPCI holds that EPCI; one of a département lies in it, at least in part."""
    atlas = geography()
    for number, one in enumerate(body.commitments):
        inside = (
            code in one.area
            if atlas.territory(code) is not None
            else all(code in place.departements for area in one.area if (place := atlas.territory(area)))
        )
        if one.area and not inside:
            raise Problem(
                ProblemType.INVALID_FIELDS,
                "L'ensemble ne contient pas le territoire qui le déclare, ou sort de son département.",
                field=f"commitments.{number}.area",
                value=one.area,
                remedy=code,
                en="The set does not hold the territory that declares it, or leaves its département.",
            )


def _overlapping(overlap: Overlap) -> Problem:
    place = geography().territory(overlap.territory)
    host = geography().territory(overlap.other) or geography().departement(overlap.other)
    name = place.name if place else overlap.territory
    other = overlap.name or (host.name if host else overlap.other)
    label = Programme(overlap.programme).label
    return Problem(
        ProblemType.CONFLICT,
        f"{name} appartient déjà à « {other} » dans le programme {label} (au {overlap.day:%d/%m/%Y}).",
        field="area",
        value=overlap.territory,
        remedy=f"GET /v1/territories/{overlap.other}",
        en=f"{name} belongs to “{other}” already in the programme {label} (on {overlap.day.isoformat()}).",
    )


def _shown(session: Session, code: str, now: datetime) -> dict[str, Any]:
    today = paris_date(now)
    timeline = declarations.timeline(session, code)
    held = core.holding(timeline, today)
    declared = {one["programme"]: one for one in held.commitments} if held else {}
    return {
        "commitments": [
            commitment_view(row.state, version=row.version, declared=declared.get(row.programme))
            for row in commitments_of(session, code)
        ],
        "announced": [declared_view(one, today=today, held=held) for one in core.announced(timeline, today)],
    }
