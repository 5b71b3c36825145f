"""Plans for commissions and "what if"; their shortlists may be kept."""

from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from sqlmodel import Session

from services.matching.adapters import shortlists
from services.matching.adapters.commission import MOST_HOMES, MOST_HOUSEHOLDS, Asked, Commission, commission, imagined
from services.matching.adapters.proposing import snapshot
from services.matching.core.model import Home
from services.matching.core.plan import SHORTLIST, Candidate, HomePlan, Plan, Waiting, make_plan
from services.matching.core.sentences import option_sentences
from services.matching.core.shortlist_words import too_few_sentence
from services.matching.routes.context import Ctx, Db, Lang, person
from services.matching.routes.views import home_view, post_view
from services.matching.schemas import ImaginedHomeBody, PlanBody
from shared.clock import isoformat, paris_date
from shared.identity import Action, Resource
from shared.web.access import Access, requires
from shared.web.problems import Problem, ProblemType
from shared.words import Words

router = APIRouter(prefix="/v1", tags=["plans"])
Writer = Annotated[Access, Depends(requires(Resource.PLAN, Action.WRITE))]
IMAGINED: Final = "imagined_"
_CRITERIA: Final = Words(
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
        "criteria": _CRITERIA.said(lang),
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
    real = {
        one.home.id: one.candidates for one in made.homes if one.candidates and not one.home.id.startswith(IMAGINED)
    }
    kept = shortlists.keep(session, organisation, real, actor=actor, now=now)
    return [{"vacancy": vacancy, "shortlist": shortlist} for vacancy, shortlist in kept.items()]


def _home_plan(one: HomePlan, found: Commission, lang: str) -> dict[str, Any]:
    candidates = [_candidate(rank, candidate, found, lang) for rank, candidate in enumerate(one.candidates, 1)]
    shown = _plain_home(one.home)
    too_few = too_few_sentence(one.possible, SHORTLIST)
    return {
        "vacancy": one.home.id,
        "imagined": one.home.id.startswith(IMAGINED),
        "home": home_view(shown),
        "possible": one.possible,
        "candidates": candidates,
        "too_few": too_few.said(lang) if too_few else None,
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
    sentences = option_sentences(household, candidate.option, market.geography, market.occupations)
    shown = snapshot(candidate.option, sentences)
    return {
        "rank": rank,
        "household": candidate.household,
        "label": found.labels[candidate.household],
        "chosen": candidate.chosen,
        "offer": candidate.option.lead.post.id if candidate.option.lead else None,
        "post": post_view(shown["post"]),
        "reasons": [sentence.said(lang) for sentence in sentences],
        "gaps": [gap.said(lang) for gap in candidate.gaps],
    }


def _waiting(one: Waiting, found: Commission, lang: str) -> dict[str, Any]:
    return {
        "household": one.household,
        "label": found.labels[one.household],
        "possible_homes": one.options,
        "missing": [{"code": reason.value, "label": reason.label(lang)} for reason in one.missing],
        "sentence": _why_waiting(one).said(lang),
    }


def _why_waiting(one: Waiting) -> Words:
    if one.missing:
        french, english = (", ".join(reason.label(lang) for reason in one.missing) for lang in ("fr", "en"))
        return Words(f"Au plus près, il manque : {french}.", f"What is missing at the nearest: {english}.")
    if one.options:
        return Words(
            "Les logements possibles vont à des ménages qui passent avant : priorité, besoin déclaré ou attente.",
            "The possible homes go to households that come first: priority, declared need or waiting.",
        )
    return Words("Aucun logement dans cette demande.", "No home in what was asked.")
