"""The monthly wage in the free text of `salaire.libelle`. Unknown stays unknown: no guess, never 0. Pure."""

import re
from typing import Final

LEGAL_HOURS_PER_WEEK: Final = 35.0  # Code du travail, L3121-27: a full-time contract that states no hours
WEEKS_PER_MONTH: Final = 52 / 12
# What a gross wage can be; outside, the employer mistook the period or the decimal point.
_PLAUSIBLE: Final = {"horaire": (5.0, 300.0), "mensuel": (150.0, 50_000.0), "annuel": (2_000.0, 600_000.0)}
_AMOUNT: Final = r"(\d[\d\s  .,]*)\s*(?:euros?|€)"
_LABEL: Final = re.compile(
    rf"^\s*(horaire|mensuel|annuel)(?:\s+brut)?\s+(?:de\s+)?{_AMOUNT}(?:\s*à\s*{_AMOUNT})?"
    r"(?:\s+sur\s+(\d{1,2}(?:[.,]\d+)?)\s+mois)?",
    re.IGNORECASE,
)
_HOURS: Final = re.compile(r"^\s*(\d{1,3})\s*h\s*(\d{2})?(?!\w)", re.IGNORECASE)


def monthly_wage(label: str, *, hours_per_week: float | None, full_time: bool | None) -> float | None:
    """Gross euros a month in `salaire.libelle`, the lower end of a range; None where it does not say.

    "Mensuel de 1850.0 Euros à 2100.0 Euros sur 12.0 mois" is 1850. A yearly wage is divided by the months it is paid over
    ("sur 13 mois": what arrives each month), 12 when unsaid. An hourly wage counts for the hours of a week that the offer
    states, the legal 35 where it only says full time; a part-time offer without hours says no monthly wage.
    """
    found = _LABEL.match(label)
    if found is None:
        return None
    period = found[1].lower()
    least, most = _PLAUSIBLE[period]
    amounts = [amount for text in (found[2], found[3]) if text and (amount := _number(text)) is not None]
    if not amounts or not least <= min(amounts) <= most:
        return None
    amount = min(amounts)
    if period == "mensuel":
        return round(amount, 2)
    if period == "annuel":
        months = _number(found[4]) if found[4] else 12.0
        return round(amount / months, 2) if months is not None and 12 <= months <= 16 else None
    hours = hours_per_week if hours_per_week is not None else LEGAL_HOURS_PER_WEEK if full_time else None
    return None if hours is None else round(amount * hours * WEEKS_PER_MONTH, 2)


def weekly_hours(label: str) -> float | None:
    """Hours a week at the beginning of `dureeTravailLibelle` ("35H/semaine…", "17H30 Horaires variables"), else None."""
    found = _HOURS.match(label)
    if found is None:
        return None
    hours = int(found[1]) + (int(found[2]) / 60 if found[2] and int(found[2]) < 60 else 0)
    if "mois" in label[found.end() : found.end() + 12].lower():
        hours = hours / WEEKS_PER_MONTH
    return hours if 1 <= hours <= 60 else None


def _number(text: str) -> float | None:
    """A French or English number: spaces between thousands, comma or point before decimals; None for anything else."""
    compact = re.sub(r"[\s  ]", "", text).rstrip(".,")
    if "," in compact and "." in compact:
        thousands = "," if compact.rfind(".") > compact.rfind(",") else "."
        compact = compact.replace(thousands, "")
    compact = compact.replace(",", ".")
    return float(compact) if re.fullmatch(r"\d{1,9}(\.\d{1,4})?", compact) else None
