"""From France Travail's contract codes and labels to ours. Pure.

Codes of `/referentiel/typesContrats`. A code that is not in the table is `other`, and the reader says so.
"""

import re
from typing import Final

from shared.events import Contract

CONTRACTS: Final[dict[str, Contract]] = {
    "CDI": Contract.CDI,
    "CDD": Contract.CDD,
    "MIS": Contract.MIS,  # mission intérimaire
    "SAI": Contract.SAI,  # contrat travail saisonnier
    "DDI": Contract.CDDI,  # contrat durée déterminée insertion
    "DIN": Contract.CDI,  # CDI intérimaire: open-ended with the agency (Code du travail, L1251-58-1)
    "TTI": Contract.MIS,  # contrat de travail temporaire d'insertion
    "DDT": Contract.OTHER,  # CDD tremplin: for workers recognised as disabled only
    "CCE": Contract.OTHER,  # profession commerciale
    "FRA": Contract.OTHER,  # franchise
    "LIB": Contract.OTHER,  # profession libérale
    "REP": Contract.OTHER,  # reprise d'entreprise
}
# `natureContrat` that keeps an offer from being the job that most adults could take: age limits, a wage below the minimum,
# or no employer at all. Compared without accents' variants, by beginning.
_OTHER_NATURES: Final = (
    "contrat apprentissage",
    "cont. professionnalisation",
    "contrat de professionnalisation",
    "emploi non salarié",
    "emploi non salarie",
    "franchise",
    "reprise d'entreprise",
    "contrat d'engagement educatif",
    "contrat d'engagement éducatif",
)
_DAYS_PER_MONTH: Final = 365 / 12
_MONTHS: Final = {"an": 12.0, "mois": 1.0, "semaine": 7 / _DAYS_PER_MONTH, "jour": 1 / _DAYS_PER_MONTH}
_DURATION: Final = re.compile(r"(\d{1,4}(?:[.,]\d{1,2})?)\s*(an|mois|semaine|jour)(?:\(s\)|s)?\b", re.IGNORECASE)
LONGEST_MONTHS: Final = 120.0


def contract_of(code: str | None, nature: str | None, *, apprenticeship: bool = False) -> tuple[Contract, bool]:
    """Our contract kind, and whether the code is known. `apprenticeship` is the offer's field `alternance`."""
    known = CONTRACTS.get(code or "")
    if apprenticeship or (nature is not None and nature.strip().lower().startswith(_OTHER_NATURES)):
        return Contract.OTHER, known is not None
    return (known, True) if known is not None else (Contract.OTHER, False)


def duration_months(contract: Contract, label: str | None) -> float | None:
    """Months in `typeContratLibelle` ("CDD - 6 Mois", "Mission intérimaire - 15 Jour(s)"), two decimals.

    None for an open-ended contract and where the label names no duration between a day and ten years.
    """
    if contract is Contract.CDI or not label:
        return None
    found = _DURATION.search(label)
    if found is None:
        return None
    months = float(found[1].replace(",", ".")) * _MONTHS[found[2].lower()]
    return round(months, 2) if 0.03 <= months <= LONGEST_MONTHS else None
