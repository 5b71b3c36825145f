"""Bodies that callers send to matching. What is optional is unknown when absent, never 0; no field takes a name."""

import difflib
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.matching.core.invitations import Language
from services.matching.core.model import HouseholdStatus, Priority
from shared.events import Reservation, Typology
from shared.geography import geography
from shared.programmes import Programme
from shared.reach import normal_email, normal_phone
from shared.web.reference_codes import known_commune, known_occupation
from shared.web.written_forms import FILE_MARK


def _known_territory(code: str) -> str:
    places = geography()
    if places.territory(code) is None and places.departement(code) is None:
        raise PydanticCustomError(
            "unknown_territory",
            "Territoire inconnu : {code}.",
            {
                "code": code,
                "remedy": places.suggest_territory(code),
                "remedy_en": places.suggest_territory(code, "en"),
            },
        )
    return code


def _known_programme(code: object) -> object:
    known = [programme.value for programme in Programme]
    if not isinstance(code, Programme) and code not in known:
        near = difflib.get_close_matches(str(code), known, n=1, cutoff=0.4)
        remedy = f"Vouliez-vous dire {near[0]} ? " if near else ""
        raise PydanticCustomError(
            "unknown_programme",
            "Programme inconnu : {code}.",
            {
                "code": str(code)[:60],
                "remedy": f"{remedy}Programmes : {', '.join(known)}.",
                "remedy_en": f"Programmes: {', '.join(known)}.",
            },
        )
    return code


def _reservataire(value: Reservation) -> Reservation:
    if value is Reservation.LANDLORD:
        known = [one.value for one in Reservation if one is not Reservation.LANDLORD]
        raise PydanticCustomError(
            "contingent", "Un logement gardé par son bailleur est ouvert à tous.", {"remedy": ", ".join(known)}
        )
    return value


