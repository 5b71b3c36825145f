"""Plans for commissions and "what if", their shortlists, and proposals made from these."""

from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path
from sqlmodel import Session, col, select

from services.matching.adapters import conflicts, shortlists
from services.matching.adapters.commission import MOST_HOMES, MOST_HOUSEHOLDS, Asked, Commission, commission, imagined
from services.matching.adapters.commission_models import CandidateRow, ShortlistRow
from services.matching.adapters.models import HouseholdRow, PlacementRow, VacancyRow
from services.matching.adapters.placements import Act
from services.matching.adapters.proposing import Conflict, snapshot
from services.matching.core.model import Home
from services.matching.core.plan import SHORTLIST, Candidate, HomePlan, Plan, Waiting, make_plan
from services.matching.core.programme import STEP_LABELS
from services.matching.core.sentences import option_sentences
from services.matching.core.shortlist_words import too_few_sentence
from services.matching.routes.context import Ctx, Db, Lang, person
from services.matching.routes.views import home_view, post_view
from services.matching.schemas import ImaginedHomeBody, PlanBody
from shared.clock import isoformat, paris_date
from shared.events import Step
from shared.identity import Action, Resource
from shared.web.access import Access, requires
from shared.web.paging import CursorText, Limit, decode_cursor, encode_cursor, page
from shared.web.problems import Problem, ProblemType
from shared.words import Words

router = APIRouter(prefix="/v1", tags=["plans"])
Reader = Annotated[Access, Depends(requires(Resource.PLAN, Action.READ))]
Writer = Annotated[Access, Depends(requires(Resource.PLAN, Action.WRITE))]
Decider = Annotated[Access, Depends(requires(Resource.PLAN, Action.DECIDE))]
ShortlistId = Annotated[str, Path(max_length=60)]
IMAGINED: Final = "imagined_"
_CRITERIA: Final = (
    "Entre ménages ne comptent que les priorités reconnues par la loi, les besoins déclarés et l'attente.",
    "Between households only lawful priorities, declared needs and waiting count.",
)


@router.post("/plans", summary="Préparer une commission, ou voir ce que changerait un logement")
def plan(body: PlanBody, access: Writer, context: Ctx, session: Db, lang: Lang) -> dict[str, Any]:
    """The best joint use of the homes by the organisation's households, with three candidates for each home.

    Nothing is proposed. With `keep`, the shortlists are kept, to be proposed from. Between households only lawful
    priorities, declared needs and waiting weigh.
    """
    now, actor = context.clock.now(), access.actor
    today, seed = paris_date(now), context.settings.engine_seed
    homes = [_imagined(number, one, today) for number, one in enumerate(body.imagined, 1)]
    asked = Asked(
        actor.organisation,
        vacancies=body.vacancies,
        territories=body.territories,
        households=body.households,
        without=body.without,
        imagined=homes,
        proposals_too=body.proposals_too,
    )
    found = commission(session, asked, now=now)
    _check_size(found)
    made = make_plan(found.market, found.households, found.homes, today=today, seed=seed)
    answer: dict[str, Any] = {
        "as_of": isoformat(now),
        "placements": made.placements,
        "households": len(found.households),
        "optimal": made.exact,
        "share_of_best": round(made.share_of_best - 0.00005, 4) if not made.exact else 1.0,
        "homes": [_home_plan(one, found, lang) for one in made.homes],
        "waiting": [_waiting(one, found, lang) for one in made.waiting],
        "not_found": found.unknown,
        "gained": _gained(made, found, today, seed) if homes else None,
        "criteria": _CRITERIA[lang == "en"],
    }
    if body.keep:
        answer["shortlists"] = _kept(session, made, actor.organisation, person(actor), now)
        session.commit()
    return answer


def _imagined(number: int, body: ImaginedHomeBody, today: date) -> Home:
    return imagined(
        Home(
            id=f"{IMAGINED}{number}",
            landlord="",
            commune=body.commune,
            territory="",
            zone="",
            typology=body.typology.value,
            surface_m2=body.surface_m2,
            rent_eur_per_month=body.rent_eur_per_month,
            charges_eur_per_month=body.charges_eur_per_month,
            accessible=body.accessible,
            available_from=body.available_from or today,
        )
    )


