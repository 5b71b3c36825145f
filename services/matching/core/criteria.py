"""Every criterion that ranks, declared once. What is not here weighs nothing.

Effort, commute, wishes and the chance of a yes order homes *for a household*. Between households only waiting time, lawful
priorities and declared needs count (CCH L441-1; code pénal 225-1 on economic vulnerability): a test keeps this list to that.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.words import Words


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
    label: Words
    higher: str
    weight: float
    household: tuple[str, ...]
    source: Words


_OURS: Final = Words(
    "choix du projet, à régler avec les accompagnants", "choice of the project, to be tuned with caseworkers"
)
_LAW: Final = Words("CCH L441-1", "CCH L441-1 (housing code)")
_HOMES, _HOUSEHOLDS = Use.HOMES_FOR_A_HOUSEHOLD, Use.HOUSEHOLDS_FOR_A_HOME
_TERM, _FACTOR = Enters.TERM, Enters.FACTOR

CRITERIA: Final = (
    Criterion(
        "occupation",
        _HOMES,
        _TERM,
        Words("métier recherché", "wanted occupation"),
        "the post is nearer to a wanted occupation (1: wanted)",
        0.30,
        ("rome",),
        Words("ROME v3 et métiers proches", "ROME v3 and near occupations"),
    ),
    Criterion(
        "commute",
        _HOMES,
        _TERM,
        Words("trajet domicile-travail", "way from home to work"),
        "the post is nearer to the home",
        0.20,
        ("driving_licence", "max_commute_minutes"),
        _OURS,
    ),
    Criterion(
        "effort",
        _HOMES,
        _TERM,
        Words("part du loyer dans les ressources", "share of the rent in the resources"),
        "rent takes less of resources",
        0.20,
        ("income_eur_per_month", "size", "adults"),
        Words("arrêté du 10 mars 2011 ; seuil d'usage", "decree of 10 March 2011; customary limit"),
    ),
    Criterion(
        "territory_rank",
        _HOMES,
        _TERM,
        Words("ordre des territoires souhaités", "order of the territories wanted"),
        "the territory is wanted more",
        0.15,
        ("wanted", "ranks"),
        _OURS,
    ),
    Criterion(
        "rooms",
        _HOMES,
        _TERM,
        Words("taille du logement", "size of the home"),
        "rooms fit the number of persons",
        0.10,
        ("size",),
        _OURS,
    ),
    Criterion(
        "contract",
        _HOMES,
        _TERM,
        Words("durée du contrat", "duration of the contract"),
        "the contract lasts longer",
        0.05,
        (),
        _OURS,
    ),
    Criterion(
        "acceptance",
        _HOMES,
        _FACTOR,
        Words("chances que l'option convienne", "chances that the option suits"),
        "stated wishes, home and post agree more",
        1.0,
        ("rome", "driving_licence", "max_commute_minutes", "wanted", "ranks", "size"),
        Words(
            "hypothèse du projet, comparée aux réponses reçues",
            "assumption of the project, compared with the answers received",
        ),
    ),
    Criterion(
        "priority",
        _HOUSEHOLDS,
        _FACTOR,
        Words("priorité reconnue par la loi", "priority that the law recognises"),
        "the household has a lawful priority",
        0.5,
        ("priorities",),
        _LAW,
    ),
    Criterion(
        "declared_need",
        _HOUSEHOLDS,
        _FACTOR,
        Words("besoin déclaré d'un logement accessible", "declared need of an accessible home"),
        "the household needs an accessible home",
        0.25,
        ("accessible_needed",),
        _LAW,
    ),
    Criterion(
        "waiting",
        _HOUSEHOLDS,
        _FACTOR,
        Words("durée d'attente", "time waited"),
        "the household has waited longer",
        0.25,
        ("waiting_since",),
        _LAW,
    ),
)
BY_CODE: Final = {criterion.code: criterion for criterion in CRITERIA}
TERMS: Final = tuple(one for one in CRITERIA if one.use is _HOMES and one.enters is _TERM)
