"""Every criterion that ranks, declared once. What is not here weighs nothing.

Effort, commute and wishes order homes *for a household*. Between households only waiting time, lawful priorities and
declared needs count (CCH L441-1; code pénal 225-1 on economic vulnerability): a test keeps this list to that.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Use(StrEnum):
    """What a criterion may order."""

    HOMES_FOR_A_HOUSEHOLD = "homes_for_a_household"
    HOUSEHOLDS_FOR_A_HOME = "households_for_a_home"


@dataclass(frozen=True, slots=True)
class Criterion:
    """`higher` says in words what a higher value (0..1) means; it is always better. `weight` is within its use."""

    code: str
    use: Use
    label_fr: str
    higher: str
    weight: float
    source: str


_OURS: Final = "choix du projet, à régler avec les accompagnants"

CRITERIA: Final = (
    Criterion(
        "occupation",
        Use.HOMES_FOR_A_HOUSEHOLD,
        "métier recherché",
        "the post is nearer to a wanted occupation (1: wanted)",
        0.30,
        "ROME v3 et métiers proches",
    ),
    Criterion(
        "commute", Use.HOMES_FOR_A_HOUSEHOLD, "trajet domicile-travail", "the post is nearer to the home", 0.20, _OURS
    ),
    Criterion(
        "effort",
        Use.HOMES_FOR_A_HOUSEHOLD,
        "part du loyer dans les ressources",
        "rent takes less of resources",
        0.20,
        _OURS,
    ),
    Criterion(
        "territory_rank",
        Use.HOMES_FOR_A_HOUSEHOLD,
        "ordre des territoires souhaités",
        "the territory is wanted more",
        0.15,
        _OURS,
    ),
    Criterion("rooms", Use.HOMES_FOR_A_HOUSEHOLD, "taille du logement", "rooms fit the number of persons", 0.10, _OURS),
    Criterion("contract", Use.HOMES_FOR_A_HOUSEHOLD, "durée du contrat", "the contract lasts longer", 0.05, _OURS),
    Criterion(
        "priority",
        Use.HOUSEHOLDS_FOR_A_HOME,
        "priorité reconnue par la loi",
        "the household has a lawful priority",
        1.0,
        "CCH L441-1",
    ),
    Criterion(
        "declared_need",
        Use.HOUSEHOLDS_FOR_A_HOME,
        "besoin déclaré d'un logement accessible",
        "the household needs an accessible home",
        1.0,
        "CCH L441-1",
    ),
    Criterion(
        "waiting", Use.HOUSEHOLDS_FOR_A_HOME, "durée d'attente", "the household has waited longer", 1.0, "CCH L441-1"
    ),
)
BY_CODE: Final = {criterion.code: criterion for criterion in CRITERIA}
