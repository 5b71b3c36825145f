"""Homes as matching sees them: those that wait and why, who could live in one, and a landlord's rules on budgets."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from sqlmodel import Session, col, select

from services.matching.adapters import changes, held_homes
from services.matching.adapters.commission_models import HeldHomeRow, LandlordRuleRow
from services.matching.adapters.home_search import MOST_HOUSEHOLDS, home_search
from services.matching.adapters.locking import one_at_a_time
from services.matching.adapters.models import HouseholdRow, VacancyRow
from services.matching.core.budget import EFFORT_CEILING
from services.matching.core.prospects import Prospects, prospects
from services.matching.core.reasons import Reason
from services.matching.routes.context import Ctx, Db, Lang, person
from services.matching.schemas import LandlordRuleBody
from shared.clock import isoformat, paris_date
from shared.geography import geography
from shared.identity import Action, Resource, Role, Scope
from shared.web.access import Access, requires
from shared.web.paging import CursorText, Limit, cursor_after, last_seen, page
from shared.web.problems import Problem, ProblemType

router = APIRouter(prefix="/v1", tags=["vacancies"])
Reader = Annotated[Access, Depends(requires(Resource.VACANCY, Action.READ))]
Decider = Annotated[Access, Depends(requires(Resource.VACANCY, Action.DECIDE))]
VacancyId = Annotated[str, Path(max_length=60)]
FEWEST = 5  # nothing is said of fewer households to those who accompany none
NAMED = 20


@router.get("/vacancies/held", summary="Lister les logements retenus, avec la raison et la fin")
def held(
    access: Reader, context: Ctx, session: Db, lang: Lang, limit: Limit = 50, cursor: CursorText = None
) -> dict[str, Any]:
    """Homes that the engine keeps for later, of those the actor may see: why, since when, and until when at most."""
    rows = held_homes.listing(
        session,
        access.actor,
        access.scope,
        context.clock.now(),
        after=last_seen(cursor),
        limit=limit + 1,
    )
    following = cursor_after(rows, limit, lambda row: row[0].vacancy)
    return page([_held_view(waits, home, lang) for waits, home in rows[:limit]], following)


def _held_view(waits: HeldHomeRow, home: VacancyRow, lang: str) -> dict[str, Any]:
    places = geography()
    commune, territory = places.commune(home.commune), places.territory(home.territory)
    return {
        "vacancy": waits.vacancy,
        "typology": home.typology,
        "commune": home.commune,
        "commune_name": commune.name if commune else None,
        "territory": home.territory,
        "territory_name": territory.name if territory else None,
        "reason": waits.reason,
        "sentence": held_homes.sentence_of(waits, home, lang),
        "since": isoformat(waits.since),
        "until": isoformat(waits.until),
    }


@router.post("/vacancies/{vacancy}:propose", status_code=202, summary="Demander une proposition sans attendre")
def propose_now(vacancy: VacancyId, access: Decider, context: Ctx, session: Db) -> dict[str, Any]:
    """The engine proposes this home now if anyone can have it, and does not hold it again. A person still approves."""
    _home(session, access, vacancy)
    held_homes.force(session, vacancy, actor=person(access.actor), now=context.clock.now())
    session.commit()
    return {"vacancy": vacancy, "result": "asked"}


@router.get(
    "/vacancies/{vacancy}/prospects", summary="Savoir qui pourrait vivre dans un logement, et pourquoi personne"
)
def show_prospects(vacancy: VacancyId, access: Reader, context: Ctx, session: Db, lang: Lang) -> dict[str, Any]:
    """Counts of households and the conditions that stop them. Caseworkers read which of their own could live there.

    Nothing is said of fewer than five households to anyone else.
    """
    row = _home(session, access, vacancy)
    now = context.clock.now()
    search = home_search(session, row, now=now)
    found = prospects(
        search.market,
        search.home,
        search.households,
        today=paris_date(now),
        seed=context.settings.engine_seed,
        cap=context.settings.open_proposals_per_caseworker,
        taken=search.taken,
        held=search.held,
    )
    open_book = access.actor.role is Role.CASEWORKER
    body: dict[str, Any] = {
        "vacancy": vacancy,
        "as_of": isoformat(now),
        "complete": search.total <= MOST_HOUSEHOLDS,
        "looked_at": _shown(found.looked_at, open_book),
        "could": _shown(len(found.could), open_book),
        "already_proposed": _shown(found.placed, open_book),
        "fewest_shown": 1 if open_book else FEWEST,
        "standing": {"code": found.standing.value, "label": found.standing.label(lang)},
        "by_reason": _reasons(found.by_reason, open_book, lang),
        "one_short": _reasons(found.one_short, open_book, lang),
        "sentences": _sentences(found, open_book, lang),
    }
    if open_book:
        body["households"] = _own(session, access.actor.organisation, found.could)
    return body


def _shown(count: int, open_book: bool) -> int | None:
    """A count as it may be told; None is between 1 and 4."""
    return count if open_book or count == 0 or count >= FEWEST else None


def _reasons(counts: dict[Reason, int], open_book: bool, lang: str) -> list[dict[str, Any]]:
    return [
        {"code": reason.value, "label": reason.label(lang), "households": count}
        for reason, count in counts.items()
        if open_book or count >= FEWEST
    ]


def _sentences(found: Prospects, open_book: bool, lang: str) -> list[str]:
    standing = found.standing.label(lang)
    told = [standing[:1].upper() + standing[1:] + "."]
    for reason, count in list(found.one_short.items())[:3]:
        if open_book or count >= FEWEST:
            if lang == "en":
                who = f"{count} households" if count > 1 else "1 household"
                told.append(f"{who} could live there but for this one condition: {reason.label(lang)}.")
                continue
            who = f"{count} ménages pourraient y vivre" if count > 1 else "1 ménage pourrait y vivre"
            told.append(f"{who} sans cette seule condition : {reason.label(lang)}.")
    return told


def _own(session: Session, organisation: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    query = select(HouseholdRow.id, HouseholdRow.label).where(
        HouseholdRow.organisation == organisation, col(HouseholdRow.id).in_(names)
    )
    labels = dict(session.exec(query).all())
    return [{"id": name, "label": labels[name]} for name in names if name in labels][:NAMED]


def _home(session: Session, access: Access, vacancy: str) -> VacancyRow:
    row = held_homes.visible(session, access.actor, access.scope, vacancy)
    if row is None:
        raise Problem(ProblemType.NOT_FOUND)
    return row


@router.get("/landlord-rules", summary="Lire les règles de budget des bailleurs", tags=["landlords"])
def rules(
    access: Annotated[Access, Depends(requires(Resource.LANDLORD_RULE, Action.READ))], session: Db
) -> dict[str, Any]:
    """What landlords ask of a household's budget. A landlord reads its own; others those of all."""
    query = select(LandlordRuleRow).order_by(col(LandlordRuleRow.organisation))
    if access.scope is Scope.ORGANISATION:
        query = query.where(LandlordRuleRow.organisation == access.actor.organisation)
    return page([_rule_view(row) for row in session.exec(query).all()], None)


