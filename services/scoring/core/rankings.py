"""Territories ordered for a household's profile, with the reasons. It orders territories for a household, never households.

Territories within `NEAR_EQUAL` points of the best of their group are as good as each other: their order is drawn, with a
seed that the answer names, so that the same few do not get every household. A territory's chance grows with the seats that
are really left in it: capacity less the placements in progress and the households installed, no more than the homes and
the openings that suit; and with how placements there have ended.
"""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import numpy as np

from services.scoring.core.counters import OUTCOME_OF
from services.scoring.core.indicators import Block
from services.scoring.core.need_scores import NeedScores
from services.scoring.core.needs import Need
from services.scoring.core.places import Place
from shared.events import TerritoryScore
from shared.words import Words

NEAR_EQUAL: Final = 2.0  # points of 100: less than one percentile of the reference moves a score
UNKNOWN_SEATS: Final = 1  # a place that does not say takes one household at a time
MOST_SEATS: Final = 20  # beyond, a large territory draws no more households than it can look after
# Ends of placements before any is counted: half of them well. A territory without experience is neither good nor bad.
PRIOR_ENDS: Final = 8.0
ENDED_WELL: Final = OUTCOME_OF + "completed"
REFUSED_FOR_TERRITORY: Final = OUTCOME_OF + "refused_territory"


class Exclusion(StrEnum):
    """Why a territory is not in the ranking."""

    OUTSIDE_WISHES = "outside_wishes"
    NO_SCORE = "no_score"
    HOMES_UNKNOWN = "homes_unknown"
    NO_HOME = "no_home_of_typology"
    JOBS_UNKNOWN = "jobs_unknown"
    NO_JOB = "no_offer_in_domain"
    CLOSED = "no_capacity"

    @property
    def label(self) -> Words:
        return _EXCLUDED[self]


_EXCLUDED: Final = {
    Exclusion.OUTSIDE_WISHES: Words("hors des territoires souhaités", "outside the territories wanted"),
    Exclusion.NO_SCORE: Words("logement et emploi inconnus", "housing and jobs unknown"),
    Exclusion.HOMES_UNKNOWN: Words(
        "logements inconnus : aucun bailleur n'y publie", "homes unknown: no landlord publishes there"
    ),
    Exclusion.NO_HOME: Words(
        "aucun logement libre de cette taille dans ce budget", "no free home of that size within that budget"
    ),
    Exclusion.JOBS_UNKNOWN: Words("offres inconnues dans la zone d'emploi", "offers unknown in the employment area"),
    Exclusion.NO_JOB: Words(
        "aucune offre de ces métiers, ni de métiers proches, dans la zone d'emploi",
        "no offer of those occupations, nor of near ones, in the employment area",
    ),
    Exclusion.CLOSED: Words(
        "aucun engagement d'accueil ouvert, ou capacité prise", "no open hosting commitment, or capacity taken"
    ),
}


_HOMES_UNKNOWN: Final = Words("logements inconnus", "homes unknown")
_OFFERS_UNKNOWN: Final = Words("offres inconnues", "offers unknown")


@dataclass(frozen=True)
class Profile:
    """What a household looks for. Empty = no wish. `weights` multiplies blocks in the mean; 1 where absent.

    `accept_unknown`: keeps the territories whose homes or offers nobody tells of.
    """

    need: Need
    departements: frozenset[str] = frozenset()
    territories: frozenset[str] = frozenset()
    weights: Mapping[Block, float] = field(default_factory=dict)
    accept_unknown: bool = False


@dataclass(frozen=True)
class Ranked:
    """A territory with its score for the profile, 0..100, and why. `group`: near-equals, whose order is drawn; `seats`:
    households that it can still take, None where no capacity is stated."""

    place: Place
    score: float
    reasons: tuple[Words, ...]
    row: int
    seats: int | None
    exposure: float
    group: int = 0


