"""The répertoire scored for a need: the same blocks, with jobs judged on the occupations asked for and housing on the
homes that suit.

Only the indicators below are judged anew, by the reference that each territory's published score comes from; all others keep
their published ranks.
So that a trade of 2 % of the country's openings is not a zero everywhere, a value is scaled to what all trades (or all
homes) are in France together: a zone with twice the country's share of masons ranks like one with twice the openings. An
observed zero of what is asked for is a block at zero, and no other block makes up for it; where a feed is silent the block
is judged on what is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from services.scoring.core.counter_columns import CounterColumns
from services.scoring.core.formulas import Array
from services.scoring.core.indicators import BY_NAME, SCORED, Block
from services.scoring.core.needs import Need
from services.scoring.core.occupation_table import DURABLE_OFFERS, OFFERS, OPENINGS, OccupationTable
from services.scoring.core.published_columns import PublishedColumns
from services.scoring.core.reach import Reach, reach_of
from services.scoring.core.reference import Reference
from services.scoring.core.scores import LIVE_BLOCKS, MINIMUM_COVERAGE, geometric_mean

OPENINGS_BY_NEED = "job_openings"
DURABLE_BY_NEED = "durable_openings"  # of the durable offers of an occupation: their openings are not counted
DURABLE_SHARE_BY_NEED = "durable_jobs"
HOMES_BY_NEED = "live_supply"
OF_THOSE_WITHOUT_LICENCE = "licence_need"

Flags = NDArray[np.bool_]


class ReferenceAbsent(LookupError):
    """A published score names a reference that is not at hand."""


@dataclass(frozen=True)
class NeedScores:
    """Columns over the territories, in the order of `PublishedColumns.places`. nan = unknown.

    `offers_here`: open offers of the occupations asked for (not the near ones) in the territory; `offers_around`: the same
    where people can work; `openings_around`, `durable_around`: near ones too, by their weight. `homes`: free homes that
    suit, at least. All are nan where the feed is silent. `reference_version` is None while published scores of two
    references stand beside each other; each territory is then judged by its own.
    """

    need: Need
    reference_version: str | None
    score: Array
    score_class: NDArray[np.int64]  # 0: unknown
    coverage: Array
    blocks: dict[str, Array]
    offers_here: Array
    offers_around: Array
    openings_around: Array
    durable_around: Array
    homes: Array

    @property
    def asks_jobs(self) -> bool:
        """Whether the need says which occupations are wanted."""
        return bool(self.need.occupations)

    @property
    def asks_homes(self) -> bool:
        """Whether the need says which homes are wanted."""
        return self.need.of_homes

    @property
    def france(self) -> dict[str, float]:
        """What the country has of it, where it is known."""
        return {"offers": float(np.nansum(self.offers_here)), "homes": float(np.nansum(self.homes))}


@dataclass(frozen=True)
class Ground:
    """What does not change with the need: where people can work, and official figures as columns (nan unknown)."""

    reach: Reach
    population: Array
    social_dwellings: Array

    @classmethod
    def of(cls, published: PublishedColumns) -> "Ground":
        """From the places of the columns."""
        places = published.places
        official = {
            name: np.array([np.nan if (v := place.official.get(name)) is None else v for place in places], np.float64)
            for name in ("population", "social_dwellings")
        }
        reach = reach_of([place.employment_zone for place in places], [place.point for place in places])
        return cls(reach, official["population"], official["social_dwellings"])

    def around(self, column: Array | NDArray[np.int64]) -> Array:
        """Sum over what each territory reaches (its zone d'emploi, and 45 minutes); what is unknown for one is left out."""
        summed: Array = self.reach.sums(column.astype(np.float64)[np.newaxis, :])[0]
        return summed


def score_published(
    need: Need,
    published: PublishedColumns,
    occupations: OccupationTable,
    ground: Ground,
    references: Mapping[str, Reference],
) -> NeedScores:
    """Scores every territory for a need by the reference of its published score, so that the two are comparable. Raises
    ReferenceAbsent."""
    versions = published.references
    if not versions or (absent := sorted(set(versions) - references.keys())):
        raise ReferenceAbsent(", ".join(absent) if versions else "no score is published")
    scores = [score_need(need, published, occupations, ground, references[version]) for version in versions]
    found = scores[0]
    for version, other in zip(versions[1:], scores[1:], strict=True):
        found = _where(published.reference == version, other, found)
    return found if len(versions) == 1 else replace(found, reference_version=None)


def score_need(
    need: Need, published: PublishedColumns, occupations: OccupationTable, ground: Ground, reference: Reference
) -> NeedScores:
    """Scores every territory for a need by one reference."""
    ranks, shut = dict(published.ranks), {block.value: _never(ground) for block in Block}
    nothing = np.full(len(published.places), np.nan)
    offers_here = offers_around = openings_around = durable_around = nothing
    if need.occupations:
        known = ground.around(published.counters.of("known_offers")) > 0
        asked = {code: weight for code, weight in need.occupations if weight >= 1.0}
        here = occupations.weighted(asked)[OFFERS]
        offers_here = np.where(published.counters.of("known_offers") > 0, here, np.nan)
        offers_around = np.where(known, ground.around(here), np.nan)
        found = occupations.weighted(dict(need.occupations))
        openings_around = np.where(known, ground.around(found[OPENINGS]), np.nan)
        durable_around = np.where(known, ground.around(found[DURABLE_OFFERS]), np.nan)
        ranks |= _jobs(published.counters, ground, reference, found, openings_around, durable_around)
        shut[Block.JOBS.value] = openings_around == 0
    homes = nothing
    if need.of_homes:
        homes = _homes(need, published.counters)
        ranks |= _housing(published.counters, ground, reference, homes)
        shut[Block.HOUSING.value] = homes == 0
    ignored = frozenset([OF_THOSE_WITHOUT_LICENCE] if need.has_licence else [])
    blocks, coverage = _blocks(published, ranks, shut, ignored)
    told = _live(ranks, len(published.places)) & (coverage >= MINIMUM_COVERAGE)
    score = np.where(told, geometric_mean([blocks[block.value] for block in Block]), np.nan)
    above = np.searchsorted(np.asarray(reference.class_breaks), np.nan_to_num(score), side="right")
    classes = np.where(np.isnan(score), 0, 1 + above)
    return NeedScores(
        need,
        reference.version,
        score,
        classes,
        coverage,
        blocks,
        offers_here,
        offers_around,
        openings_around,
        durable_around,
        homes,
    )


def _where(rows: Flags, one: NeedScores, other: NeedScores) -> NeedScores:
    """The columns of `one` in the rows that are set, of `other` elsewhere."""
    columns = {
        field.name: np.where(rows, getattr(one, field.name), getattr(other, field.name))
        for field in fields(NeedScores)
        if isinstance(getattr(one, field.name), np.ndarray)
    }
    blocks = {name: np.where(rows, column, other.blocks[name]) for name, column in one.blocks.items()}
    return replace(other, blocks=blocks, **columns)


def _jobs(
    counters: CounterColumns,
    ground: Ground,
    reference: Reference,
    found: NDArray[np.float64],
    openings_around: Array,
    durable_around: Array,
) -> dict[str, Array]:
    every = counters.of("open_openings") + counters.of("offers_openings_unknown")
    population = ground.around(ground.population)
    per_thousand = 1000.0 * _over(openings_around, population) * _scale(every, found[OPENINGS])
    durable = (
        1000.0 * _over(durable_around, population) * _scale(counters.of("durable_openings"), found[DURABLE_OFFERS])
    )
    offers = ground.around(found[OFFERS])
    return {
        OPENINGS_BY_NEED: _ranked(reference, OPENINGS_BY_NEED, per_thousand, population),
        DURABLE_BY_NEED: _ranked(reference, DURABLE_BY_NEED, durable, population),
        DURABLE_SHARE_BY_NEED: _ranked(reference, DURABLE_SHARE_BY_NEED, _over(durable_around, offers), offers),
    }


def _housing(counters: CounterColumns, ground: Ground, reference: Reference, homes: Array) -> dict[str, Array]:
    every = np.maximum(0, counters.of("open_vacancies") - counters.of("committed"))
    per_thousand = 1000.0 * _over(homes, ground.social_dwellings) * _scale(every, np.nan_to_num(homes))
    return {HOMES_BY_NEED: _ranked(reference, HOMES_BY_NEED, per_thousand, ground.social_dwellings)}


def _homes(need: Need, counters: CounterColumns) -> Array:
    """Free homes that suit, at least: nobody knows the rent of a home that is taken, so each is taken from the budget's."""
    total = np.zeros(len(counters.of("known_vacancies")))
    for typology in need.sizes:
        fitting = counters.sum_of(need.counters_of(typology))
        total += np.maximum(0, fitting - counters.of(f"committed_{typology.value}"))
    return np.where(counters.of("known_vacancies") > 0, total, np.nan)


def _ranked(reference: Reference, name: str, value: Array, sample: Array) -> Array:
    indicator = BY_NAME[name]
    if name not in reference.quantiles:
        return np.full(len(value), np.nan)
    capped = value if indicator.cap is None else np.minimum(value, indicator.cap)
    return np.where(sample >= indicator.minimum_sample, reference.rank(indicator, capped), np.nan)


def _scale(every: Array | NDArray[np.int64], wanted: Array) -> float:
    """All of France over what is wanted of it; 0 where nothing is."""
    total = float(wanted.sum())
    return float(every.sum()) / total if total > 0 else 0.0


def _over(part: Array, whole: Array) -> Array:
    return np.asarray(part / np.where(whole > 0, whole, np.nan), dtype=np.float64)


def _never(ground: Ground) -> Flags:
    return np.zeros(len(ground.population), dtype=np.bool_)


def _blocks(
    published: PublishedColumns, ranks: dict[str, Array], shut: dict[str, Flags], ignored: frozenset[str]
) -> tuple[dict[str, Array], Array]:
    """Weighted mean of the known ranks by block, zero where a gate is shut or the need itself finds an observed zero; and
    the known share of all weight."""
    size = len(published.places)
    unknown = np.full(size, np.nan)
    known_weight, all_weight = np.zeros(size), 0.0
    blocks = {}
    for block in Block:
        total, weight, zero = np.zeros(size), np.zeros(size), shut[block.value].copy()
        for indicator in SCORED:
            if indicator.block is not block or indicator.name in ignored:
                continue
            all_weight += indicator.weight
            rank = ranks.get(indicator.name)
            if rank is None:
                continue
            known = ~np.isnan(rank)
            fresh = indicator.weight * np.nan_to_num(published.freshness.get(indicator.name, unknown), nan=1.0)
            total += np.where(known, fresh * np.nan_to_num(rank), 0.0)
            weight += np.where(known, fresh, 0.0)
            known_weight += np.where(known, indicator.weight, 0.0)
            zero |= indicator.gate & (rank == 0)
        mean = np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), np.nan)
        blocks[block.value] = np.where(zero, 0.0, mean)
    return blocks, known_weight / all_weight


def _live(ranks: dict[str, Array], size: int) -> Flags:
    """Where a live feed of housing or jobs speaks: yearly figures alone make no score."""
    speaking = np.zeros(size, dtype=np.bool_)
    for indicator in SCORED:
        if indicator.feed and indicator.block in LIVE_BLOCKS and indicator.name in ranks:
            speaking |= ~np.isnan(ranks[indicator.name])
    return speaking
