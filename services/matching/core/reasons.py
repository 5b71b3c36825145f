"""Why an option is not possible, and what remains to be confirmed. Codes are stable; labels are for people."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """A hard constraint that an option does not meet."""

    TERRITORY_NOT_WANTED = "territory_not_wanted"
    TERRITORY_EXCLUDED = "territory_excluded"
    TERRITORY_REFUSED = "territory_refused"
    COMMITMENT_NOT_OPEN = "commitment_not_open"
    TERRITORY_AT_CAPACITY = "territory_at_capacity"
    HOME_REFUSED = "home_refused"
    HOME_RESERVED = "home_reserved"
    HOME_NO_LONGER_AVAILABLE = "home_no_longer_available"
    RESERVED_CONTINGENT = "reserved_contingent"
    NO_LONGER_CANDIDATE = "no_longer_candidate"
    DATES_DO_NOT_MEET = "dates_do_not_meet"
    NOT_DECENT = "not_decent"
    SURFACE_TOO_SMALL = "surface_too_small"
    TOO_MANY_ROOMS = "too_many_rooms"
    RENT_TOO_HIGH = "rent_too_high"
    TOO_LITTLE_LEFT = "too_little_left"
    NOT_ACCESSIBLE = "not_accessible"
    OCCUPATION_NOT_STATED = "occupation_not_stated"
    NO_POST_IN_REACH = "no_post_in_reach"
    OCCUPATION_NOT_WANTED = "occupation_not_wanted"
    POST_REFUSED = "post_refused"
    POST_TAKEN = "post_taken"
    POST_EXPIRED = "post_expired"
    LICENCE_REQUIRED = "licence_required"
    ZONE_TOO_FAR = "zone_too_far"
    COMMUTE_TOO_LONG = "commute_too_long"
    CONTRACT_NOT_DURABLE = "contract_not_durable"

    @property
    def label_fr(self) -> str:
        return _LABELS_FR[self]


_LABELS_FR = {
    Reason.TERRITORY_NOT_WANTED: "territoire non souhaité",
    Reason.TERRITORY_EXCLUDED: "territoire exclu par le ménage",
    Reason.TERRITORY_REFUSED: "territoire refusé par le ménage",
    Reason.COMMITMENT_NOT_OPEN: "le territoire n'accueille pas de ménage de ce programme en ce moment",
    Reason.TERRITORY_AT_CAPACITY: "le territoire a atteint sa capacité d'accueil",
    Reason.HOME_REFUSED: "logement déjà refusé, ou proposé sans réponse",
    Reason.HOME_RESERVED: "logement réservé pour une autre proposition",
    Reason.HOME_NO_LONGER_AVAILABLE: "logement qui n'est plus disponible",
    Reason.RESERVED_CONTINGENT: "logement réservé à un contingent dont le ménage ne relève pas",
    Reason.NO_LONGER_CANDIDATE: "le ménage n'est plus candidat à cette date",
    Reason.DATES_DO_NOT_MEET: "le logement n'est pas libre quand le ménage peut emménager",
    Reason.NOT_DECENT: "moins de 9 m² : logement non décent",
    Reason.SURFACE_TOO_SMALL: "surface trop petite pour le ménage",
    Reason.TOO_MANY_ROOMS: "trop de pièces pour le ménage (sous-occupation)",
    Reason.RENT_TOO_HIGH: "loyer trop élevé au regard des ressources",
    Reason.TOO_LITTLE_LEFT: "reste à vivre inférieur au seuil du bailleur",
    Reason.NOT_ACCESSIBLE: "logement non accessible",
    Reason.OCCUPATION_NOT_STATED: "aucun métier recherché n'est indiqué",
    Reason.NO_POST_IN_REACH: "aucune offre d'emploi dans le bassin du logement",
    Reason.OCCUPATION_NOT_WANTED: "aucune offre dans les métiers recherchés ou proches",
    Reason.POST_REFUSED: "offre déjà refusée",
    Reason.POST_TAKEN: "offre déjà visée par autant de propositions que de postes",
    Reason.POST_EXPIRED: "offre expirée",
    Reason.LICENCE_REQUIRED: "l'offre demande un permis que le ménage n'a pas",
    Reason.ZONE_TOO_FAR: "offre dans une autre zone d'emploi",
    Reason.COMMUTE_TOO_LONG: "trajet trop long entre le logement et l'emploi",
    Reason.CONTRACT_NOT_DURABLE: "contrat trop court pour ce programme",
}


class ToConfirm(StrEnum):
    """What is unknown: a document or an answer to obtain, never a ground for exclusion."""

    INCOME = "income"
    CHARGES = "charges"
    DRIVING_LICENCE = "driving_licence"
    ACCESSIBILITY = "accessibility"
    CONTRACT_DURATION = "contract_duration"
    COMMITMENT = "commitment"
    OFFER_LICENCE = "offer_licence"
    WITHOUT_LEAD = "without_lead"
    HOUSING_AID = "housing_aid"

    @property
    def label_fr(self) -> str:
        return {
            "income": "ressources du ménage à justifier",
            "charges": "charges du logement à demander au bailleur",
            "driving_licence": "permis de conduire à confirmer",
            "accessibility": "accessibilité du logement à vérifier",
            "contract_duration": "durée du contrat à confirmer avec l'employeur",
            "commitment": "accord du territoire à obtenir : il n'a rien déclaré pour ce programme",
            "offer_licence": "l'offre ne dit pas si un permis est demandé",
            "without_lead": "aucune piste d'emploi jointe : à chercher avec le ménage",
            "housing_aid": "aide au logement estimée, dont dépend l'équilibre du budget : à simuler avec la CAF ou la MSA",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Eligible:
    """All hard constraints are met, as far as is known."""

    to_confirm: tuple[ToConfirm, ...] = ()


@dataclass(frozen=True, slots=True)
class Ineligible:
    """At least one hard constraint is not met; all that are not, in the order of `Reason`."""

    reasons: tuple[Reason, ...]


Verdict = Eligible | Ineligible