@dataclass(frozen=True)
class Excluded:
    """A territory left out, for every reason that holds; the first is the one it is counted under."""

    place: Place
    reasons: tuple[Exclusion, ...]


@dataclass(frozen=True)
class Ranking:
    """Best first, near-equals as drawn; and every territory left out."""

    items: tuple[Ranked, ...]
    excluded: tuple[Excluded, ...]


def rank(
    profile: Profile,
    places: Sequence[Place],
    published: Mapping[str, TerritoryScore],
    scores: NeedScores,
    departements_of: Callable[[str], Sequence[str]],
    *,
    seed: str,
) -> Ranking:
    """Every territory is either ranked or excluded. `places` are the rows of `scores`."""
    items: list[Ranked] = []
    excluded: list[Excluded] = []
    for row, place in enumerate(places):
        score = published.get(place.code)
        wished = _wished(profile, place, departements_of)
        reasons = _exclusions(profile, score, scores, row, wished=wished)
        if reasons or score is None:
            excluded.append(Excluded(place, reasons))
        else:
            items.append(_ranked(profile, place, score, scores, row))
    items.sort(key=lambda item: (-item.score, item.place.code))
    return Ranking(tuple(drawn(items, seed)), tuple(excluded))


def _wished(profile: Profile, place: Place, departements_of: Callable[[str], Sequence[str]]) -> bool:
    if profile.territories and place.code not in profile.territories:
        return False
    return not profile.departements or not profile.departements.isdisjoint(departements_of(place.code))


def _exclusions(
    profile: Profile, score: TerritoryScore | None, scores: NeedScores, row: int, *, wished: bool
) -> tuple[Exclusion, ...]:
    if not wished:
        return (Exclusion.OUTSIDE_WISHES,)
    found = []
    if score is None or math.isnan(scores.score[row]):
        found.append(Exclusion.NO_SCORE)
    for wanted, amount, unknown, none in (
        (profile.need.of_homes, scores.homes[row], Exclusion.HOMES_UNKNOWN, Exclusion.NO_HOME),
        (bool(profile.need.occupations), scores.openings_around[row], Exclusion.JOBS_UNKNOWN, Exclusion.NO_JOB),
    ):
        if wanted and math.isnan(amount):
            found += [] if profile.accept_unknown else [unknown]
        elif wanted and amount <= 0:
            found.append(none)
    if score is not None and (score.blocks.get(Block.TERRITORY.value) == 0 or seats_left(score) == 0):
        found.append(Exclusion.CLOSED)
    return tuple(found)


def seats_left(score: TerritoryScore) -> int | None:
    """Households that a territory can still take: the share of its capacity that is free, of that capacity. None where no
    capacity of its own is stated (then its département's share alone is known)."""
    capacity = score.counters.get("capacity_households", 0)
    if not capacity or score.counters.get("commitments_capacity_unknown"):
        return None
    free = next((one.value for one in score.contributions if one.indicator == "absorption"), None)
    return None if free is None else round(free * capacity)


def success(counters: Mapping[str, int]) -> float:
    """Share 0..1 of the placements that ended well among those that ended for the territory's sake, shrunk to a half."""
    well, ill = counters.get(ENDED_WELL, 0), counters.get(REFUSED_FOR_TERRITORY, 0)
    return (well + PRIOR_ENDS / 2) / (well + ill + PRIOR_ENDS)


def _ranked(profile: Profile, place: Place, score: TerritoryScore, scores: NeedScores, row: int) -> Ranked:
    blocks = {name: None if np.isnan(column[row]) else float(column[row]) for name, column in scores.blocks.items()}
    seats = seats_left(score)
    room = [float(UNKNOWN_SEATS if seats is None else seats)]
    room += [float(one) for one in (scores.homes[row], scores.openings_around[row]) if not np.isnan(one)]
    exposure = min(*room, MOST_SEATS) * success(score.counters)
    return Ranked(
        place,
        round(100.0 * _weighted_mean(blocks, profile.weights), 2),
        (*_reasons(profile, score, scores, row, seats), *_strengths(blocks, profile, score)),
        row,
        seats,
        exposure,
    )


