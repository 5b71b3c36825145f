"""The form of a vacancy, and why one is withdrawn."""

from typing import Final

from services.console.core.entry import Field, Kind
from shared.events import Dpe, Financing, Tenure, Typology

REFERENCE: Final = Field("reference", Kind.TEXT, "vacancies.reference", required=True, hint="vacancies.reference_hint")
FIELDS: Final = (
    Field("commune", Kind.PLACE, "vacancies.commune", required=True, suggests="communes"),
    Field(
        "typology",
        Kind.CHOICE,
        "vacancies.typology",
        required=True,
        choices=tuple(one.value for one in Typology),
    ),
    Field("surface_m2", Kind.DECIMAL, "vacancies.surface", required=True, unit="m²"),
    Field("rent_eur_per_month", Kind.DECIMAL, "vacancies.rent", required=True, unit="€/mois"),
    Field("charges_eur_per_month", Kind.DECIMAL, "vacancies.charges", unit="€/mois"),
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
    Field("tenure", Kind.CHOICE, "vacancies.tenure", family="tenure", choices=tuple(one.value for one in Tenure)),
)
STATUSES: Final = ("open", "upcoming", "stale", "expired", "withdrawn")
WITHDRAWAL_REASONS: Final = ("let", "works", "sold", "error")
LOOK_OF_STATUS: Final = {"open": "done", "upcoming": "going", "stale": "wait", "expired": "off", "withdrawn": "off"}
