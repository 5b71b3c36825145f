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


_NEARLY = 0.02


def gap_sentences(first: Standing, behind: Standing, *, placed_elsewhere: bool) -> tuple[str, ...]:
    """Why `behind` comes after `first`; at least one sentence."""
    found: list[str] = []
    if placed_elsewhere:
        found.append("Le plan lui réserve un autre logement.")
    if first.household.priorities and not behind.household.priorities:
        found.append("Le premier a une priorité reconnue par la loi, celui-ci n'en a pas de déclarée.")
    if first.household.accessible_needed and not behind.household.accessible_needed:
        found.append("Le premier a besoin d'un logement accessible.")
    if first.waited_months > behind.waited_months:
        found.append(
            f"Il attend depuis {_months(behind.waited_months)}, le premier depuis {_months(first.waited_months)}."
        )
    if behind.fit < first.fit - _NEARLY:
        found.append("Ce logement répond moins à ses propres souhaits qu'à ceux du premier.")
    return tuple(found) or ("À égalité avec le premier : départagés par tirage.",)


def too_few_sentence(possible: int, shortlist: int) -> str | None:
    """Why a commission has fewer than three candidates to examine, which it must record (CCH R441-3); None: it has."""
    if possible >= shortlist:
        return None
    if possible == 0:
        return "Aucun candidat : aucun ménage ne remplit toutes les conditions."
    who = "un seul ménage remplit" if possible == 1 else f"{possible} ménages remplissent"
    return (
        f"Moins de {shortlist} candidats : {who} toutes les conditions (motif à porter au procès-verbal, CCH R441-3)."
    )


def _months(count: int) -> str:
    return "moins d'un mois" if count == 0 else f"{count} mois"