def _once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Rome = Annotated[str, Field(max_length=20, examples=["F1703"]), AfterValidator(known_occupation)]
TerritoryCode = Annotated[
    str,
    Field(max_length=60, examples=["241500230"], description="EPCI ou département"),
    AfterValidator(_known_territory),
]
ProgrammeCode = Annotated[Programme, BeforeValidator(_known_programme)]
Contingent = Annotated[Reservation, AfterValidator(_reservataire)]
Romes = Annotated[list[Rome], Field(max_length=20), AfterValidator(_once)]
Territories = Annotated[list[TerritoryCode], Field(max_length=100), AfterValidator(_once)]
Priorities = Annotated[list[Priority], Field(max_length=len(Priority))]
Contingents = Annotated[list[Contingent], Field(max_length=len(Reservation))]
Size = Annotated[int, Field(ge=1, le=20, description="Nombre de personnes")]
Income = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
Minutes = Annotated[int, Field(ge=5, le=180)]
# A mark of the caseworker's own: no space, so that it is a file number rather than a name.
Label = Annotated[str, Field(pattern=FILE_MARK.pattern, description="Repère du dossier, jamais un nom")]
EntityId = Annotated[str, Field(min_length=1, max_length=60)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class HouseholdBody(_Body):
    """A household, without name or address."""

    size: Size
    programme: ProgrammeCode
    adults: Annotated[int, Field(ge=1, le=20)] | None = None
    rome: Romes = Field(default_factory=list)
    territories: Territories = Field(
        default_factory=list, description="Par ordre de préférence ; vide : partout où le programme est ouvert"
    )
    excluded: Territories = Field(default_factory=list)
    income_eur_per_month: Income | None = None
    driving_licence: bool | None = None
    accessible_needed: bool | None = None
    max_commute_minutes: Minutes | None = None
    priorities: Priorities = Field(default_factory=list)
    contingents: Contingents = Field(
        default_factory=list, description="Réservataires qui l'ont désigné ; le DALO ouvre celui de l'État"
    )
    moves_from: date | None = Field(None, description="Premier jour où il peut emménager")
    moves_by: date | None = Field(None, description="Dernier jour où il doit avoir emménagé")
    candidate_until: date | None = Field(None, description="Jour jusqu'auquel il reste candidat")
    waiting_since: date | None = Field(None, description="Jour de la première demande ; à défaut, aujourd'hui")
    label: Label | None = None

    @model_validator(mode="after")
    def _people(self) -> Self:
        if self.adults is not None and self.adults > self.size:
            raise PydanticCustomError("adults", "Plus d'adultes que de personnes.", {"remedy": "adults <= size"})
        if self.moves_from is not None and self.moves_by is not None and self.moves_by < self.moves_from:
            raise PydanticCustomError(
                "moves_by", "L'emménagement finirait avant de commencer.", {"remedy": "moves_by >= moves_from"}
            )
        return self


class HouseholdPatch(_Body):
    """Fields to change; null makes an optional field unknown again. `version`, if given, must be the current one."""

    version: int | None = None
    status: HouseholdStatus | None = None
    size: Size | None = None
    programme: ProgrammeCode | None = None
    adults: Annotated[int, Field(ge=1, le=20)] | None = None
    rome: Romes | None = None
    territories: Territories | None = None
    excluded: Territories | None = None
    income_eur_per_month: Income | None = None
    driving_licence: bool | None = None
    accessible_needed: bool | None = None
    max_commute_minutes: Minutes | None = None
    priorities: Priorities | None = None
    contingents: Contingents | None = None
    moves_from: date | None = None
    moves_by: date | None = None
    candidate_until: date | None = None
    waiting_since: date | None = None
    label: Label | None = None


# Fields that null cannot make unknown.
REQUIRED: Final = frozenset(
    {"status", "size", "programme", "rome", "territories", "excluded", "priorities", "contingents", "waiting_since"}
)


def _phone(text: str) -> str:
    number = normal_phone(text)
    if number is None:
        raise PydanticCustomError("phone", "Ce n'est pas un numéro de téléphone.", {"remedy": "+33612345678"})
    return number


def _email(text: str) -> str:
    address = normal_email(text)
    if address is None:
        raise PydanticCustomError("email", "Ce n'est pas une adresse e-mail.", {"remedy": "nom@exemple.fr"})
    return address


class ContactBody(_Body):
    """How a household is reached. `preferred`: by which of the two; `language`: of its messages."""

    phone: Annotated[str, Field(max_length=30), AfterValidator(_phone)] | None = None
    email: Annotated[str, Field(max_length=254), AfterValidator(_email)] | None = None
    preferred: Literal["sms", "email"] | None = None
    language: Language = "fr"

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        given = {"sms": self.phone, "email": self.email}
        if not any(given.values()):
            raise PydanticCustomError("contact", "Il faut un numéro ou une adresse.", {"remedy": "phone, email"})
        if self.preferred is not None and given[self.preferred] is None:
            raise PydanticCustomError(
                "preferred", "Le canal préféré n'a pas de coordonnée.", {"remedy": "sms: phone; email: email"}
            )
        return self


class AnswerLinkBody(_Body):
    """`send`: also send the link to the household by SMS or e-mail, or as it prefers."""

    send: Literal["sms", "email", "preferred"] | None = None


class DecisionBody(_Body):
    """A decision on a placement. `reason`: a code of the programme, with `refuse`. `landlord_agreed`: with `advance`."""

    decision: Literal["approve", "accept", "refuse", "advance"]
    reason: Annotated[str, Field(max_length=60)] | None = None
    landlord_agreed: bool = False


class ChosenPlacementBody(_Body):
    """A proposal that a caseworker chooses outside the ranking; hard constraints and reservations hold for it too."""

    household: EntityId
    vacancy: EntityId
    offer: EntityId | None = None


class AnswerBody(_Body):
    """A household's answer by its link. `time` and `call` (« appelez-moi ») keep the proposal open."""

    answer: Literal["yes", "no", "time", "call"]
    reason: Annotated[str, Field(max_length=60)] | None = None


class LandlordRuleBody(_Body):
    """What a landlord asks of a household's budget, for all his homes. Absent or null: the usual ceiling, no least."""

    effort_ceiling: (
        Annotated[float, Field(ge=0.1, le=0.6, allow_inf_nan=False, description="Part des ressources, aide déduite")]
        | None
    ) = None
    left_eur_per_day: (
        Annotated[
            float,
            Field(
                ge=0, le=100, allow_inf_nan=False, description="Reste à vivre, par jour et par personne, aide déduite"
            ),
        ]
        | None
    ) = None


class ImaginedHomeBody(_Body):
    """A home that does not exist, to see what it would change."""

    commune: Annotated[str, Field(min_length=5, max_length=5, examples=["15014"]), AfterValidator(known_commune)]
    typology: Typology
    surface_m2: Annotated[float, Field(ge=5, le=1000, allow_inf_nan=False)]
    rent_eur_per_month: Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]
    charges_eur_per_month: Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)] | None = None
    accessible: bool | None = None
    available_from: date | None = None


Ids = Annotated[list[EntityId], Field(max_length=500), AfterValidator(_once)]


class PlanBody(_Body):
    """What a commission, or a "what if", is about. Without vacancies and territories: each home that the households want."""

    vacancies: Ids = Field(default_factory=list)
    territories: Territories = Field(default_factory=list)
    households: Ids = Field(
        default_factory=list, description="Vide : tous les ménages de l'organisation, sans proposition"
    )
    without: Ids = Field(default_factory=list, description="Logements et ménages laissés de côté")
    imagined: Annotated[list[ImaginedHomeBody], Field(max_length=20)] = Field(default_factory=list)
    proposals_too: bool = Field(False, description="Les propositions à examiner comptent comme libres")
    keep: bool = Field(False, description="Garder les listes courtes, pour en proposer ensuite")
