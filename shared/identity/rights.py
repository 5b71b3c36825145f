"""Rights, declared once: role x resource x action -> whose. Checks, docs/rights.md and the test of every route read it.

What an actor has no right to see answers 404 when it belongs to someone else, 403 when the role never has that action.
"""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """Role of a key or of a person in an organisation."""

    LANDLORD = "landlord"
    FEED = "feed"
    CASEWORKER = "caseworker"
    TERRITORY = "territory"
    OPERATOR = "operator"

    @property
    def label_fr(self) -> str:
        return {
            "landlord": "bailleur",
            "feed": "flux d'offres",
            "caseworker": "accompagnant",
            "territory": "territoire d'accueil",
            "operator": "opérateur",
        }[self.value]


class Resource(StrEnum):
    """What routes give access to."""

    VACANCY = "vacancy"
    OFFER = "offer"
    RUN = "run"
    SNAPSHOT = "snapshot"
    COMMITMENT = "commitment"
    HOST_CONTACT = "host_contact"
    TERRITORY_SCORE = "territory_score"
    RANKING = "ranking"
    HOUSEHOLD = "household"
    PLACEMENT = "placement"
    PROGRAMME = "programme"
    FUNNEL = "funnel"
    LANDLORD_RULE = "landlord_rule"
    PLAN = "plan"
    FAIRNESS = "fairness"
    ENDPOINT = "endpoint"
    DELIVERY = "delivery"
    STREAM = "stream"
    PREFERENCE = "preference"
    ORGANISATION_PREFERENCE = "organisation_preference"
    ALERT = "alert"
    RECIPIENT = "recipient"
    MESSAGE = "message"
    DEAD_LETTER = "dead_letter"

    @property
    def label_fr(self) -> str:
        return {
            "vacancy": "logements vacants",
            "offer": "offres d'emploi",
            "run": "fichiers envoyés",
            "snapshot": "retraits par absence",
            "commitment": "engagements des territoires",
            "host_contact": "contacts des territoires d'accueil",
            "territory_score": "scores des territoires",
            "ranking": "classements de territoires",
            "household": "ménages",
            "placement": "placements",
            "programme": "programmes",
            "funnel": "entonnoir",
            "landlord_rule": "règles des bailleurs sur le budget",
            "plan": "plans et listes courtes des commissions",
            "fairness": "rapport d'équité",
            "endpoint": "abonnements",
            "delivery": "livraisons",
            "stream": "flux en direct",
            "preference": "préférences",
            "organisation_preference": "préférences de l'organisation",
            "alert": "alertes",
            "recipient": "coordonnées au moment d'un envoi",
            "message": "messages aux ménages",
            "dead_letter": "enregistrements refusés",
        }[self.value]


class Action(StrEnum):
    """READ lists and shows, WRITE creates, changes and removes, DECIDE moves a placement on,
    settles withdrawals that wait, or asks for a proposal of a home that waits."""

    READ = "read"
    WRITE = "write"
    DECIDE = "decide"

    @property
    def label_fr(self) -> str:
        return {"read": "lire", "write": "écrire", "decide": "décider"}[self.value]


class Scope(StrEnum):
    """Whose: the actor's own, the organisation's, the actor's territories', everyone's."""

    OWN = "own"
    ORGANISATION = "organisation"
    TERRITORY = "territory"
    ALL = "all"

    @property
    def label_fr(self) -> str:
        return {
            "own": "les siens",
            "organisation": "son organisation",
            "territory": "ses territoires",
            "all": "tout",
        }[self.value]


_L, _F, _C, _T, _O = Role.LANDLORD, Role.FEED, Role.CASEWORKER, Role.TERRITORY, Role.OPERATOR
_EVERYONE: Final = {_L: Scope.ALL, _F: Scope.ALL, _C: Scope.ALL, _T: Scope.ALL, _O: Scope.ALL}
_OWN_ORGANISATION: Final = dict.fromkeys((_L, _F, _C, _T, _O), Scope.ORGANISATION)

