"""What each role finds on the left: its four or five nouns, by the declared rights."""

from dataclasses import dataclass
from typing import Final

from shared.identity import Action, Resource, Role, scope_of


@dataclass(frozen=True)
class Noun:
    """A page of the menu. `label` is a message key; `needs` the right it takes (None: anyone's)."""

    path: str
    label: str
    needs: tuple[Resource, Action] | None


NOUNS: Final = (
    Noun("/propositions", "nav.placements", (Resource.PLACEMENT, Action.READ)),
    Noun("/menages", "nav.households", (Resource.HOUSEHOLD, Action.READ)),
    Noun("/commissions", "nav.commissions", (Resource.PLAN, Action.WRITE)),
    Noun("/logements", "nav.vacancies", (Resource.VACANCY, Action.WRITE)),
    Noun("/envois", "nav.files", (Resource.RUN, Action.READ)),
    Noun("/territoires", "nav.territories", None),
    Noun("/engagements", "nav.commitments", (Resource.COMMITMENT, Action.WRITE)),
    Noun("/pilotage", "nav.funnel", (Resource.FUNNEL, Action.READ)),
    Noun("/abonnements", "nav.endpoints", (Resource.ENDPOINT, Action.READ)),
    Noun("/incidents", "nav.letters", (Resource.DEAD_LETTER, Action.READ)),
)


def may(role: Role | None, resource: Resource, action: Action) -> bool:
    """Whether a role has that right on anything at all."""
    return role is not None and scope_of(role, resource, action) is not None


def nouns_of(role: Role | None) -> tuple[Noun, ...]:
    """The menu of a role; None is the public."""
    return tuple(noun for noun in NOUNS if noun.needs is None or may(role, *noun.needs))