def _check_size(found: Commission) -> None:
    for field, what, what_en, count, most in (
        ("households", "ménages", "households", found.asked_households, MOST_HOUSEHOLDS),
        ("vacancies", "logements", "homes", found.asked_homes, MOST_HOMES),
    ):
        if count > most:
            raise Problem(
                ProblemType.INVALID_FIELDS,
                f"{count} {what} : trop pour un seul plan, qui en prend {most}. Choisissez un ou plusieurs territoires.",
                field=field,
                value=count,
                remedy=f"territories : un EPCI ou un département, jusqu'à {most} {what}",
                en=f"{count} {what_en}: too many for one plan, which takes {most}. Choose one or several territories.",
                remedy_en=f"territories: an EPCI or a département, up to {most} {what_en}",
            )


def _gained(made: Plan, found: Commission, today: date, seed: int) -> int:
    """How many households more the imagined homes would place."""
    real = [home for home in found.homes if not home.id.startswith(IMAGINED)]
    without = make_plan(found.market, found.households, real, today=today, seed=seed) if real else None
    return made.placements - (without.placements if without else 0)


def _kept(session: Session, made: Plan, organisation: str, actor: str, now: datetime) -> list[dict[str, str]]:
    return [
        {
            "vacancy": one.home.id,
            "shortlist": shortlists.keep(session, organisation, one.home.id, one.candidates, actor=actor, now=now),
        }
        for one in made.homes
        if one.candidates and not one.home.id.startswith(IMAGINED)
    ]


def _home_plan(one: HomePlan, found: Commission, lang: str) -> dict[str, Any]:
    candidates = [_candidate(rank, candidate, found, lang) for rank, candidate in enumerate(one.candidates, 1)]
    shown = _plain_home(one.home)
    return {
        "vacancy": one.home.id,
        "imagined": one.home.id.startswith(IMAGINED),
        "home": home_view(shown),
        "possible": one.possible,
        "candidates": candidates,
        "too_few": too_few_sentence(one.possible, SHORTLIST, lang),
        "by_reason": [
            {"code": reason.value, "label": reason.label(lang), "households": count}
            for reason, count in one.by_reason.items()
        ],
    }


def _plain_home(home: Home) -> dict[str, Any]:
    return {
        "commune": home.commune,
        "territory": home.territory,
        "typology": home.typology,
        "surface_m2": home.surface_m2,
        "rent_eur_per_month": home.rent_eur_per_month,
        "charges_eur_per_month": home.charges_eur_per_month,
        "accessible": home.accessible,
        "available_from": home.available_from.isoformat(),
    }


def _candidate(rank: int, candidate: Candidate, found: Commission, lang: str) -> dict[str, Any]:
    market = found.market
    household = market.households[candidate.household]
    sentences = option_sentences(household, candidate.option, market.geography, market.occupations, lang)
    shown = snapshot(candidate.option, [], [])
    return {
        "rank": rank,
        "household": candidate.household,
        "label": found.labels[candidate.household],
        "chosen": candidate.chosen,
        "offer": candidate.option.lead.post.id if candidate.option.lead else None,
        "post": post_view(shown["post"]),
        "reasons": sentences,
        "gaps": [said[lang == "en"] for said in candidate.gaps],
    }


def _waiting(one: Waiting, found: Commission, lang: str) -> dict[str, Any]:
    english = lang == "en"
    if one.missing:
        missing = ", ".join(reason.label(lang) for reason in one.missing)
        sentence = f"What is missing at the nearest: {missing}." if english else f"Au plus près, il manque : {missing}."
    elif one.options:
        sentence = "Les logements possibles vont à des ménages qui passent avant : priorité, besoin déclaré ou attente."
        if english:
            sentence = "The possible homes go to households that come first: priority, declared need or waiting."
    else:
        sentence = "No home in what was asked." if english else "Aucun logement dans cette demande."
    return {
        "household": one.household,
        "label": found.labels[one.household],
        "possible_homes": one.options,
        "missing": [{"code": reason.value, "label": reason.label(lang)} for reason in one.missing],
        "sentence": sentence,
    }


@router.get("/shortlists", summary="Lister les listes courtes de l'organisation")
def list_shortlists(
    access: Reader,
    session: Db,
    lang: Lang,
    limit: Limit = 50,
    cursor: CursorText = None,
    vacancy: str | None = None,
    closed: bool = False,
) -> dict[str, Any]:
    """Newest first; those that have ended too with `closed`."""
    before = decode_cursor(cursor, 1)
    rows = shortlists.listing(
        session,
        access.actor.organisation,
        vacancy=vacancy,
        closed=closed,
        before=str(before[0]) if before else None,
        limit=limit + 1,
    )
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return page(_views(session, rows[:limit], lang), following)


