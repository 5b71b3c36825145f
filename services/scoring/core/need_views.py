"""What readers are shown of the répertoire scored for a need; the same precautions as without one (see `views`)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from services.scoring.core import views
from services.scoring.core.need_scores import NeedScores
from services.scoring.core.needs import Need
from services.scoring.core.places import Place
from services.scoring.core.views import SHOWN_FROM
from shared.events import TerritoryScore


def asked(need: Need, scores: NeedScores, labels: Mapping[str, str], *, public: bool) -> dict[str, Any]:
    """What the list was scored for, the near occupations taken with it, by which reference (null while two stand beside each
    other; each line names its own), and what France has of it."""
    france = {name: _shown(value, public=public) for name, value in scores.france.items()}
    return {
        "rome": [{"code": code, "label": labels[code]} for code, weight in need.occupations if weight >= 1.0],
        "near": [
            {"code": code, "label": labels[code], "proximity": round(weight, 3)}
            for code, weight in sorted(need.occupations, key=lambda one: (-one[1], one[0]))
            if weight < 1.0
        ],
        "typologies": [typology.value for typology in need.typologies],
        "max_rent_eur_per_month": need.max_rent_eur_per_month,
        "rent_counted_up_to_eur_per_month": need.rent_counted_up_to_eur,
        "reference_version": scores.reference_version,
        "france": {
            "offers": france["offers"] if need.occupations else None,
            "homes": france["homes"] if need.of_homes else None,
        },
    }


def summary(place: Place, score: TerritoryScore, scores: NeedScores, row: int) -> dict[str, Any]:
    """A line of the list, for a caller with a key. `general_score` is the répertoire's, by the same
    reference."""
    return {
        **views.summary(place, score),
        "score": known(scores.score[row], 2),
        "score_class": int(scores.score_class[row]) or None,
        "coverage": known(scores.coverage[row], 4) or 0.0,
        "blocks": {name: known(column[row], 4) for name, column in scores.blocks.items()},
        "general_score": score.score,
        "view": figures(scores, row, public=False),
    }


def public_summary(place: Place, score: TerritoryScore, scores: NeedScores, row: int) -> dict[str, Any]:
    """A line of the list, for anyone."""
    return {
        **views.public_summary(place, score),
        "score_class": int(scores.score_class[row]) or None,
        "coverage": known(scores.coverage[row], 4) or 0.0,
        "view": figures(scores, row, public=True),
    }


def figures(scores: NeedScores, row: int, *, public: bool) -> dict[str, float | None]:
    """Offers, openings and homes that suit; null where unknown, and for the public under five."""
    found = {"offers": scores.offers_here, "offers_around": scores.offers_around, "homes": scores.homes}
    shown: dict[str, float | None] = {name: _shown(column[row], public=public) for name, column in found.items()}
    if public:
        return shown
    return {
        **shown,
        "openings_around_weighted": known(scores.openings_around[row], 1),
        "durable_around_weighted": known(scores.durable_around[row], 1),
    }


def known(value: float, digits: int) -> float | None:
    """The number rounded, None for nan."""
    return None if np.isnan(value) else round(float(value), digits)


def _shown(value: float, *, public: bool) -> int | None:
    if np.isnan(value) or (public and value < SHOWN_FROM):
        return None
    return int(value)
