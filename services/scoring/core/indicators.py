"""The indicators, declared once: what counts in a score, from where, in which direction, with which precautions.

docs/indicators.md is made from this file (`ancrage scoring reference --page docs/indicators.md`). A value is nan where it
is unknown or where no feed speaks, and not ranked below the minimum sample; an observed zero is 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray


class Block(StrEnum):
    """Blocks of the score. Their geometric mean makes it: a block at zero is not compensated."""

    HOUSING = "housing"
    JOBS = "jobs"
    SERVICES = "services"
    TERRITORY = "territory"

    @property
    def label_fr(self) -> str:
        return {"housing": "Logement", "jobs": "Emploi", "services": "Services", "territory": "Territoire"}[self.value]


class Grain(StrEnum):
    """Where an indicator is judged."""

    TERRITORY = "territory"
    EMPLOYMENT_ZONE = "employment_zone"

    @property
    def label_fr(self) -> str:
        return {"territory": "territoire (EPCI)", "employment_zone": "zone d'emploi"}[self.value]


class Direction(StrEnum):
    """Whether more is better."""

    UP = "up"
    DOWN = "down"


class Scale(StrEnum):
    """RANK: percentile in the frozen reference, kept between 1 and 99 %. SHARE: the value itself, 0..1 (a gate)."""

    RANK = "rank"
    SHARE = "share"


Array = NDArray[np.float64]
Amount = Callable[[str], Array]


@dataclass(frozen=True)
class Indicator:
    """`value` and `sample` read counters (0 when nothing was counted) and official figures (nan when unknown) by name, as
    arrays over places, and give arrays: the raw value (nan = unknown) and how many observations stand behind it. Both
    are pure and see the sums of the grain."""

    name: str
    label_fr: str
    block: Block
    formula: str
    source: str
    grain: Grain
    unit: str
    direction: Direction
    weight: float
    inputs: tuple[str, ...]
    value: Callable[[Amount], Array]
    sample: Callable[[Amount], Array]
    minimum_sample: int
    sample_of: str
    cautions: tuple[str, ...]
    cap: float | None = None
    scale: Scale = Scale.RANK
    feed: str | None = None  # counter of what its live feed has told; 0 = the feed is silent here


SMALL_SAMPLE: Final = "small_sample"
CAPPED: Final = "capped"
SIMULATED_REFERENCE: Final = "simulated_reference"

# Sums that scores derive before any indicator reads them: households that use a declared capacity.
DERIVED: Final = ("households_taken",)

# Official figures, beside the counters. Absent where the source keeps them secret or does not cover the territory.
OFFICIAL: Final = ("population", "social_dwellings", "vacant_dwellings_2024")

# What may never enter a score, in any language of the code (loi 2008-496, code pénal 225-1; architecture section 5).
FORBIDDEN_WORDS: Final = frozenset(
    {
        "age",
        "birth",
        "children",
        "couple",
        "crime",
        "delinquency",
        "disability",
        "ethnic",
        "family",
        "foreign",
        "gender",
        "handicap",
        "health",
        "household_size",
        "immigrant",
        "immigration",
        "islam",
        "marital",
        "minority",
        "nationality",
        "origin",
        "political",
        "politics",
        "race",
        "refugee",
        "religion",
        "religious",
        "sex",
        "sexual",
        "surname",
        "union",
        "violence",
        "vote",
        "votes",
        "voting",
        "women",
    }
)


def _ratio(part: Array, whole: Array, per: float = 1.0) -> Array:
    """per × part / whole; unknown where either is, and where there is nothing to divide by."""
    whole = np.where(whole > 0, whole, np.nan)
    return per * part / whole


def _supply(amount: Amount) -> Array:
    """Open dwellings that no placement has taken; unknown where no landlord's feed speaks of the place."""
    free = np.maximum(0.0, amount("open_vacancies") - amount("committed"))
    return np.where(amount("known_vacancies") > 0, free, np.nan)


def _openings(amount: Amount) -> Array:
    """Openings of open offers, one for an offer that does not say; unknown where no offer is known at all."""
    openings = amount("open_openings") + amount("offers_openings_unknown")
    return np.where(amount("known_offers") > 0, openings, np.nan)


