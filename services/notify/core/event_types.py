"""The event types that an endpoint or a live stream can ask for, and the globs that name several."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

from shared.events import Step
from shared.identity import Action, Resource, Role, scope_of

TERRITORY_SCORE: Final = "territory.score"
VACANCY_PUBLISHED: Final = "vacancy.published"
VACANCY_UPDATED: Final = "vacancy.updated"
VACANCY_WITHDRAWN: Final = "vacancy.withdrawn"
ENDPOINT_TEST: Final = "endpoint.test"  # sent on demand only: never subscribed to

DESCRIPTIONS_FR: Final[dict[str, str]] = {
    **{f"placement.{step}": f"Un placement passe à l'étape « {step} »." for step in Step},
    TERRITORY_SCORE: "La classe d'un territoire change, ou son score change d'au moins le minimum demandé.",
    VACANCY_PUBLISHED: "Un logement vacant est publié.",
    VACANCY_UPDATED: "Un logement vacant change.",
    VACANCY_WITHDRAWN: "Un logement vacant est retiré.",
}
EVENT_TYPES: Final = tuple(DESCRIPTIONS_FR)
_RESOURCES: Final = {
    "placement": Resource.PLACEMENT,
    "territory": Resource.TERRITORY_SCORE,
    "vacancy": Resource.VACANCY,
}


def expand(patterns: Iterable[str]) -> frozenset[str]:
    """The types that patterns such as "placement.*" or "territory.score" name."""
    return frozenset(kind for pattern in patterns for kind in EVENT_TYPES if fnmatchcase(kind, pattern))


def unknown(patterns: Iterable[str]) -> tuple[str, ...]:
    """The patterns that name no type."""
    return tuple(pattern for pattern in patterns if not expand([pattern]))


def readable_by(role: Role) -> frozenset[str]:
    """The types about which a role may ever be told something, by the declared rights."""
    return frozenset(
        kind for kind in EVENT_TYPES if scope_of(role, _RESOURCES[kind.partition(".")[0]], Action.READ) is not None
    )