@router.get("/shortlists/{shortlist}", summary="Lire une liste courte")
def show_shortlist(shortlist: ShortlistId, access: Reader, session: Db, lang: Lang) -> dict[str, Any]:
    """Its candidates in rank, and which of them has a proposal."""
    return _views(session, [_own(session, access, shortlist)], lang)[0]


@router.post("/shortlists/{shortlist}:propose", summary="Proposer le logement au premier de la liste")
def propose(shortlist: ShortlistId, access: Decider, context: Ctx, session: Db, lang: Lang) -> dict[str, Any]:
    """Proposes the home to the first who still can have it; it then awaits approval as any other.

    Where that proposal ends by a refusal, the next is promoted without being asked for, and awaits approval too.
    """
    row = _own(session, access, shortlist, locked=True)
    live = session.get(PlacementRow, row.placement) if row.placement else None
    if row.closed_at is not None:
        raise Problem(
            ProblemType.CONFLICT,
            "Cette liste est close.",
            field="shortlist",
            value=shortlist,
            remedy="POST /v1/plans",
            en="This list is closed.",
        )
    if live is not None and live.step not in (Step.REFUSED, Step.RELEASED):
        raise Problem(
            ProblemType.CONFLICT,
            "Une proposition est déjà partie de cette liste.",
            field="placement",
            value=live.id,
            remedy=f"GET /v1/placements/{live.id}",
            en="A proposal has gone out from this list already.",
        )
    placed = shortlists.propose_next(
        session,
        row,
        act=Act("choose", person(access.actor)),
        moment=context.moment(),
        seed=context.settings.engine_seed,
    )
    if placed is None and row.closed_at is None:
        raise conflicts.problem_of(
            session, Conflict.HOME, organisation=row.organisation, vacancy=row.vacancy, household=None
        )
    session.flush()
    view = _views(session, [row], lang)[0]
    session.commit()
    return view


@router.post("/shortlists/{shortlist}:close", summary="Clore une liste courte")
def close(shortlist: ShortlistId, access: Writer, context: Ctx, session: Db, lang: Lang) -> dict[str, Any]:
    """No further candidate is promoted; a proposal under way goes on."""
    row = _own(session, access, shortlist, locked=True)
    if row.closed_at is None:
        shortlists.close(session, row, context.clock.now())
    session.flush()
    view = _views(session, [row], lang)[0]
    session.commit()
    return view


def _own(session: Session, access: Access, shortlist: str, *, locked: bool = False) -> ShortlistRow:
    row = shortlists.of(session, access.actor.organisation, shortlist, locked=locked)
    if row is None:
        raise Problem(ProblemType.NOT_FOUND)
    return row


def _views(session: Session, rows: list[ShortlistRow] | Any, lang: str) -> list[dict[str, Any]]:
    by_list = shortlists.candidates_of(session, [row.id for row in rows])
    names = {one.household for found in by_list.values() for one in found}
    query = select(HouseholdRow.id, HouseholdRow.label).where(col(HouseholdRow.id).in_(sorted(names)))
    labels = dict(session.exec(query).all())
    homes = {
        home.id: home
        for home in session.exec(
            select(VacancyRow).where(col(VacancyRow.id).in_(sorted({row.vacancy for row in rows})))
        ).all()
    }
    return [_view(session, row, by_list[row.id], labels, homes.get(row.vacancy), lang) for row in rows]


def _view(
    session: Session,
    row: ShortlistRow,
    candidates: list[CandidateRow],
    labels: dict[str, str | None],
    home: VacancyRow | None,
    lang: str,
) -> dict[str, Any]:
    live = session.get(PlacementRow, row.placement) if row.placement else None
    return {
        "id": row.id,
        "vacancy": row.vacancy,
        "typology": home.typology if home else None,
        "commune": home.commune if home else None,
        "placement": row.placement,
        "step": live.step if live else None,
        "step_label": STEP_LABELS[Step(live.step)].said(lang) if live else None,
        "candidates": [
            {
                "rank": one.rank,
                "household": one.household,
                "label": labels.get(one.household),
                "offer": one.offer,
                "gaps": [_gap(said, lang) for said in one.reasons],
                "passed": one.rank < row.reached or (one.rank == row.reached and row.placement is None),
                "proposed": one.rank == row.reached and row.placement is not None,
            }
            for one in candidates
        ],
        "created_at": isoformat(row.created_at),
        "closed_at": isoformat(row.closed_at) if row.closed_at else None,
    }


def _gap(kept: str | list[str], lang: str) -> str:
    """A sentence of a kept list; of those kept before there was English, the French."""
    return kept if isinstance(kept, str) else Words(*kept).said(lang)