def _reasons(
    profile: Profile, score: TerritoryScore, scores: NeedScores, row: int, seats: int | None
) -> tuple[Words, ...]:
    need, said = profile.need, []
    if need.of_homes:
        homes = scores.homes[row]
        said.append(_HOMES_UNKNOWN if np.isnan(homes) else _free_homes(int(homes), need))
    if need.occupations:
        offers, openings = scores.offers_around[row], scores.openings_around[row]
        said.append(
            _OFFERS_UNKNOWN
            if np.isnan(offers)
            else Words(
                f"{int(offers)} offre(s) de ces métiers dans la zone d'emploi, "
                f"{openings:.0f} poste(s) avec les métiers proches",
                f"{int(offers)} offer(s) of those occupations in the employment area, "
                f"{openings:.0f} post(s) with near occupations",
            )
        )
    if seats is not None:
        in_progress, installed = score.counters.get("committed", 0), score.counters.get("installed", 0)
        said.append(
            Words(
                f"{seats} place(s) libre(s) ({in_progress} placement(s) en cours, {installed} ménage(s) installé(s))",
                f"{seats} free place(s) ({in_progress} placement(s) under way, {installed} household(s) moved in)",
            )
        )
    well, ill = score.counters.get(ENDED_WELL, 0), score.counters.get(REFUSED_FOR_TERRITORY, 0)
    if well or ill:
        said.append(
            Words(
                f"{well} parcours achevé(s), {ill} refus qui tenai(en)t au territoire",
                f"{well} course(s) completed, {ill} refusal(s) because of the territory",
            )
        )
    return tuple(said)


def _free_homes(homes: int, need: Need) -> Words:
    sizes = ", ".join(typology.value for typology in need.typologies)
    budget = need.max_rent_eur_per_month
    french = (f" en {sizes}" if sizes else "") + (f" jusqu'à {budget:.0f} € hors charges" if budget else "")
    english = (f" of {sizes}" if sizes else "") + (f" up to €{budget:.0f} without charges" if budget else "")
    return Words(f"{homes} logement(s) libre(s){french}", f"{homes} free home(s){english}")


def _strengths(blocks: Mapping[str, float | None], profile: Profile, score: TerritoryScore) -> list[Words]:
    said = [
        Words(f"{label.fr} : {round(100 * value)} / 100", f"{label.en}: {round(100 * value)} / 100")
        for label, value in ((Block(name).label, value) for name, value in blocks.items())
        if value is not None
    ]
    licence: Any = next((one for one in score.contributions if one.indicator == "licence_need"), None)
    if profile.need.has_licence is False and licence is not None and licence.value is not None:
        share = round(100 * licence.value)
        said.append(Words(f"{share} % des offres demandent le permis", f"{share}% of the offers ask for a licence"))
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


def drawn(items: Sequence[Ranked], seed: str) -> list[Ranked]:
    """Items by group of near-equals, each group in an order drawn without replacement by exposure."""
    order: list[Ranked] = []
    start, group = 0, 0
    while start < len(items):
        end = start
        while end < len(items) and items[end].score > items[start].score - NEAR_EQUAL:
            end += 1
        drawn = sorted(items[start:end], key=lambda item: (_draw(seed, item), item.place.code))
        order += [Ranked(one.place, one.score, one.reasons, one.row, one.seats, one.exposure, group) for one in drawn]
        start, group = end, group + 1
    return order


def _draw(seed: str, item: Ranked) -> float:
    """Smallest first: an exponential of rate `exposure`, from the seed and the code alone (Efraimidis and Spirakis 2006)."""
    digest = hashlib.sha256(f"{seed}:{item.place.code}".encode()).digest()
    uniform = (int.from_bytes(digest[:8]) + 1) / 2**64
    return -math.log(uniform) / max(item.exposure, 1e-9)
