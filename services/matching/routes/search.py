"""Matches and explanation of one household, as bodies of answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, func, select

from services.matching.adapters.held_homes import sentence_of, waiting_among
from services.matching.adapters.locking import live_of_household
from services.matching.adapters.models import HouseholdRow, PlacementRow
from services.matching.adapters.proposing import snapshot
from services.matching.adapters.search import market_of, widen
from services.matching.core.commute import SOURCE
from services.matching.core.criteria import BY_CODE
from services.matching.core.explanation import Counterfactual, explain
from services.matching.core.market import Market
from services.matching.core.model import Household, HouseholdStatus
from services.matching.core.options import OptionFinder
from services.matching.core.ranking import Option
from services.matching.core.reasons import ToConfirm
from services.matching.core.sentences import option_sentences
from services.matching.routes.views import home_view, post_view
from shared.clock import isoformat, paris_date
from shared.events import Step
from shared.words import Words

_PAUSED: Final = Words(
    "Le ménage est en pause ou a quitté le programme : rien ne lui est proposé.",
    "The household is parked or has left the programme: nothing is proposed to it.",
)
_UNDER_WAY: Final = Words(
    "Une proposition est en cours pour ce ménage : il n'en reçoit pas d'autre.",
    "A proposal is under way for this household: it receives no other.",
)
_NOWHERE: Final = Words(
    "Aucun territoire : ni souhaité, ni ouvert dans ce programme.",
    "No territory: none wanted, none open in this programme.",
)
_NO_OCCUPATION: Final = Words("Aucun métier recherché n'est indiqué.", "No wanted occupation is stated.")


def matches_of(
    session: Session, row: HouseholdRow, *, now: datetime, seed: int, limit: int, lang: str
) -> dict[str, Any]:
    """The body of GET matches."""
    market, household = market_of(session, row, now=now)
    options = OptionFinder(market, household, today=paris_date(now), seed=seed).ranked()
    return {
        "household": row.id,
        "as_of": isoformat(now),
        "total": len(options),
        "items": [_shown(rank, household, option, market, lang) for rank, option in enumerate(options[:limit], 1)],
        "criteria": [
            {
                "code": one.code,
                "label": one.label.said(lang),
                "use": one.use.value,
                "enters": one.enters.value,
                "weight": one.weight,
                "source": one.source.said(lang),
            }
            for one in BY_CODE.values()
        ],
        "distance_source": SOURCE.said(lang),
    }


def _shown(rank: int, household: Household, option: Option, market: Market, lang: str) -> dict[str, Any]:
    sentences = option_sentences(household, option, market.geography, market.occupations)
    found = snapshot(option, sentences)
    return {
        "rank": rank,
        "vacancy": option.home.id,
        "offer": option.lead.post.id if option.lead else None,
        "home": home_view(found["home"]),
        "post": post_view(found["post"]),
        "distance_km": found["distance_km"],
        "terms": [
            {"code": code, "label": BY_CODE[code].label.said(lang), "level": found["terms"][code]}
            for code in BY_CODE
            if code in found["terms"]
        ],
        "to_confirm": [{"code": code, "label": ToConfirm(code).label(lang)} for code in found["to_confirm"]],
        "reasons": [sentence.said(lang) for sentence in sentences],
    }


def explanation_of(
    session: Session, row: HouseholdRow, *, now: datetime, seed: int, cap: int, lang: str
) -> dict[str, Any]:
    """The body of GET explanation."""
    today = paris_date(now)
    market, household = market_of(session, row, now=now)
    widen(session, market, household)
    found = explain(market, household, today=today, seed=seed)
    return {
        "household": row.id,
        "as_of": isoformat(now),
        "homes": found.homes,
        "options": found.options,
        "by_reason": [
            {"code": reason.value, "label": reason.label(lang), "homes": count}
            for reason, count in found.by_reason.items()
        ],
        "nearest": [
            {
                "vacancy": one.vacancy,
                **_where(market, one.vacancy),
                "missing": [{"code": reason.value, "label": reason.label(lang)} for reason in one.reasons],
            }
            for one in found.nearest
        ],
        "counterfactual": _change(found.counterfactual, lang) if found.counterfactual else None,
        "changes": [_change(one, lang) for one in found.changes],
        "waiting_for": _held(session, found.possible, now, lang),
        "notes": _notes(session, row, household, options=found.options, cap=cap, lang=lang),
    }


def _where(market: Market, vacancy: str) -> dict[str, Any]:
    home = market.homes[vacancy]
    commune = market.geography.commune(home.commune)
    return {"typology": home.typology, "commune_name": commune.name if commune else home.commune}


def _change(one: Counterfactual, lang: str) -> dict[str, Any]:
    return {
        "change": one.change,
        "label": one.label.said(lang),
        "options": one.options,
        "sentence": _would_open(one).said(lang),
    }


def _held(session: Session, possible: Sequence[str], now: datetime, lang: str) -> list[dict[str, Any]]:
    """Homes that this household could have and that the engine keeps for later: why, and until when at most."""
    return [
        {
            "vacancy": waits.vacancy,
            "typology": home.typology,
            "territory": home.territory,
            "sentence": sentence_of(waits, home, lang),
            "until": isoformat(waits.until),
        }
        for waits, home in waiting_among(session, possible, now)
    ]


def _would_open(one: Counterfactual) -> Words:
    homes = (
        Words(f"{one.options} logements seraient possibles", f"{one.options} homes would be possible")
        if one.options > 1
        else Words("1 logement serait possible", "1 home would be possible")
    )
    french, english = (f"{label[0].upper()}{label[1:]}" for label in one.label)
    return Words(f"{french}, {homes.fr}.", f"{english}, {homes.en}.")


def _notes(
    session: Session, row: HouseholdRow, household: Household, *, options: int, cap: int, lang: str
) -> list[str]:
    """What stands in the way beside homes and posts."""
    notes: list[Words] = []
    if row.status != HouseholdStatus.LIVE:
        notes.append(_PAUSED)
    if live_of_household(session, row.id):
        notes.append(_UNDER_WAY)
    if not household.wanted:
        notes.append(_NOWHERE)
    if not household.rome:
        notes.append(_NO_OCCUPATION)
    waiting = session.exec(
        select(func.count()).where(PlacementRow.caseworker == row.caseworker, PlacementRow.step == Step.PROPOSED.value)
    ).one()
    if options and waiting >= cap:
        notes.append(
            Words(
                f"L'accompagnant a déjà {waiting} propositions à examiner ; la suivante attend qu'il en traite une.",
                f"The caseworker has {waiting} proposals to decide already; the next waits until one is dealt with.",
            )
        )
    return [note.said(lang) for note in notes]
