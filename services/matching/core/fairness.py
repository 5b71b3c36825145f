"""Who was proposed a home and who was served, by group, beside the best that could have been done in hindsight. Pure.

Groups of fewer than five households are not told; where one group alone of a dimension would be hidden, the smallest of the
others is hidden with it, so that it cannot be had by subtraction.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from statistics import median
from typing import Final

from services.matching.core.model import Household
from shared.words import Words

FEWEST: Final = 5


class Dimension(StrEnum):
    """What households are told apart by, each a need or a wish that was declared."""

    SIZE = "size"
    ACCESSIBILITY = "accessibility"
    WAITING = "waiting"
    PRIORITY = "priority"
    TERRITORY = "territory"

    def label(self, lang: str) -> str:
        """In words, "fr" or "en"."""
        return _DIMENSIONS[self].said(lang)


_DIMENSIONS: Final = {
    Dimension.SIZE: Words("taille du ménage", "household size"),
    Dimension.ACCESSIBILITY: Words("besoin d'un logement accessible", "need of an accessible home"),
    Dimension.WAITING: Words("durée d'attente", "time waited"),
    Dimension.PRIORITY: Words("priorité reconnue par la loi", "lawful priority"),
    Dimension.TERRITORY: Words("premier territoire souhaité", "territory wanted first"),
}
ANYWHERE: Final = "anywhere"
_LABELS: Final = {
    "1": Words("1 personne", "1 person"),
    "2": Words("2 personnes", "2 persons"),
    "3-4": Words("3 ou 4 personnes", "3 or 4 persons"),
    "5+": Words("5 personnes et plus", "5 persons and more"),
    "needed": Words("besoin déclaré", "need declared"),
    "not_declared": Words("pas de besoin déclaré", "no need declared"),
    "under_6": Words("moins de 6 mois", "under 6 months"),
    "6-12": Words("6 à 12 mois", "6 to 12 months"),
    "12-24": Words("1 à 2 ans", "1 to 2 years"),
    "24+": Words("2 ans et plus", "2 years and more"),
    "with": Words("avec priorité", "with a priority"),
    "without": Words("sans priorité déclarée", "no priority declared"),
    ANYWHERE: Words("sans préférence", "no preference"),
}


def group_label(code: str, lang: str) -> str:
    """Words for a group's code, "fr" or "en"; a territory's code is its own."""
    return _LABELS[code].said(lang) if code in _LABELS else code


@dataclass(frozen=True, slots=True)
class Subject:
    """One household over the window. `proposals` it received; `served`: it accepted one. `optimum`: its share in the best
    joint use of what was there, 0..1; None where it was not reckoned. `household.wanted` is as declared, not resolved."""

    household: Household
    proposals: int
    served: bool
    optimum: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """Shares 0..1; all None where the group is too small to be told. `optimum` None too where it was not reckoned."""

    code: str
    households: int | None
    exposed: float | None = None
    served: float | None = None
    optimum: float | None = None
    median_wait_months: float | None = None


def report(subjects: Sequence[Subject], today: date) -> dict[Dimension, tuple[Group, ...]]:
    """Groups of each dimension, in the order of their codes; empty dimensions stay empty."""
    return {dimension: _groups(subjects, dimension, today) for dimension in Dimension}


def group_of(household: Household, dimension: Dimension, today: date) -> str:
    """The code of a household's group."""
    match dimension:
        case Dimension.SIZE:
            return "1" if household.size == 1 else "2" if household.size == 2 else "3-4" if household.size < 5 else "5+"
        case Dimension.ACCESSIBILITY:
            return "needed" if household.accessible_needed else "not_declared"
        case Dimension.WAITING:
            months = waited_months(household, today)
            return "under_6" if months < 6 else "6-12" if months < 12 else "12-24" if months < 24 else "24+"
        case Dimension.PRIORITY:
            return "with" if household.priorities else "without"
        case Dimension.TERRITORY:
            return household.wanted[0] if household.wanted else ANYWHERE


def waited_months(household: Household, today: date) -> float:
    """Months since it first asked, of 30.44 days."""
    return max(0, (today - household.waiting_since).days) / 30.4375


def _groups(subjects: Sequence[Subject], dimension: Dimension, today: date) -> tuple[Group, ...]:
    by_code: dict[str, list[Subject]] = defaultdict(list)
    for subject in subjects:
        by_code[group_of(subject.household, dimension, today)].append(subject)
    hidden = {code for code, members in by_code.items() if len(members) < FEWEST}
    if len(hidden) == 1 and len(by_code) > 1:
        hidden.add(min(by_code.keys() - hidden, key=lambda code: (len(by_code[code]), code)))
    return tuple(
        Group(code, None) if code in hidden else _figures(code, by_code[code], today)
        for code in sorted(by_code, key=_order)
    )


def _order(code: str) -> tuple[int, str]:
    known = list(_LABELS)
    return (known.index(code), "") if code in _LABELS else (len(known), code)


def _figures(code: str, members: Sequence[Subject], today: date) -> Group:
    count = len(members)
    optimum = _mean(subject.optimum for subject in members)
    return Group(
        code,
        count,
        sum(subject.proposals > 0 for subject in members) / count,
        sum(subject.served for subject in members) / count,
        optimum,
        round(median(waited_months(subject.household, today) for subject in members), 1),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
