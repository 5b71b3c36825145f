"""Territories ordered for a profile, with the reasons. It orders territories for a household, never households."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from services.scoring.core.indicators import Block
from services.scoring.core.scores import Place
from services.scoring.core.views import offers_in, supply
from shared.events import TerritoryScore, Typology


class Exclusion(StrEnum):
    """Why a territory is not in the ranking."""

    OUTSIDE_WISHES = "outside_wishes"
    NO_SCORE = "no_score"
    NO_HOME = "no_home_of_typology"
    NO_JOB = "no_offer_in_domain"
    CLOSED = "no_capacity"

    @property
    def label_fr(self) -> str:
        return {
            "outside_wishes": "hors des territoires souhaités",
            "no_score": "logement et emploi inconnus",
            "no_home_of_typology": "aucun logement libre de cette taille",
            "no_offer_in_domain": "aucune offre dans ce domaine dans la zone d'emploi",
            "no_capacity": "aucun engagement d'accueil ouvert, ou capacité prise",
        }[self.value]


@dataclass(frozen=True)
class Profile:
    """What a household looks for. Empty = no wish. `weights` multiplies blocks in the mean; 1 where absent."""

    rome: tuple[str, ...] = ()
    typologies: tuple[Typology, ...] = ()
    departements: frozenset[str] = frozenset()
    territories: frozenset[str] = frozenset()
    driving_licence: bool | None = None
    weights: Mapping[Block, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Ranked:
    """A territory with its score for the profile, 0..100, and why."""

    place: Place
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Ranking:
    """Best first; and how many territories were left out, by reason."""

    items: tuple[Ranked, ...]
    excluded: dict[Exclusion, int]


def rank(profile: Profile, places: Iterable[Place], scores: Mapping[str, TerritoryScore]) -> Ranking:
    """Every territory is either ranked or excluded for its first reason. Ties are by code."""
    places = tuple(places)
    by_zone = offers_by_zone(profile.rome, places, scores)
    items: list[Ranked] = []
    excluded: Counter[Exclusion] = Counter()
    for place in places:
        score = scores.get(place.code)
        judged = _judge(profile, place, score, by_zone.get(place.employment_zone, 0))
        if isinstance(judged, Exclusion):
            excluded[judged] += 1
        else:
            items.append(judged)
    items.sort(key=lambda item: (-item.score, item.place.code))
    return Ranking(tuple(items), dict(excluded))


def offers_by_zone(
    rome: Iterable[str], places: Iterable[Place], scores: Mapping[str, TerritoryScore]
) -> dict[str, int]:
    """Open offers in the domains of these codes, summed over each zone d'emploi: people work beyond their EPCI."""
    domains = sorted({code[0] for code in rome})
    totals: Counter[str] = Counter()
    for place in places:
        score = scores.get(place.code)
        if score is not None:
            totals[place.employment_zone] += sum(offers_in(score.counters, domain) for domain in domains)
    return dict(totals)


def _judge(profile: Profile, place: Place, score: TerritoryScore | None, offers: int) -> Ranked | Exclusion:
    wished = (not profile.territories or place.code in profile.territories) and (
        not profile.departements or place.departement in profile.departements
    )
    if not wished:
        return Exclusion.OUTSIDE_WISHES
    if score is None or score.score is None:
        return Exclusion.NO_SCORE
    homes = sum(supply(score.counters, typology) for typology in profile.typologies)
    if profile.typologies and homes == 0:
        return Exclusion.NO_HOME
    if profile.rome and offers == 0:
        return Exclusion.NO_JOB
    if score.blocks.get(Block.TERRITORY.value) == 0:
        return Exclusion.CLOSED
    reasons = []
    if profile.typologies:
        sizes = ", ".join(typology.value for typology in profile.typologies)
        reasons.append(f"{homes} logement(s) libre(s) en {sizes}")
    if profile.rome:
        reasons.append(f"{offers} offre(s) dans le domaine, dans la zone d'emploi")
    reasons += _strengths(score, profile)
    return Ranked(place, round(100.0 * _weighted_mean(score.blocks, profile.weights), 2), tuple(reasons))


def _strengths(score: TerritoryScore, profile: Profile) -> list[str]:
    labels = {block.value: block.label_fr for block in Block}
    said = [f"{labels[name]} : {round(100 * value)} / 100" for name, value in score.blocks.items() if value is not None]
    licence: Any = next((one for one in score.contributions if one.indicator == "licence_need"), None)
    if profile.driving_licence is False and licence is not None and licence.value is not None:
        said.append(f"{round(100 * licence.value)} % des offres demandent le permis")
    return said


def _weighted_mean(blocks: Mapping[str, float | None], weights: Mapping[Block, float]) -> float:
    """Geometric mean of the known blocks; a block at zero is not compensated."""
    total = weight = 0.0
    wanted = dict(weights)
    for block in Block:
        value, share = blocks.get(block.value), wanted.get(block, 1.0)
        if value is None or share <= 0:
            continue
        if value <= 0:
            return 0.0
        total += share * math.log(value)
        weight += share
    return math.exp(total / weight) if weight else 0.0
