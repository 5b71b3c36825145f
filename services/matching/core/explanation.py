"""Why a household has no option: what stops most homes, what came nearest, and what would change it, verified."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from services.matching.core.market import Market
from services.matching.core.model import Household
from services.matching.core.options import OptionFinder
from services.matching.core.reasons import Ineligible, Reason
from shared.words import Words

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
    label: Words
    options: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """`homes` looked at in the territories wanted; `possible` now, by id; `by_reason` counts homes that each reason stops.

    `changes`: every single change that opens an option to a household without one, the one that opens most first.
    """

    homes: int
    possible: tuple[str, ...]
    by_reason: dict[Reason, int]
    nearest: tuple[Near, ...]
    changes: tuple[Counterfactual, ...]

    @property
    def options(self) -> int:
        return len(self.possible)

    @property
    def counterfactual(self) -> Counterfactual | None:
        """The change that opens most, the first of the list among equals; None where no single one opens any."""
        return self.changes[0] if self.changes else None


def explain(market: Market, household: Household, *, today: date, seed: int) -> Explanation:
    """The explanation of a household that is in the market."""
    finder = OptionFinder(market, household, today=today, seed=seed)
    counts: Counter[Reason] = Counter()
    near: list[Near] = []
    possible: list[str] = []
    homes = 0
    for territory in household.wanted:
        for home in market.homes_in(territory):
            homes += 1
            verdict = finder.option(home)
            if isinstance(verdict, Ineligible):
                counts.update(verdict.reasons)
                near.append(Near(home.id, verdict.reasons))
            else:
                possible.append(home.id)
    near.sort(key=lambda one: (len(one.reasons), one.vacancy))
    return Explanation(
        homes,
        tuple(sorted(possible)),
        {reason: counts[reason] for reason in sorted(counts, key=lambda one: (-counts[one], one.value))},
        tuple(near[:NEAREST]),
        () if possible else _counterfactuals(market, household, today=today, seed=seed),
    )


def _counterfactuals(market: Market, household: Household, *, today: date, seed: int) -> tuple[Counterfactual, ...]:
    """Each change tried by itself, by the same search on a changed copy; the household is put back as it was."""
    bans = market.bans[household.id]
    found: list[Counterfactual] = []
    try:
        for change, label, changed in _changes(market, household):
            market.put_household(changed, bans)
            options = len(OptionFinder(market, changed, today=today, seed=seed).ranked())
            if options:
                found.append(Counterfactual(change, label, options))
    finally:
        market.put_household(household, bans)
    return tuple(sorted(found, key=lambda one: -one.options))


def _changes(market: Market, household: Household) -> Iterator[tuple[str, Words, Household]]:
    """Wishes and conditions that a household and its caseworker can change; never its needs or its size."""
    if household.driving_licence is not True:
        yield (
            "driving_licence",
            Words("avec le permis de conduire", "with a driving licence"),
            replace(household, driving_licence=True),
        )
    if household.max_commute_minutes is not None:
        yield (
            "max_commute_minutes",
            Words("en acceptant un trajet plus long", "accepting a longer journey"),
            replace(household, max_commute_minutes=None),
        )
    if household.moves_from is not None or household.moves_by is not None:
        yield (
            "moving_dates",
            Words("avec d'autres dates d'emménagement", "with other moving dates"),
            replace(household, moves_from=None, moves_by=None),
        )
    if household.candidate_until is not None:
        yield (
            "candidate_until",
            Words("en restant candidat plus longtemps", "staying a candidate for longer"),
            replace(household, candidate_until=None),
        )
    wider = tuple(sorted(market.near(household.rome), key=lambda code: (-market.near(household.rome)[code], code)))
    if len(wider) > len(household.rome):
        yield (
            "rome",
            Words(
                "en cherchant aussi les métiers proches de ses métiers proches",
                "looking also for occupations near to its near occupations",
            ),
            replace(household, rome=wider),
        )
    if household.excluded:
        wanted = tuple(dict.fromkeys((*household.wanted, *sorted(household.excluded))))
        back = replace(household, excluded=frozenset(), wanted=wanted, ranks=None)
        yield (
            "excluded",
            Words("en revenant sur les territoires exclus", "reconsidering the excluded territories"),
            back,
        )
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
            Words(
                "en ajoutant les territoires voisins, dans la même zone d'emploi",
                "adding the territories around, in the same employment area",
            ),
            replace(household, wanted=(*household.wanted, *around), ranks=None),
        )