def _room(amount: Amount) -> Array:
    """Share of the declared capacity that is free. Unknown without a commitment, or when one that is open states no
    capacity; 0 when none is open."""
    capacity = amount("capacity_households")
    free = np.maximum(0.0, capacity - amount("households_taken"))
    share = np.where(capacity > 0, free / np.where(capacity > 0, capacity, 1.0), 0.0)
    share = np.where(amount("commitments_capacity_unknown") > 0, np.nan, share)
    share = np.where(amount("open_commitments") > 0, share, 0.0)
    return np.where(amount("known_commitments") > 0, share, np.nan)


INDICATORS: Final[tuple[Indicator, ...]] = (
    Indicator(
        name="live_supply",
        label_fr="Logements vacants publiés, pour 1 000 logements sociaux",
        block=Block.HOUSING,
        formula="1000 × max(0, open_vacancies − committed) / social_dwellings",
        source="flux des bailleurs, en direct ; RPLS au 1er janvier 2024 pour le parc",
        grain=Grain.TERRITORY,
        unit="pour 1 000 logements sociaux",
        direction=Direction.UP,
        weight=3.0,
        inputs=("known_vacancies", "open_vacancies", "committed", "social_dwellings"),
        value=lambda amount: _ratio(_supply(amount), amount("social_dwellings"), 1000.0),
        sample=lambda amount: amount("social_dwellings"),
        minimum_sample=50,
        sample_of="logements sociaux",
        cap=200.0,
        feed="known_vacancies",
        cautions=(
            "Un logement vacant n'est pas toujours disponible : seuls comptent ceux que leur bailleur publie.",
            "Sans aucun logement connu, le flux est muet : la valeur est inconnue, pas nulle.",
        ),
    ),
    Indicator(
        name="official_vacancy",
        label_fr="Vacance du parc social",
        block=Block.HOUSING,
        formula="min(vacant_dwellings_2024 / social_dwellings, 0.10)",
        source="RPLS au 1er janvier 2024 (logements proposés à la location mais vacants), annuel",
        grain=Grain.TERRITORY,
        unit="part du parc social",
        direction=Direction.UP,
        weight=1.0,
        inputs=("vacant_dwellings_2024", "social_dwellings"),
        value=lambda amount: _ratio(amount("vacant_dwellings_2024"), amount("social_dwellings")),
        sample=lambda amount: amount("social_dwellings"),
        minimum_sample=50,
        sample_of="logements sociaux",
        cap=0.10,
        cautions=(
            "Au-delà de 10 %, la vacance dit souvent la vétusté ou l'attente de travaux : le surplus ne compte pas.",
            "Photographie annuelle ; une part de vacance est nécessaire à la rotation.",
        ),
    ),
    Indicator(
        name="rent_level",
        label_fr="Loyer moyen publié au m²",
        block=Block.HOUSING,
        formula="rent_sum_eur / surface_sum_m2 (logements ouverts)",
        source="flux des bailleurs, en direct",
        grain=Grain.TERRITORY,
        unit="€/m² et par mois",
        direction=Direction.DOWN,
        weight=1.0,
        inputs=("rent_sum_eur", "surface_sum_m2", "rent_known"),
        value=lambda amount: _ratio(amount("rent_sum_eur"), amount("surface_sum_m2")),
        sample=lambda amount: amount("rent_known"),
        minimum_sample=5,
        sample_of="logements ouverts",
        feed="known_vacancies",
        cautions=("Hors charges ; dépend de la taille des logements publiés. N'ordonne jamais des ménages.",),
    ),
    Indicator(
        name="energy",
        label_fr="Logements publiés classés F ou G",
        block=Block.HOUSING,
        formula="dpe_fg / dpe_known (logements ouverts)",
        source="flux des bailleurs, en direct (DPE)",
        grain=Grain.TERRITORY,
        unit="part",
        direction=Direction.DOWN,
        weight=1.0,
        inputs=("dpe_fg", "dpe_known"),
        value=lambda amount: _ratio(amount("dpe_fg"), amount("dpe_known")),
        sample=lambda amount: amount("dpe_known"),
        minimum_sample=5,
        sample_of="logements au DPE connu",
        feed="known_vacancies",
        cautions=("Un DPE inconnu n'est pas un mauvais DPE : il n'est pas compté.",),
    ),
    Indicator(
        name="job_openings",
        label_fr="Postes ouverts pour 1 000 habitants",
        block=Block.JOBS,
        formula="1000 × (open_openings + offers_openings_unknown) / population",
        source="flux d'offres, en direct ; INSEE pour la population",
        grain=Grain.EMPLOYMENT_ZONE,
        unit="pour 1 000 habitants",
        direction=Direction.UP,
        weight=2.0,
        inputs=("known_offers", "open_openings", "offers_openings_unknown", "population"),
        value=lambda amount: _ratio(_openings(amount), amount("population"), 1000.0),
        sample=lambda amount: amount("population"),
        minimum_sample=1000,
        sample_of="habitants",
        cap=200.0,
        feed="known_offers",
        cautions=(
            "Jugé sur la zone d'emploi : un EPCI résidentiel profite du pôle voisin.",
            "Une offre sans nombre de postes compte pour un. Une tension peut dire de mauvaises conditions.",
        ),
    ),
    Indicator(
        name="durable_jobs",
        label_fr="Offres durables (CDI, ou CDD de 6 mois et plus)",
        block=Block.JOBS,
        formula="durable_offers / open_offers",
        source="flux d'offres, en direct",
        grain=Grain.EMPLOYMENT_ZONE,
        unit="part",
        direction=Direction.UP,
        weight=1.0,
        inputs=("durable_offers", "open_offers"),
        value=lambda amount: _ratio(amount("durable_offers"), amount("open_offers")),
        sample=lambda amount: amount("open_offers"),
        minimum_sample=10,
        sample_of="offres ouvertes",
        feed="known_offers",
        cautions=("Un CDD de durée inconnue n'est pas compté comme durable.",),
    ),
    Indicator(
        name="licence_need",
        label_fr="Offres qui demandent le permis de conduire",
        block=Block.JOBS,
        formula="offers_licence / offers_licence_known",
        source="flux d'offres, en direct",
        grain=Grain.EMPLOYMENT_ZONE,
        unit="part",
        direction=Direction.DOWN,
        weight=0.5,
        inputs=("offers_licence", "offers_licence_known"),
        value=lambda amount: _ratio(amount("offers_licence"), amount("offers_licence_known")),
        sample=lambda amount: amount("offers_licence_known"),
        minimum_sample=10,
        sample_of="offres qui précisent le permis",
        feed="known_offers",
        cautions=("Compte surtout pour les ménages sans permis ; une offre qui n'en dit rien n'est pas comptée.",),
    ),
    Indicator(
        name="absorption",
        label_fr="Capacité d'accueil encore libre",
        block=Block.TERRITORY,
        formula="1 − (committed + installed) / capacity_households ; 0 si aucun engagement n'est ouvert ; une capacité par "
        "mois, trimestre ou an est ramenée à six mois, la durée pendant laquelle un ménage installé est accompagné",
        source="engagements des territoires et placements, en direct",
        grain=Grain.TERRITORY,
        unit="part de la capacité",
        direction=Direction.UP,
        weight=1.0,
        inputs=(
            "known_commitments",
            "open_commitments",
            "commitments_capacity_unknown",
            "capacity_households",
            "committed",
            "installed",
            "households_taken",
        ),
        value=_room,
        sample=lambda amount: amount("known_commitments"),
        minimum_sample=1,
        sample_of="engagements",
        scale=Scale.SHARE,
        feed="known_commitments",
        cautions=(
            "Sans engagement déclaré, la capacité est inconnue et ne pèse pas.",
            "Un engagement départemental est projeté sur les territoires du département qui n'en ont pas en propre.",
            "Les territoires d'un même ensemble partagent une capacité et les ménages qu'il accueille.",
        ),
    ),
)

BY_NAME: Final = {indicator.name: indicator for indicator in INDICATORS}
EMPTY_BLOCKS: Final = tuple(block for block in Block if not any(one.block is block for one in INDICATORS))