@router.put("/landlord-rules", summary="Déclarer ses règles de budget", tags=["landlords"])
def set_rule(
    body: LandlordRuleBody,
    access: Annotated[Access, Depends(requires(Resource.LANDLORD_RULE, Action.WRITE))],
    context: Ctx,
    session: Db,
    response: Response,
) -> dict[str, Any]:
    """Replaces the landlord's rules; the engine looks at its homes again. They order nobody: they say who can pay."""
    actor, now = access.actor, context.clock.now()
    one_at_a_time(session, f"landlord_rule {actor.organisation}")
    row = session.get(LandlordRuleRow, actor.organisation)
    known = (row.effort_ceiling, row.left_eur_per_day) if row else (None, None)
    result = "unchanged" if row and known == (body.effort_ceiling, body.left_eur_per_day) else "updated"
    if row is None:
        row, result = (
            LandlordRuleRow(organisation=actor.organisation, updated_at=now, updated_by=person(actor)),
            "created",
        )
    if result != "unchanged":
        row.effort_ceiling, row.left_eur_per_day = body.effort_ceiling, body.left_eur_per_day
        row.updated_at, row.updated_by = now, person(actor)
        session.add(row)
        homes = session.exec(
            select(VacancyRow.id).where(VacancyRow.landlord == actor.organisation, VacancyRow.status == "open")
        ).all()
        changes.add(session, [changes.Change(changes.VACANCY, home) for home in sorted(homes)])
    view = {**_rule_view(row), "result": result}
    session.commit()
    response.status_code = 201 if result == "created" else 200
    return view


def _rule_view(row: LandlordRuleRow) -> dict[str, Any]:
    return {
        "landlord": row.organisation,
        "effort_ceiling": row.effort_ceiling,
        "usual_effort_ceiling": EFFORT_CEILING,
        "left_eur_per_day": row.left_eur_per_day,
        "updated_at": isoformat(row.updated_at),
    }
