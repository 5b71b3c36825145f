"""The event types that an endpoint or a live stream can ask for, and the globs that name several."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from shared.events import Step
from shared.identity import Action, Resource, Role, scope_of

TERRITORY_SCORE: Final = "territory.score"
VACANCY_PUBLISHED: Final = "vacancy.published"
VACANCY_UPDATED: Final = "vacancy.updated"
VACANCY_WITHDRAWN: Final = "vacancy.withdrawn"
VACANCY_CONFIRMATION_REQUESTED: Final = "vacancy.confirmation_requested"
ENDPOINT_DISABLED: Final = "endpoint.disabled"
MESSAGE_UNDELIVERABLE: Final = "message.undeliverable"
ENDPOINT_TEST: Final = "endpoint.test"  # sent on demand only: never subscribed to

_STEPS: Final[dict[Step, tuple[str, str]]] = {
    Step.PROPOSED: ("Une proposition attend l'accompagnant.", "A proposal awaits its caseworker."),
    Step.VERIFYING: ("Le logement et l'offre sont vérifiés.", "The home and the offer are being verified."),
    Step.APPROVED: ("La proposition est envoyée au ménage.", "The proposal is sent to the household."),
    Step.ACCEPTED: ("Le ménage accepte.", "The household accepts."),
    Step.COMMISSION: ("Le dossier va en commission d'attribution.", "The file goes to the allocation commission."),
    Step.LEASE: ("Le bail est à signer.", "The lease is to be signed."),
    Step.INSTALLED: ("Le ménage s'installe.", "The household moves in."),
    Step.FOLLOW_UP: ("Le suivi après l'installation commence.", "The follow-up after the move begins."),
    Step.COMPLETED: ("Le parcours est terminé.", "The course is completed."),
    Step.REFUSED: ("La proposition est refusée.", "The proposal is refused."),
    Step.RELEASED: (
        "Le logement est libéré : disparu, retiré, ou échéance passée.",
        "The home is released: gone, withdrawn, or a deadline passed.",
    ),
}
DESCRIPTIONS: Final[dict[str, tuple[str, str]]] = {
    **{f"placement.{step}": words for step, words in _STEPS.items()},
    TERRITORY_SCORE: (
        "La classe d'un territoire change, ou son score change d'au moins le minimum demandé.",
        "A territory's class changes, or its score by at least the minimum asked for.",
    ),
    VACANCY_PUBLISHED: ("Un logement vacant est publié.", "A vacant home is published."),
    VACANCY_UPDATED: ("Un logement vacant change.", "A vacant home changes."),
    VACANCY_WITHDRAWN: ("Un logement vacant est retiré.", "A vacant home is withdrawn."),
    VACANCY_CONFIRMATION_REQUESTED: (
        "Un logement n'est plus confirmé depuis longtemps : son bailleur est prié de dire s'il est toujours vacant.",
        "A home has not been confirmed for long: its landlord is asked whether it is still vacant.",
    ),
    ENDPOINT_DISABLED: (
        "La plateforme désactive un point de réception de l'organisation.",
        "The platform disables an endpoint of the organisation.",
    ),
    MESSAGE_UNDELIVERABLE: (
        "Un e-mail ou un SMS de l'organisation ne peut pas être remis.",
        "An e-mail or text message of the organisation cannot be delivered.",
    ),
}
EVENT_TYPES: Final = tuple(DESCRIPTIONS)
RESOURCES: Final = {
    "placement": Resource.PLACEMENT,
    "territory": Resource.TERRITORY_SCORE,
    "vacancy": Resource.VACANCY,
    "endpoint": Resource.ENDPOINT,
    "message": Resource.DELIVERY,
}

# Asked of landlords: nobody else can answer. Operators see everything.
_ASKED_OF: Final = {VACANCY_CONFIRMATION_REQUESTED: frozenset({Role.LANDLORD, Role.OPERATOR})}


def expand(patterns: Iterable[str]) -> frozenset[str]:
    """The types that patterns such as "placement.*" or "territory.score" name."""
    return _expanded(tuple(patterns))


@lru_cache(4096)
def _expanded(patterns: tuple[str, ...]) -> frozenset[str]:
    # Asked for every endpoint at every batch of events.
    return frozenset(kind for pattern in patterns for kind in EVENT_TYPES if fnmatchcase(kind, pattern))


def unknown(patterns: Iterable[str]) -> tuple[str, ...]:
    """The patterns that name no type."""
    return tuple(pattern for pattern in patterns if not expand([pattern]))


def readable_by(role: Role) -> frozenset[str]:
    """The types about which a role may ever be told something, by the declared rights."""
    return frozenset(
        kind
        for kind in EVENT_TYPES
        if scope_of(role, RESOURCES[kind.partition(".")[0]], Action.READ) is not None
        and role in _ASKED_OF.get(kind, {role})
    )
