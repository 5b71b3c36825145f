"""The indicators: what a declaration may say, and those of services/scoring/indicators.toml, read once with the code.

A value is nan where it is unknown or where no feed speaks, and not ranked below the minimum sample; an observed zero is 0.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from services.scoring.core.counters import KEY_BANDS_DAYS, KEYS_OF, OUTCOME_OF, TERRITORY_OUTCOMES
from services.scoring.core.formulas import Amount, Array, Formula, FormulaInvalid, read_formula
from services.scoring.core.vacancy_counters import UNCONFIRMED_OF
from shared.words import Words


class Block(StrEnum):
    """Blocks of the score. Their geometric mean makes it: a block at zero is not compensated."""

    HOUSING = "housing"
    JOBS = "jobs"
    SERVICES = "services"
    TERRITORY = "territory"

    @property
    def label(self) -> Words:
        return {
            "housing": Words("Logement", "Housing"),
            "jobs": Words("Emploi", "Jobs"),
            "services": Words("Services", "Services"),
            "territory": Words("Territoire", "Territory"),
        }[self.value]


class Grain(StrEnum):
    """Where an indicator is judged."""

    TERRITORY = "territory"
    REACH = "reach"

    @property
    def label_fr(self) -> str:
        return {"territory": "territoire (EPCI)", "reach": "zone d'emploi et ce qui est à 45 minutes"}[self.value]


class Direction(StrEnum):
    """Whether more is better."""

    UP = "up"
    DOWN = "down"


class Scale(StrEnum):
    """RANK: percentile in the frozen reference, kept between 1 and 99 %. SHARE: the value itself, 0..1."""

    RANK = "rank"
    SHARE = "share"


class Role(StrEnum):
    """SCORED counts. CONTEXT is shown and never counts. PROFILE is of one household's wish: rankings, never the score."""

    SCORED = "scored"
    CONTEXT = "context"
    PROFILE = "profile"

    @property
    def label_fr(self) -> str:
        return {
            "scored": "compte dans le score",
            "context": "contexte, jamais de points",
            "profile": "propre à un ménage, jamais dans le score",
        }[self.value]


class DeclarationInvalid(ValueError):
    """A declaration that may not stand; the message names the indicator and says why."""


class _Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text of the file, in both languages."""

    fr: str
    en: str

    @property
    def words(self) -> Words:
        return Words(self.fr, self.en)


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An indicator as indicators.toml has it."""

    name: str
    label: _Said
    block: Block
    source: str
    unit: _Said
    cautions: tuple[_Said, ...]
    role: Role = Role.SCORED
    grain: Grain = Grain.TERRITORY
    formula: str | None = None
    sample: str | None = None
    minimum_sample: int = 1
    sample_of: str = ""
    direction: Direction | None = None
    weight: float = 0.0
    scale: Scale = Scale.RANK
    gate: bool = False
    cap: float | None = None
    half_life_days: int | None = None
    vintages: tuple[str, ...] = ()
    feed: str | None = None
    shown_from_five: str | None = None
    raised_by: tuple[str, ...] = ()
    lowered_by: tuple[str, ...] = ()


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    indicator: tuple[_Written, ...]


