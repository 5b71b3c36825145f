"""Why a household has no option: what stops most homes, what came nearest, and what would change it, verified."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from services.matching.core.market import Market
from services.matching.core.model import Household
from services.matching.core.options import OptionFinder
from services.matching.core.reasons import Ineligible, Reason

NEAREST = 5


@dataclass(frozen=True, slots=True)
class Near:
    """A home and all that stands against it."""

    vacancy: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """One change of the household's own wishes, and the options that it opens: found by running the same rules again."""

    change: str
    label_fr: str
    options: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """`homes` looked at in the territories wanted; `options` now; `by_reason` counts homes that each reason stops."""

    homes: int
    options: int
    by_reason: dict[Reason, int]
    nearest: tuple[Near, ...]
    counterfactual: Counterfactual | None


def explain(market: Market, household: Household, *, today: date, seed: int) -> Explanation:
    """The explanation of a household that is in the market."""
    finder = OptionFinder(market, household, today=today, seed=seed)
    counts: Counter[Reason] = Counter()
    near: list[Near] = []
    homes = options = 0
    for territory in household.wanted:
        for home in market.homes_in(territory):
            homes += 1
            verdict = finder.option(home)
            if isinstance(verdict, Ineligible):
                counts.update(verdict.reasons)
                near.append(Near(home.id, verdict.reasons))
            else:
                options += 1
    near.sort(key=lambda one: (len(one.reasons), one.vacancy))
    return Explanation(
        homes,
        options,
        {reason: counts[reason] for reason in sorted(counts, key=lambda one: (-counts[one], one.value))},
        tuple(near[:NEAREST]),
        None if options else _counterfactual(market, household, today=today, seed=seed),
    )


def _counterfactual(market: Market, household: Household, *, today: date, seed: int) -> Counterfactual | None:
    """The change that opens most options, the first of the list among equals; None where no single one does."""
    bans = market.bans[household.id]
    best: Counterfactual | None = None
    try:
        for change, label, changed in _changes(market, household):
            market.put_household(changed, bans)
            options = len(OptionFinder(market, changed, today=today, seed=seed).ranked())
            if options and (best is None or options > best.options):
                best = Counterfactual(change, label, options)
    finally:
        market.put_household(household, bans)
    return best


def _changes(market: Market, household: Household) -> Iterator[tuple[str, str, Household]]:
    """Wishes and conditions that a household and its caseworker can change; never its needs or its size."""
    if household.driving_licence is not True:
        yield (
            "driving_licence",
            "avec le permis de conduire",
            replace(household, driving_licence=True),
        )
    if household.max_commute_minutes is not None:
        yield (
            "max_commute_minutes",
            "en acceptant un trajet plus long",
            replace(household, max_commute_minutes=None),
        )
    wider = tuple(sorted(market.near(household.rome), key=lambda code: (-market.near(household.rome)[code], code)))
    if len(wider) > len(household.rome):
        yield "rome", "en cherchant aussi les métiers proches de ses métiers proches", replace(household, rome=wider)
    if household.excluded:
        wanted = tuple(dict.fromkeys((*household.wanted, *sorted(household.excluded))))
        back = replace(household, excluded=frozenset(), wanted=wanted)
        yield "excluded", "en revenant sur les territoires exclus", back
    around = tuple(
        sorted(
            code
            for code in market.loaded_territories
            if code not in household.wanted and code not in household.excluded
        )
    )
    if around:
        yield (
            "territories",
            "en ajoutant les territoires voisins, dans la même zone d'emploi",
            replace(household, wanted=(*household.wanted, *around)),
        )
