"""Why an option is not possible, and what remains to be confirmed. Codes are stable; labels are for people."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.words import Words


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

    def label(self, lang: str) -> str:
        """In words, "fr" or "en"."""
        return _LABELS[self].said(lang)


_LABELS: Final = {
    Reason.TERRITORY_NOT_WANTED: Words(
        "territoire non souhaité",
        "territory not wanted",
    ),
    Reason.TERRITORY_EXCLUDED: Words(
        "territoire exclu par le ménage",
        "territory excluded by the household",
    ),
    Reason.TERRITORY_REFUSED: Words(
        "territoire refusé par le ménage",
        "territory refused by the household",
    ),
    Reason.COMMITMENT_NOT_OPEN: Words(
        "le territoire n'accueille pas de ménage de ce programme en ce moment",
        "the territory takes in no household of this programme at present",
    ),
    Reason.TERRITORY_AT_CAPACITY: Words(
        "le territoire a atteint sa capacité d'accueil",
        "the territory has reached its capacity",
    ),
    Reason.HOME_REFUSED: Words(
        "logement déjà refusé, ou proposé sans réponse",
        "home refused already, or proposed without an answer",
    ),
    Reason.HOME_RESERVED: Words(
        "logement réservé pour une autre proposition",
        "home reserved for another proposal",
    ),
    Reason.HOME_NO_LONGER_AVAILABLE: Words(
        "logement qui n'est plus disponible",
        "home no longer available",
    ),
    Reason.RESERVED_CONTINGENT: Words(
        "logement réservé à un contingent dont le ménage ne relève pas",
        "home reserved for a contingent that the household is not of",
    ),
    Reason.NO_LONGER_CANDIDATE: Words(
        "le ménage n'est plus candidat à cette date",
        "the household is no longer a candidate on that day",
    ),
    Reason.DATES_DO_NOT_MEET: Words(
        "le logement n'est pas libre quand le ménage peut emménager",
        "the home is not free when the household can move",
    ),
    Reason.NOT_DECENT: Words(
        "moins de 9 m² : logement non décent",
        "under 9 m²: not a decent dwelling",
    ),
    Reason.SURFACE_TOO_SMALL: Words(
        "surface trop petite pour le ménage",
        "surface too small for the household",
    ),
    Reason.TOO_MANY_ROOMS: Words(
        "trop de pièces pour le ménage (sous-occupation)",
        "too many rooms for the household (under-occupation)",
    ),
    Reason.RENT_TOO_HIGH: Words(
        "loyer trop élevé au regard des ressources",
        "rent too high for the resources",
    ),
    Reason.TOO_LITTLE_LEFT: Words(
        "reste à vivre inférieur au seuil du bailleur",
        "less is left to live on than the landlord asks for",
    ),
    Reason.NOT_ACCESSIBLE: Words(
        "logement non accessible",
        "home not accessible",
    ),
    Reason.OCCUPATION_NOT_STATED: Words(
        "aucun métier recherché n'est indiqué",
        "no wanted occupation is stated",
    ),
    Reason.NO_POST_IN_REACH: Words(
        "aucune offre d'emploi dans le bassin du logement",
        "no job offer in the employment area of the home",
    ),
    Reason.OCCUPATION_NOT_WANTED: Words(
        "aucune offre dans les métiers recherchés ou proches",
        "no offer in the wanted occupations or near ones",
    ),
    Reason.POST_REFUSED: Words(
        "offre déjà refusée",
        "offer refused already",
    ),
    Reason.POST_TAKEN: Words(
        "offre déjà visée par autant de propositions que de postes",
        "offer with as many proposals as posts already",
    ),
    Reason.POST_EXPIRED: Words(
        "offre expirée",
        "offer expired",
    ),
    Reason.LICENCE_REQUIRED: Words(
        "l'offre demande un permis que le ménage n'a pas",
        "the offer asks for a licence that the household has not",
    ),
    Reason.ZONE_TOO_FAR: Words(
        "offre dans une autre zone d'emploi",
        "offer in another employment area",
    ),
    Reason.COMMUTE_TOO_LONG: Words(
        "trajet trop long entre le logement et l'emploi",
        "too far between home and work",
    ),
    Reason.CONTRACT_NOT_DURABLE: Words(
        "contrat trop court pour ce programme",
        "contract too short for this programme",
    ),
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

    def label(self, lang: str) -> str:
        """In words, "fr" or "en"."""
        return _TO_CONFIRM[self].said(lang)


_TO_CONFIRM: Final = {
    ToConfirm.INCOME: Words(
        "ressources du ménage à justifier",
        "the household's resources to be proven",
    ),
    ToConfirm.CHARGES: Words(
        "charges du logement à demander au bailleur",
        "charges of the home to be asked of the landlord",
    ),
    ToConfirm.DRIVING_LICENCE: Words(
        "permis de conduire à confirmer",
        "driving licence to be confirmed",
    ),
    ToConfirm.ACCESSIBILITY: Words(
        "accessibilité du logement à vérifier",
        "accessibility of the home to be checked",
    ),
    ToConfirm.CONTRACT_DURATION: Words(
        "durée du contrat à confirmer avec l'employeur",
        "duration of the contract to be confirmed with the employer",
    ),
    ToConfirm.COMMITMENT: Words(
        "accord du territoire à obtenir : il n'a rien déclaré pour ce programme",
        "the territory's agreement to be obtained: it has declared nothing for this programme",
    ),
    ToConfirm.OFFER_LICENCE: Words(
        "l'offre ne dit pas si un permis est demandé",
        "the offer does not say whether a licence is asked for",
    ),
    ToConfirm.WITHOUT_LEAD: Words(
        "aucune piste d'emploi jointe : à chercher avec le ménage",
        "no job lead comes with it: to be looked for with the household",
    ),
    ToConfirm.HOUSING_AID: Words(
        "aide au logement estimée, dont dépend l'équilibre du budget : à simuler avec la CAF ou la MSA",
        "housing benefit is estimated and the budget depends on it: to be simulated with CAF or MSA",
    ),
}


@dataclass(frozen=True, slots=True)
class Eligible:
    """All hard constraints are met, as far as is known."""

    to_confirm: tuple[ToConfirm, ...] = ()


@dataclass(frozen=True, slots=True)
class Ineligible:
    """At least one hard constraint is not met; all that are not, in the order of `Reason`."""

    reasons: tuple[Reason, ...]


Verdict = Eligible | Ineligible
