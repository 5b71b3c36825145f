"""What sets a candidate behind the first of a shortlist, as a commission can hear it: lawful grounds first, no figure of
worth."""

from dataclasses import dataclass

from services.matching.core.model import Household
from shared.words import Words


@dataclass(frozen=True, slots=True)
class Standing:
    """A household before a home. `fit`: this home on the household's own scale (1: the best it can have here)."""

    household: Household
    waited_months: int
    fit: float


_NEARLY = 0.02


def gap_sentences(first: Standing, behind: Standing, *, placed_elsewhere: bool) -> tuple[Words, ...]:
    """Why `behind` comes after `first`; at least one sentence."""
    found: list[Words] = []
    if placed_elsewhere:
        found.append(Words("Le plan lui réserve un autre logement.", "The plan keeps another home for it."))
    if first.household.priorities and not behind.household.priorities:
        found.append(
            Words(
                "Le premier a une priorité reconnue par la loi, celui-ci n'en a pas de déclarée.",
                "The first has a lawful priority, this one has declared none.",
            )
        )
    if first.household.accessible_needed and not behind.household.accessible_needed:
        found.append(Words("Le premier a besoin d'un logement accessible.", "The first needs an accessible home."))
    if first.waited_months > behind.waited_months:
        own, of_first = _months(behind.waited_months), _months(first.waited_months)
        found.append(
            Words(
                f"Il attend depuis {own.fr}, le premier depuis {of_first.fr}.",
                f"It has waited {own.en}, the first {of_first.en}.",
            )
        )
    if behind.fit < first.fit - _NEARLY:
        found.append(
            Words(
                "Ce logement répond moins à ses propres souhaits qu'à ceux du premier.",
                "This home meets its own wishes less than those of the first.",
            )
        )
    return tuple(found) or (
        Words("À égalité avec le premier : départagés par tirage.", "Equal with the first: decided by lot."),
    )


def too_few_sentence(possible: int, shortlist: int) -> Words | None:
    """Why a commission has fewer than three candidates to examine, which it must record (CCH R441-3); None: it has."""
    if possible >= shortlist:
        return None
    if possible == 0:
        return Words(
            "Aucun candidat : aucun ménage ne remplit toutes les conditions.",
            "No candidate: no household meets every condition.",
        )
    who = (
        Words("un seul ménage remplit", "one household alone meets")
        if possible == 1
        else Words(f"{possible} ménages remplissent", f"{possible} households meet")
    )
    return Words(
        f"Moins de {shortlist} candidats : {who.fr} toutes les conditions (motif à porter au procès-verbal, CCH R441-3).",
        f"Fewer than {shortlist} candidates: {who.en} every condition (reason to be recorded, CCH R441-3).",
    )


def _months(count: int) -> Words:
    if count == 0:
        return Words("moins d'un mois", "less than a month")
    return Words(f"{count} mois", "1 month" if count == 1 else f"{count} months")
