"""The form of a vacancy, the filters of the list, and how states and commitments are said."""

from collections.abc import Mapping
from typing import Any, Final

from services.console.core.entry import Field, Kind
from shared.events import Dpe, Financing, LandlordKind, Reservation, Tenure, Typology
from shared.withdrawals import VacancyWithdrawal

REFERENCE: Final = Field("reference", Kind.TEXT, "vacancies.reference", required=True, hint="vacancies.reference_hint")
FIELDS: Final = (
    Field("commune", Kind.PLACE, "vacancies.commune", hint="vacancies.commune_hint", suggests="communes"),
    Field("address", Kind.TEXT, "vacancies.address", hint="vacancies.address_hint"),
    Field(
        "typology",
        Kind.CHOICE,
        "vacancies.typology",
        required=True,
        choices=tuple(one.value for one in Typology),
    ),
    Field("rooms", Kind.WHOLE, "vacancies.rooms"),
    Field("surface_m2", Kind.DECIMAL, "vacancies.surface", required=True, unit="m²"),
    Field("rent_eur_per_month", Kind.DECIMAL, "vacancies.rent", required=True, unit="eur_per_month"),
    Field("charges_eur_per_month", Kind.DECIMAL, "vacancies.charges", unit="eur_per_month"),
    Field("available_from", Kind.DAY, "vacancies.from", required=True),
    Field("available_until", Kind.DAY, "vacancies.until"),
    Field("floor", Kind.WHOLE, "vacancies.floor"),
    Field("lift", Kind.YES_NO, "vacancies.lift"),
    Field("accessible", Kind.YES_NO, "vacancies.accessible"),
    Field("dpe", Kind.CHOICE, "vacancies.dpe", choices=tuple(one.value for one in Dpe)),
    Field(
        "financing",
        Kind.CHOICE,
        "vacancies.financing",
        family="financing",
        choices=tuple(one.value for one in Financing),
    ),
    Field(
        "reservation",
        Kind.CHOICE,
        "vacancies.reservation",
        hint="vacancies.reservation_hint",
        family="reservation",
        choices=tuple(one.value for one in Reservation),
    ),
    Field("oriented_on", Kind.DAY, "vacancies.oriented_on"),
    Field("tenure", Kind.CHOICE, "vacancies.tenure", family="tenure", choices=tuple(one.value for one in Tenure)),
    Field(
        "landlord_kind",
        Kind.CHOICE,
        "vacancies.landlord_kind",
        family="landlord_kind",
        choices=tuple(one.value for one in LandlordKind),
    ),
    Field("rpls_id", Kind.TEXT, "vacancies.rpls_id", hint="vacancies.rpls_id_hint"),
)
STATUSES: Final = ("open", "upcoming", "stale", "expired", "withdrawn")
TYPOLOGIES: Final = tuple(one.value for one in Typology)
RESERVATIONS: Final = tuple(one.value for one in Reservation)
# What a person can choose; a full file says « absent » by itself.
WITHDRAWAL_REASONS: Final = tuple(one.value for one in VacancyWithdrawal if one is not VacancyWithdrawal.ABSENT)
# What « plus vacant » says until another reason is chosen: most are let by other ways.
USUAL_REASON: Final = VacancyWithdrawal.LET_ELSEWHERE.value
LOOK_OF_STATUS: Final = {"open": "done", "upcoming": "going", "stale": "wait", "expired": "off", "withdrawn": "off"}
LOOK_OF_COMMITMENT: Final = {"committed": "wait", "held": "wait", "let": "done", "unknown": "off"}


def state_of(item: Mapping[str, Any]) -> str:
    """The state of a vacancy or of an episode as the list says it."""
    return "withdrawn" if item.get("withdrawn_at") else str(item["status"])


def commitment_of(item: Mapping[str, Any]) -> tuple[str, str | None]:
    """How far a vacancy is taken, with the last instant of a hold. Free and unknown are two answers."""
    told = item.get("commitment") or {"state": "unknown"}
    return str(told["state"]), told.get("until")


def quickly_withdrawn(item: Mapping[str, Any]) -> bool:
    """Whether one click may withdraw it: not where a household may be counting on it, which its own page says."""
    return commitment_of(item)[0] in {"free", "unknown"}


def confirmed_by(item: Mapping[str, Any], user: str | None) -> str | None:
    """Who said last that it stands: "self", "colleague", "software"; None where it is not recorded."""
    who = item.get("confirmed_by")
    if not who:
        return None
    if who == user:
        return "self"
    return "colleague" if str(who).startswith("usr_") else "software"


def changes(body: Mapping[str, Any]) -> dict[str, Any]:
    """The partial update that a form means: what was left empty is removed, what the form does not show stays."""
    return {one.name: body.get(one.name) for one in FIELDS}
