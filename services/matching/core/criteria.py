"""Every criterion that ranks, declared once. What is not here weighs nothing.

Effort, commute, wishes and the chance of a yes order homes *for a household*. Between households only waiting time, lawful
priorities and declared needs count (CCH L441-1; code pénal 225-1 on economic vulnerability): a test keeps this list to that.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Use(StrEnum):
    """What a criterion may order."""

    HOMES_FOR_A_HOUSEHOLD = "homes_for_a_household"
    HOUSEHOLDS_FOR_A_HOME = "households_for_a_home"


class Enters(StrEnum):
    """How a criterion enters: a term of the weighted mean, or a factor that multiplies.

    A factor between households is 1 + weight x value; the chance of a yes multiplies as it is.
    """

    TERM = "term"
    FACTOR = "factor"


@dataclass(frozen=True, slots=True)
class Criterion:
    """`higher` says in words what a higher value (0..1) means; it is always better. `weight` is within its use.

    `household` names the fields of a household that the criterion reads, and it reads no other.
    """

    code: str
    use: Use
    enters: Enters
    label_fr: str
    higher: str
    weight: float
    household: tuple[str, ...]
    source: str


_OURS: Final = "choix du projet, à régler avec les accompagnants"
_LAW: Final = "CCH L441-1"
_HOMES, _HOUSEHOLDS = Use.HOMES_FOR_A_HOUSEHOLD, Use.HOUSEHOLDS_FOR_A_HOME
_TERM, _FACTOR = Enters.TERM, Enters.FACTOR

CRITERIA: Final = (
    Criterion(
        "occupation",
        _HOMES,
        _TERM,
        "métier recherché",
        "the post is nearer to a wanted occupation (1: wanted)",
        0.30,
        ("rome",),
        "ROME v3 et métiers proches",
    ),
    Criterion(
        "commute",
        _HOMES,
        _TERM,
        "trajet domicile-travail",
        "the post is nearer to the home",
        0.20,
        ("driving_licence", "max_commute_minutes"),
        _OURS,
    ),
    Criterion(
        "effort",
        _HOMES,
        _TERM,
        "part du loyer dans les ressources",
        "rent takes less of resources",
        0.20,
        ("income_eur_per_month", "size", "adults"),
        "arrêté du 10 mars 2011 ; seuil d'usage",
    ),
    Criterion(
        "territory_rank",
        _HOMES,
        _TERM,
        "ordre des territoires souhaités",
        "the territory is wanted more",
        0.15,
        ("wanted", "ranks"),
        _OURS,
    ),
    Criterion("rooms", _HOMES, _TERM, "taille du logement", "rooms fit the number of persons", 0.10, ("size",), _OURS),
    Criterion("contract", _HOMES, _TERM, "durée du contrat", "the contract lasts longer", 0.05, (), _OURS),
    Criterion(
        "acceptance",
        _HOMES,
        _FACTOR,
        "chances que l'option convienne",
        "stated wishes, home and post agree more",
        1.0,
        ("rome", "driving_licence", "max_commute_minutes", "wanted", "ranks", "size"),
        "hypothèse du projet, comparée aux réponses reçues",
    ),
    Criterion(
        "priority",
        _HOUSEHOLDS,
        _FACTOR,
        "priorité reconnue par la loi",
        "the household has a lawful priority",
        0.5,
        ("priorities",),
        _LAW,
    ),
    Criterion(
        "declared_need",
        _HOUSEHOLDS,
        _FACTOR,
        "besoin déclaré d'un logement accessible",
        "the household needs an accessible home",
        0.25,
        ("accessible_needed",),
        _LAW,
    ),
    Criterion(
        "waiting",
        _HOUSEHOLDS,
        _FACTOR,
        "durée d'attente",
        "the household has waited longer",
        0.25,
        ("waiting_since",),
        _LAW,
    ),
)
BY_CODE: Final = {criterion.code: criterion for criterion in CRITERIA}
TERMS: Final = tuple(one for one in CRITERIA if one.use is _HOMES and one.enters is _TERM)
