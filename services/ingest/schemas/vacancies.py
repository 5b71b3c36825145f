"""Bodies of vacancies."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from services.ingest.core.typologies import ACCEPTED, canonical
from services.ingest.schemas.fields import Commune, Money, Publication, Reference
from shared.events import Dpe, Financing, LandlordKind, Reservation, Tenure, Typology
from shared.geography import AddressUnresolvedError, geography
from shared.web.written_forms import ONE_LINE, RPLS


def typology_of(given: Any) -> Any:
    """A typology from the ways in which it is written. Raises a validation error that names them."""
    if not isinstance(given, str):
        return given
    found = canonical(given)
    if found is None:
        raise PydanticCustomError(
            "typology", "Typologie non reconnue. Valeurs possibles : {accepted}.", {"accepted": ACCEPTED}
        )
    return found


class VacancyBody(Publication):
    """A vacant dwelling that its landlord offers. Its place is a commune code, or an address that names one commune."""

    commune: Commune | None = Field(
        None, description="Code INSEE de la commune. Peut manquer si « address » désigne une seule commune."
    )
    address: str | None = Field(
        None,
        min_length=5,
        max_length=300,
        pattern=ONE_LINE.pattern,
        description="Adresse, avec code postal et commune. Lue par vous seul : ni diffusée, ni montrée à d'autres.",
        examples=["12 rue des Carmes, 15000 Aurillac"],
    )
    typology: Annotated[Typology, BeforeValidator(typology_of)] = Field(
        description="T1 à T6. Aussi acceptés, et ramenés à T1…T6 : F3, T1bis, studio, T5+, « 3 pièces ».",
        examples=["T3"],
    )
    rooms: int | None = Field(None, ge=1, le=20, description="Pièces principales ; s'accorde avec la typologie.")
    surface_m2: float = Field(gt=0, le=1000, allow_inf_nan=False, description="Surface habitable, m².")
    rent_eur_per_month: Money = Field(description="Loyer hors charges, € par mois.")
    charges_eur_per_month: Money | None = Field(None, description="Charges récupérables, € par mois.")
    available_from: date = Field(description="Premier jour où le logement peut être occupé ; peut être à venir.")
    available_until: date | None = Field(None, description="Dernier jour où le logement est proposé.")
    accessible: bool | None = Field(None, description="Accessible à une personne en fauteuil roulant (PMR).")
    floor: int | None = Field(None, ge=-3, le=60, description="Étage ; 0 : rez-de-chaussée.")
    lift: bool | None = Field(None, description="Desservi par un ascenseur.")
    dpe: Dpe | None = Field(None, description="Étiquette énergie.")
    financing: Financing | None = Field(None, description="Prêt qui fixe le plafond de ressources.")
    reservation: Reservation | None = Field(
        None,
        description="Réservataire vers lequel le logement est orienté. Absent : pas encore orienté (gestion en flux).",
    )
    oriented_on: date | None = Field(None, description="Jour de l'orientation vers ce réservataire.")
    tenure: Tenure | None = Field(None, description="Cadre de la location.")
    landlord_kind: LandlordKind | None = Field(None, description="Nature du bailleur.")
    rpls_id: str | None = Field(None, pattern=RPLS.pattern, description="Identifiant du répertoire RPLS, 10 positions.")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.available_until is not None and self.available_until < self.available_from:
            raise PydanticCustomError(
                "window",
                "available_until précède available_from.",
                {"field": "available_until", "remedy": f">= {self.available_from}"},
            )
        if self.rooms is not None and not self.typology.agrees_with(self.rooms):
            raise PydanticCustomError(
                "rooms",
                "{rooms} pièces principales ne font pas un {typology}.",
                {
                    "field": "rooms",
                    "rooms": self.rooms,
                    "typology": self.typology.value,
                    "remedy": f"typology: T{min(self.rooms, 6)}",
                },
            )
        if self.oriented_on is not None and self.reservation is None:
            raise PydanticCustomError(
                "orientation",
                "oriented_on sans reservation : dire vers qui le logement est orienté.",
                {"field": "reservation", "remedy": ", ".join(Reservation)},
            )
        self.commune = self._place()
        return self

    def _place(self) -> str:
        """The commune given, or the only one that the address can mean. Raises a validation error, with candidates."""
        if self.address is None:
            if self.commune is None:
                raise PydanticCustomError(
                    "place",
                    "Il faut la commune (code INSEE) ou une adresse avec code postal et commune.",
                    {"field": "commune", "remedy": "15014 ; 12 rue des Carmes, 15000 Aurillac"},
                )
            return self.commune
        try:
            named = geography().commune_at(self.address)
        except AddressUnresolvedError as unresolved:
            if self.commune is not None:
                return self.commune
            raise PydanticCustomError(
                unresolved.kind,
                "L'adresse ne désigne pas une commune : {place}.",
                {"field": "address", "place": unresolved.place, "remedy": unresolved.remedy},
            ) from unresolved
        known = geography().commune(self.commune) if self.commune is not None else None
        if known is not None and known.code != named.code:
            raise PydanticCustomError(
                "address_elsewhere",
                "L'adresse est à {there}, la commune donnée est {here}.",
                {
                    "field": "commune",
                    "there": f"{named.name} ({named.code})",
                    "here": f"{known.name} ({known.code})",
                    "remedy": f"{known.code} | {named.code}",
                },
            )
        return self.commune or named.code


class VacancyLine(VacancyBody):
    """A line of a bulk file: the body and its reference."""

    reference: Reference
