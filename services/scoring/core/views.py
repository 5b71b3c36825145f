"""What readers are shown of a score: whole for the platform's users, classes and profiles for the public.

The public sees no score, no order among territories beyond the five classes, and no count under five (architecture
section 5): a league table of territories would end the partnership with them.
"""

from collections.abc import Mapping
from typing import Any, Final

from services.scoring.core.indicators import BY_NAME, Role
from services.scoring.core.measures import SILENT_FEED
from services.scoring.core.needs import is_rent_band
from services.scoring.core.places import Place
from shared.events import Contribution, TerritoryScore, Typology

SHOWN_FROM: Final = 5
HEADLINE: Final = ("open_vacancies", "open_offers", "open_openings")
UNDER_FIVE: Final = "under_five"
_LEVELS: Final = 5
_FEEDS: Final = {"vacancies": "known_vacancies", "offers": "known_offers", "commitments": "known_commitments"}


def supply(counters: Mapping[str, int], typology: Typology | None = None) -> int:
    """Open dwellings that no placement has taken, of one size or of all; never below zero."""
    if typology is None:
        return max(0, counters.get("open_vacancies", 0) - counters.get("committed", 0))
    free = counters.get(f"vacancies_{typology.value}", 0) - counters.get(f"committed_{typology.value}", 0)
    return max(0, free)


def offers_in(counters: Mapping[str, int], rome: str) -> int:
    """Open offers in the professional domain (first letter) of a ROME code."""
    return counters.get(f"offers_rome_{rome[0]}", 0)


def summary(place: Place, score: TerritoryScore) -> dict[str, Any]:
    """A line of the list, for a caller with a key."""
    return {
        "code": place.code,
        "name": place.name,
        "departement": place.departement,
        "score": score.score,
        "score_class": score.score_class,
        "coverage": score.coverage,
        "blocks": score.blocks,
        "supply": supply(score.counters),
        "counters": _counters(score.counters),
        "feeds": feeds(score.counters),
        "as_of": score.as_of,
        "reference_version": score.reference_version,
    }


def detail(place: Place, score: TerritoryScore, lang: str = "fr") -> dict[str, Any]:
    """One territory, for a caller with a key, in "fr" or "en"."""
    return {
        **summary(place, score),
        "employment_zone": place.employment_zone,
        "official": _official(place),
        "supply_by_typology": {typology.value: supply(score.counters, typology) for typology in Typology},
        "contributions": [_contribution(one, lang) for one in score.contributions],
        "generation": score.generation,
    }


def public_summary(place: Place, score: TerritoryScore) -> dict[str, Any]:
    """A line of the list, for anyone."""
    return {
        "code": place.code,
        "name": place.name,
        "departement": place.departement,
        "score_class": score.score_class,
        "coverage": score.coverage,
        "counters": {
            name: amount if (amount or 0) >= SHOWN_FROM else None for name, amount in _headline(score).items()
        },
        "feeds": feeds(score.counters),
        "as_of": score.as_of,
        "reference_version": score.reference_version,
    }


def public_detail(place: Place, score: TerritoryScore, lang: str = "fr") -> dict[str, Any]:
    """One territory, for anyone, in "fr" or "en": levels 1 to 5 by indicator, with their cautions, no figure. A level that
    fewer than five dwellings would make is not told."""
    return {
        **public_summary(place, score),
        "profile": [
            {
                "indicator": one.indicator,
                "label": BY_NAME[one.indicator].label.said(lang),
                "block": one.block,
                "role": BY_NAME[one.indicator].role.value,
                "state": state(one),
                "level": level(one.rank) if told else None,
                "flags": [*one.flags, *(() if told else (UNDER_FIVE,))],
                "cautions": [caution.said(lang) for caution in BY_NAME[one.indicator].cautions],
            }
            for one, told in ((one, _may_be_told(one, score.counters)) for one in score.contributions)
            if one.indicator in BY_NAME
        ],
    }


def level(rank: float | None) -> int | None:
    """1 (lowest) to 5 of a rank 0..1."""
    return None if rank is None else min(_LEVELS, 1 + int(rank * _LEVELS))


def state(one: Contribution) -> str:
    """Why a value is there or not: `observed` (an observed zero too), `unknown` (secret, or no source), or `silent` (nobody
    publishes for this place)."""
    if one.value is not None:
        return "observed"
    return "silent" if SILENT_FEED in one.flags else "unknown"


def feeds(counters: Mapping[str, int]) -> dict[str, str]:
    """Whether each live feed says anything of the territory: 0 of a feed that speaks is an observed zero."""
    return {name: "speaks" if counters.get(counter, 0) else "silent" for name, counter in _FEEDS.items()}


def _may_be_told(one: Contribution, counters: Mapping[str, int]) -> bool:
    declared = BY_NAME.get(one.indicator)
    counter = declared.shown_from_five if declared else None
    return counter is None or counters.get(counter, 0) >= SHOWN_FROM


def _headline(score: TerritoryScore) -> dict[str, int]:
    return {name: score.counters.get(name, 0) for name in HEADLINE}


def _counters(counters: Mapping[str, int]) -> dict[str, int]:
    shown = {name: amount for name, amount in counters.items() if not is_rent_band(name)}
    return {**dict.fromkeys(HEADLINE, 0), **shown}


def _official(place: Place) -> dict[str, float | None]:
    """Official figures; `vacant_dwellings_2024` is the former name of `vacant_social_dwellings`, kept for its readers."""
    figures = {name: None if value is None else round(value, 2) for name, value in place.official.items()}
    return {**figures, "vacant_dwellings_2024": figures.get("vacant_social_dwellings")}


def _contribution(one: Contribution, lang: str) -> dict[str, Any]:
    declared = BY_NAME.get(one.indicator)
    return {
        "indicator": one.indicator,
        "label": declared.label.said(lang) if declared else one.indicator,
        "block": one.block,
        "value": one.value,
        "unit": declared.unit.said(lang) if declared else one.unit,
        "rank": one.rank,
        "weight": one.weight,
        "flags": list(one.flags),
        "role": declared.role.value if declared else Role.SCORED.value,
        "state": state(one),
        "freshness": one.freshness,
        "source": declared.source if declared else None,
        "cautions": [caution.said(lang) for caution in declared.cautions] if declared else [],
    }
