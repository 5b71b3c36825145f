"""What sets a candidate behind the first of a shortlist, as a commission can hear it: lawful grounds first, no figure of
worth."""

from dataclasses import dataclass

from services.matching.core.model import Household


@dataclass(frozen=True, slots=True)
class Standing:
    """A household before a home. `fit`: this home on the household's own scale (1: the best it can have here)."""

    household: Household
    waited_months: int
    fit: float


Said = tuple[str, str]  # a sentence in French and in English
_NEARLY = 0.02


def gap_sentences(first: Standing, behind: Standing, *, placed_elsewhere: bool) -> tuple[Said, ...]:
    """Why `behind` comes after `first`; at least one sentence."""
    found: list[Said] = []
    if placed_elsewhere:
        found.append(("Le plan lui réserve un autre logement.", "The plan keeps another home for it."))
    if first.household.priorities and not behind.household.priorities:
        found.append(
            (
                "Le premier a une priorité reconnue par la loi, celui-ci n'en a pas de déclarée.",
                "The first has a lawful priority, this one has declared none.",
            )
        )
    if first.household.accessible_needed and not behind.household.accessible_needed:
        found.append(("Le premier a besoin d'un logement accessible.", "The first needs an accessible home."))
    if first.waited_months > behind.waited_months:
        own, of_first = behind.waited_months, first.waited_months
        found.append(
            (
                f"Il attend depuis {_months(own)}, le premier depuis {_months(of_first)}.",
                f"It has waited {_months_en(own)}, the first {_months_en(of_first)}.",
            )
        )
    if behind.fit < first.fit - _NEARLY:
        found.append(
            (
                "Ce logement répond moins à ses propres souhaits qu'à ceux du premier.",
                "This home meets its own wishes less than those of the first.",
            )
        )
    return tuple(found) or (
        ("À égalité avec le premier : départagés par tirage.", "Equal with the first: decided by lot."),
    )


def too_few_sentence(possible: int, shortlist: int, lang: str = "fr") -> str | None:
    """Why a commission has fewer than three candidates to examine, which it must record (CCH R441-3); None: it has."""
    if possible >= shortlist:
        return None
    if lang == "en":
        if possible == 0:
            return "No candidate: no household meets every condition."
        who = "one household alone meets" if possible == 1 else f"{possible} households meet"
        return f"Fewer than {shortlist} candidates: {who} every condition (reason to be recorded, CCH R441-3)."
    if possible == 0:
        return "Aucun candidat : aucun ménage ne remplit toutes les conditions."
    who = "un seul ménage remplit" if possible == 1 else f"{possible} ménages remplissent"
    return (
        f"Moins de {shortlist} candidats : {who} toutes les conditions (motif à porter au procès-verbal, CCH R441-3)."
    )


def _months(count: int) -> str:
    return "moins d'un mois" if count == 0 else f"{count} mois"


def _months_en(count: int) -> str:
    return "less than a month" if count == 0 else "1 month" if count == 1 else f"{count} months"