MATRIX: Final[dict[tuple[Resource, Action], dict[Role, Scope]]] = {
    (Resource.VACANCY, Action.READ): {
        _L: Scope.ORGANISATION,
        _C: Scope.ALL,
        _T: Scope.TERRITORY,
        _O: Scope.ALL,
    },
    (Resource.VACANCY, Action.WRITE): {_L: Scope.ORGANISATION},
    (Resource.VACANCY, Action.DECIDE): {_L: Scope.ORGANISATION, _C: Scope.ALL},
    (Resource.OFFER, Action.READ): {_F: Scope.ORGANISATION, _C: Scope.ALL, _T: Scope.TERRITORY, _O: Scope.ALL},
    (Resource.OFFER, Action.WRITE): {_F: Scope.ORGANISATION},
    (Resource.RUN, Action.READ): {_L: Scope.ORGANISATION, _F: Scope.ORGANISATION, _O: Scope.ALL},
    (Resource.SNAPSHOT, Action.READ): {_L: Scope.ORGANISATION, _F: Scope.ORGANISATION, _O: Scope.ALL},
    (Resource.SNAPSHOT, Action.DECIDE): {_L: Scope.ORGANISATION, _O: Scope.ALL},
    (Resource.COMMITMENT, Action.READ): _EVERYONE,
    (Resource.COMMITMENT, Action.WRITE): {_T: Scope.TERRITORY, _O: Scope.ALL},
    (Resource.HOST_CONTACT, Action.READ): {_C: Scope.ALL, _T: Scope.TERRITORY, _O: Scope.ALL},
    (Resource.TERRITORY_SCORE, Action.READ): _EVERYONE,
    (Resource.RANKING, Action.READ): {_C: Scope.ALL, _O: Scope.ALL},
    (Resource.HOUSEHOLD, Action.READ): {_C: Scope.ORGANISATION},
    (Resource.HOUSEHOLD, Action.WRITE): {_C: Scope.ORGANISATION},
    (Resource.PLACEMENT, Action.READ): {
        _L: Scope.ORGANISATION,
        _C: Scope.ORGANISATION,
        _T: Scope.TERRITORY,
        _O: Scope.ALL,
    },
    (Resource.PLACEMENT, Action.DECIDE): {_C: Scope.ORGANISATION},
    (Resource.PROGRAMME, Action.READ): _EVERYONE,
    (Resource.FUNNEL, Action.READ): {_C: Scope.ORGANISATION, _T: Scope.TERRITORY, _O: Scope.ALL},
    (Resource.LANDLORD_RULE, Action.READ): {_L: Scope.ORGANISATION, _C: Scope.ALL, _O: Scope.ALL},
    (Resource.LANDLORD_RULE, Action.WRITE): {_L: Scope.ORGANISATION},
    (Resource.PLAN, Action.READ): {_C: Scope.ORGANISATION},
    (Resource.PLAN, Action.WRITE): {_C: Scope.ORGANISATION},
    (Resource.PLAN, Action.DECIDE): {_C: Scope.ORGANISATION},
    (Resource.FAIRNESS, Action.READ): {_O: Scope.ALL},
    (Resource.ENDPOINT, Action.READ): _OWN_ORGANISATION,
    (Resource.ENDPOINT, Action.WRITE): _OWN_ORGANISATION,
    (Resource.DELIVERY, Action.READ): _OWN_ORGANISATION,
    (Resource.STREAM, Action.READ): _OWN_ORGANISATION,
    (Resource.PREFERENCE, Action.READ): dict.fromkeys((_L, _F, _C, _T, _O), Scope.OWN),
    (Resource.PREFERENCE, Action.WRITE): dict.fromkeys((_L, _F, _C, _T, _O), Scope.OWN),
    (Resource.ORGANISATION_PREFERENCE, Action.READ): _OWN_ORGANISATION,
    (Resource.ORGANISATION_PREFERENCE, Action.WRITE): _OWN_ORGANISATION,
    (Resource.ALERT, Action.READ): dict.fromkeys((_L, _F, _C, _T, _O), Scope.OWN),
    (Resource.ALERT, Action.WRITE): dict.fromkeys((_L, _F, _C, _T, _O), Scope.OWN),
    (Resource.RECIPIENT, Action.READ): {},
    (Resource.MESSAGE, Action.WRITE): {},
    (Resource.DEAD_LETTER, Action.READ): {_O: Scope.ALL},
    (Resource.DEAD_LETTER, Action.WRITE): {_O: Scope.ALL},
}

# Rights of one service of the platform alone: no person and no key has them.
SERVICE_RIGHTS: Final[dict[tuple[Resource, Action], str]] = {
    (Resource.RECIPIENT, Action.READ): "notify",
    (Resource.MESSAGE, Action.WRITE): "matching",
}


def scope_of(role: Role, resource: Resource, action: Action) -> Scope | None:
    """Whose resources that role may act on, or None for none."""
    return MATRIX[resource, action].get(role)