@dataclass(frozen=True)
class Indicator:
    """`value` and `sample` read counters (0 when nothing was counted) and official figures (nan when unknown) by name, as
    arrays over places: the raw value (nan = unknown), and how many observations stand behind it.

    `vintages`: kinds of sources of the reference pack (the oldest decides its age); `half_life_days`: after so many days
    its weight is half. `gate`: at zero its block is zero. `raised_by`, `lowered_by`: amounts that move the score so.
    """

    name: str
    label: Words
    block: Block
    role: Role
    source: str
    grain: Grain
    unit: Words
    direction: Direction
    weight: float
    formula: Formula
    sample: Formula
    minimum_sample: int
    sample_of: str
    cautions: tuple[Words, ...]
    scale: Scale
    gate: bool
    cap: float | None
    half_life_days: int | None
    vintages: tuple[str, ...]
    feed: str | None
    shown_from_five: str | None
    raised_by: tuple[str, ...]
    lowered_by: tuple[str, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """Every amount that it reads."""
        return tuple(dict.fromkeys((*self.formula.reads, *self.sample.reads, *((self.feed,) if self.feed else ()))))

    @property
    def computed(self) -> bool:
        """Whether a territory has a value of it; what is of one household's wish has none."""
        return self.role is not Role.PROFILE

    def value(self, amount: Amount) -> Array:
        """Raw values; unknown where its feed is silent."""
        found = self.formula(amount)
        return np.where(amount(self.feed) > 0, found, np.nan) if self.feed else found


SMALL_SAMPLE: Final = "small_sample"
CAPPED: Final = "capped"
SIMULATED_REFERENCE: Final = "simulated_reference"
NO_REFERENCE: Final = "no_reference"
CONTEXT: Final = "context"

# Sums that scores derive before any indicator reads them: households that use a declared capacity.
DERIVED: Final = ("households_taken",)

# Official figures, beside the counters. Absent where the source keeps them secret or does not cover the territory.
OFFICIAL: Final = (
    "population",
    "social_dwellings",
    "vacant_social_dwellings",
    "vacant_over_3_months",
    "offered_dwellings",
    "applications",
    "attributions",
    "private_dwellings",
    "private_vacant_2_years",
    "population_start",
    "population_end",
    "services_population",
    "basket_inhabitants",
    "station_inhabitants",
    "school_inhabitants",
    "gp_inhabitants",
    "gp_population",
    "inclusion_structures",
    "acv_communes",
    "hiring_projects",
    "difficult_projects",
    "seasonal_base",
    "seasonal_projects",
    "job_seekers",
    "year_offers",
    "tension_points",
    "tension_offers",
)

# Counters that an indicator may read; everything else that is counted is for other uses.
COUNTED: Final = (
    "known_vacancies",
    "open_vacancies",
    *(f"{UNCONFIRMED_OF}{days}" for days in (15, 30)),
    "committed",
    "installed",
    "rent_known",
    "rent_sum_eur",
    "surface_sum_m2",
    "effort_known",
    "effort_bearable",
    "dpe_known",
    "dpe_fg",
    *(f"{KEYS_OF}{top}" for top in (*KEY_BANDS_DAYS, "over")),
    "known_offers",
    "open_offers",
    "open_openings",
    "offers_openings_unknown",
    "durable_offers",
    "durable_openings",
    "offers_licence",
    "offers_licence_known",
    "known_commitments",
    "open_commitments",
    "commitments_capacity_unknown",
    "capacity_households",
    *(f"{OUTCOME_OF}{outcome}" for outcome in sorted(TERRITORY_OUTCOMES)),
)
READABLE: Final = frozenset((*COUNTED, *OFFICIAL, *DERIVED))

# What may never enter a score, by the beginnings of words in English and French (loi 2008-496, code pénal 225-1;
# architecture section 5). Looked for in names, labels, formulas, sources and units of declarations.
FORBIDDEN_WORDS: Final = re.compile(
    r"\b(?:(?:age|âge|race|sexe?|vote|voting|union|genre|couleur|religion|women|femmes?|hommes?|children|enfants?)s?\b|"
    r"birth|naissanc|couple|crim|délinquan|delinquen|disab|handicap|ethni|famil|foreign|étrang|gender|sexu|health|santé|"
    r"household.size|immig|islam|marital|matrimon|minorit|nationalit|origin|politic|politiqu|racial|refugee|réfugi|"
    r"religi|surname|patronym|syndic|violence|élection|élector)",
    re.IGNORECASE,
)


def read_indicators(document: Mapping[str, Any]) -> tuple[Indicator, ...]:
    """Declarations as indicators, each checked. Raises DeclarationInvalid."""
    try:
        written = msgspec.convert(document, _Document).indicator
    except msgspec.ValidationError as error:
        raise DeclarationInvalid(str(error)) from error
    names = [one.name for one in written]
    if len(set(names)) != len(names):
        raise DeclarationInvalid("an indicator is declared twice")
    return tuple(_read(one) for one in written)


def _read(one: _Written) -> Indicator:
    formula_words, label, unit = (one.formula or "").replace("_", " "), one.label.words, one.unit.words
    for said in (one.name.replace("_", " "), *label, formula_words, one.source, *unit):
        if found := FORBIDDEN_WORDS.search(said):
            raise DeclarationInvalid(f"{one.name}: {found.group()!r} may never enter a score")
    try:
        formula = read_formula(one.formula or "unknown", KEY_BANDS_DAYS)
        sample = read_formula(one.sample or "unknown", KEY_BANDS_DAYS)
    except FormulaInvalid as error:
        raise DeclarationInvalid(f"{one.name}: {error}") from error
    named = {
        *formula.reads,
        *sample.reads,
        *one.raised_by,
        *one.lowered_by,
        *filter(None, (one.feed, one.shown_from_five)),
    }
    if strange := sorted(named - READABLE):
        raise DeclarationInvalid(f"{one.name}: reads {', '.join(strange)}, which no indicator may read")
    scored = one.role is Role.SCORED
    if not one.cautions or (
        one.role is not Role.PROFILE and not (one.formula and one.sample and one.minimum_sample > 0)
    ):
        raise DeclarationInvalid(f"{one.name}: formula, sample, minimum sample and cautions are needed")
    if scored and not (one.direction and one.weight > 0 and one.raised_by and one.lowered_by):
        raise DeclarationInvalid(f"{one.name}: what counts needs a direction, a weight, and what raises and lowers it")
    if not scored and (one.weight or one.direction or one.gate):
        raise DeclarationInvalid(f"{one.name}: what is shown as {one.role} has no direction and no weight")
    return Indicator(
        name=one.name,
        label=label,
        block=one.block,
        role=one.role,
        source=one.source,
        grain=one.grain,
        unit=unit,
        direction=one.direction or Direction.UP,
        weight=one.weight,
        formula=formula,
        sample=sample,
        minimum_sample=one.minimum_sample,
        sample_of=one.sample_of,
        cautions=tuple(caution.words for caution in one.cautions),
        scale=one.scale,
        gate=one.gate,
        cap=one.cap,
        half_life_days=one.half_life_days,
        vintages=one.vintages,
        feed=one.feed,
        shown_from_five=one.shown_from_five,
        raised_by=one.raised_by,
        lowered_by=one.lowered_by,
    )


FILE: Final = Path(__file__).parent.parent / "indicators.toml"
INDICATORS: Final = read_indicators(tomllib.loads(FILE.read_text(encoding="utf-8")))
BY_NAME: Final = {indicator.name: indicator for indicator in INDICATORS}
COMPUTED: Final = tuple(indicator for indicator in INDICATORS if indicator.computed)
SCORED: Final = tuple(indicator for indicator in INDICATORS if indicator.role is Role.SCORED)
EMPTY_BLOCKS: Final = tuple(block for block in Block if not any(one.block is block for one in SCORED))
