"""Where an offer is, as far as its `lieuTravail` says. Pure.

Real data gives current codes, former ones, communes déléguées, a postal code alone, a département in words, or nothing.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

_INSEE: Final = re.compile(r"(\d{2}|2[AB])\d{3}")
_POSTAL: Final = re.compile(r"\d{5}")
_DEPARTEMENT: Final = re.compile(r"\s*(97\d|98\d|\d{2}|2[AB])\s*-", re.IGNORECASE)


class Located(StrEnum):
    """How the commune was found, or why not."""

    AS_GIVEN = "as_given"
    FOLLOWED = "commune_followed"  # a former or delegated commune, an arrondissement
    BY_POSTAL_CODE = "commune_by_postal_code"  # that postal code has one commune
    AMBIGUOUS = "postal_code_ambiguous"
    UNKNOWN = "commune_unknown"
    UNSAID = "commune_unsaid"


@dataclass(frozen=True)
class Gazetteer:
    """The two look-ups that placing an offer needs, from the reference data."""

    current_commune: Callable[[str], str | None]
    communes_of_postal_code: Callable[[str], Sequence[str]]


def commune_of(place: Mapping[str, Any], gazetteer: Gazetteer) -> tuple[str | None, Located]:
    """The current commune code, None where it is not known for sure: an offer is never put where it may not be."""
    given, postal = _text(place.get("commune")), _text(place.get("codePostal"))
    if given and _INSEE.fullmatch(given):
        current = gazetteer.current_commune(given)
        if current is not None:
            return current, Located.AS_GIVEN if current == given else Located.FOLLOWED
    if postal and _POSTAL.fullmatch(postal):
        current_codes = {gazetteer.current_commune(code) for code in gazetteer.communes_of_postal_code(postal)} - {None}
        if len(current_codes) == 1:
            return current_codes.pop(), Located.BY_POSTAL_CODE
        if current_codes:
            return None, Located.AMBIGUOUS
    return None, Located.UNKNOWN if given or postal else Located.UNSAID


def departement_of(place: Mapping[str, Any]) -> str | None:
    """Code of the département that the API's own filter would find the offer in, where the offer tells."""
    commune = _text(place.get("commune"))
    if commune and _INSEE.fullmatch(commune):
        return commune[:3] if commune.startswith(("97", "98")) else commune[:2]
    found = _DEPARTEMENT.match(_text(place.get("libelle")) or "")
    return found[1].upper() if found else None


def _text(value: Any) -> str | None:
    return value.strip().upper() or None if isinstance(value, str) else None
