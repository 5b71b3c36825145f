"""Matches and explanation of one household, as bodies of answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, func, select

from services.matching.adapters.held_homes import sentence_of, waiting_among
from services.matching.adapters.models import HouseholdRow, PlacementRow
from services.matching.adapters.placements import live_of_household
from services.matching.adapters.proposing import snapshot
from services.matching.adapters.search import market_of, widen
from services.matching.core.commute import SOURCE_FR
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


def matches_of(session: Session, row: HouseholdRow, *, now: datetime, seed: int, limit: int) -> dict[str, Any]:
    """The body of GET matches."""
    market, household = market_of(session, row, now=now)
    options = OptionFinder(market, household, today=paris_date(now), seed=seed).ranked()
    return {
        "household": row.id,
        "as_of": isoformat(now),
        "total": len(options),
        "items": [_shown(rank, household, option, market) for rank, option in enumerate(options[:limit], 1)],
        "criteria": [
            {
                "code": one.code,
                "label": one.label_fr,
                "use": one.use.value,
                "enters": one.enters.value,
                "weight": one.weight,
                "source": one.source,
            }
            for one in BY_CODE.values()
        ],
        "distance_source": SOURCE_FR,
    }


def _shown(rank: int, household: Household, option: Option, market: Market) -> dict[str, Any]:
    found = snapshot(option, option_sentences(household, option, market.geography, market.occupations))
    return {
        "rank": rank,
        "vacancy": option.home.id,
        "offer": option.lead.post.id if option.lead else None,
        "home": home_view(found["home"]),
        "post": post_view(found["post"]),
        "distance_km": found["distance_km"],
        "terms": [
            {"code": code, "label": BY_CODE[code].label_fr, "level": found["terms"][code]}
            for code in BY_CODE
            if code in found["terms"]
        ],
        "to_confirm": [{"code": code, "label": ToConfirm(code).label_fr} for code in found["to_confirm"]],
        "reasons": found["sentences"],
    }


def explanation_of(session: Session, row: HouseholdRow, *, now: datetime, seed: int, cap: int) -> dict[str, Any]:
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
            {"code": reason.value, "label": reason.label_fr, "homes": count}
            for reason, count in found.by_reason.items()
        ],
        "nearest": [
            {
                "vacancy": one.vacancy,
                **_where(market, one.vacancy),
                "missing": [{"code": reason.value, "label": reason.label_fr} for reason in one.reasons],
            }
            for one in found.nearest
        ],
        "counterfactual": _change(found.counterfactual) if found.counterfactual else None,
        "changes": [_change(one) for one in found.changes],
        "waiting_for": _held(session, found.possible, now),
        "notes": _notes(session, row, household, options=found.options, cap=cap),
    }


def _where(market: Market, vacancy: str) -> dict[str, Any]:
    home = market.homes[vacancy]
    commune = market.geography.commune(home.commune)
    return {"typology": home.typology, "commune_name": commune.name if commune else home.commune}


def _change(one: Counterfactual) -> dict[str, Any]:
    return {
        "change": one.change,
        "label": one.label_fr,
        "options": one.options,
        "sentence": _would_open(one.label_fr, one.options),
    }


def _held(session: Session, possible: Sequence[str], now: datetime) -> list[dict[str, Any]]:
    """Homes that this household could have and that the engine keeps for later: why, and until when at most."""
    return [
        {
            "vacancy": waits.vacancy,
            "typology": home.typology,
            "territory": home.territory,
            "sentence": sentence_of(waits, home),
            "until": isoformat(waits.until),
        }
        for waits, home in waiting_among(session, possible, now)
    ]


def _would_open(label: str, options: int) -> str:
    homes = f"{options} logements seraient possibles" if options > 1 else "1 logement serait possible"
    return f"{label[0].upper()}{label[1:]}, {homes}."


def _notes(session: Session, row: HouseholdRow, household: Household, *, options: int, cap: int) -> list[str]:
    """What stands in the way beside homes and posts."""
    notes = []
    if row.status != HouseholdStatus.LIVE:
        notes.append("Le ménage est en pause ou a quitté le programme : rien ne lui est proposé.")
    if live_of_household(session, row.id):
        notes.append("Une proposition est en cours pour ce ménage : il n'en reçoit pas d'autre.")
    if not household.wanted:
        notes.append("Aucun territoire : ni souhaité, ni ouvert dans ce programme.")
    if not household.rome:
        notes.append("Aucun métier recherché n'est indiqué.")
    waiting = session.exec(
        select(func.count()).where(PlacementRow.caseworker == row.caseworker, PlacementRow.step == Step.PROPOSED.value)
    ).one()
    if options and waiting >= cap:
        notes.append(
            f"L'accompagnant a déjà {waiting} propositions à examiner ; la suivante attend qu'il en traite une."
        )
    return notes
