"""Occupations by ROME v3 code: labels, near occupations and remedies for unknown codes."""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

import msgspec

from shared.name_search import NameIndex

# Grands domaines of the ROME: the first letter of a code.
MAJOR_DOMAINS: Final[Mapping[str, str]] = {
    "A": "Agriculture et pêche, espaces naturels et espaces verts, soins aux animaux",
    "B": "Arts et façonnage d'ouvrages d'art",
    "C": "Banque, assurance, immobilier",
    "D": "Commerce, vente et grande distribution",
    "E": "Communication, média et multimédia",
    "F": "Construction, bâtiment et travaux publics",
    "G": "Hôtellerie-restauration, tourisme, loisirs et animation",
    "H": "Industrie",
    "I": "Installation et maintenance",
    "J": "Santé",
    "K": "Services à la personne et à la collectivité",
    "L": "Spectacle",
    "M": "Support à l'entreprise",
    "N": "Transport et logistique",
}

# A convention of ours: the ROME groups these occupations in one domaine professionnel, it gives no figure.
SAME_DOMAIN_PROXIMITY: Final = 0.5
# Bassins without a mention that are added before the share is taken, so that few bassins weigh little.
PRIOR_BASSINS: Final = 10
LEAST_PROXIMITY: Final = 0.1

_SHOWN: Final = 3
_LONGEST_ECHO: Final = 40
_EXPECTED: Final = "Attendu : un code ROME (une lettre et quatre chiffres), par exemple F1703 pour Maçonnerie."


class UnknownOccupationError(LookupError):
    """A code that is not in the ROME v3; the message is a remedy in French, fit to be shown."""


class Occupation(msgspec.Struct, frozen=True):
    """A ROME v3 occupation. `domain` is its domaine professionnel: the first three characters of its code."""

    code: str
    label: str

    @property
    def domain(self) -> str:
        return self.code[:3]

    @property
    def major_domain(self) -> str:
        """Name of its grand domaine."""
        return MAJOR_DOMAINS[self.code[0]]


class Related(msgspec.Struct, frozen=True):
    """How many of the `bassins` that have a list for `code` name `related` in it."""

    code: str
    related: str
    bassins_listing_it: int
    bassins: int

    @property
    def proximity(self) -> float:
        return self.bassins_listing_it / (self.bassins + PRIOR_BASSINS)


class Occupations:
    """Look-ups by ROME code. Immutable; get it from `shared.occupations.occupations()`."""

    def __init__(self, occupations: Iterable[Occupation], related: Iterable[Related], version: str) -> None:
        self.all: Mapping[str, Occupation] = {occupation.code: occupation for occupation in occupations}
        self.version = version
        self._related: dict[str, list[Related]] = {}
        for pair in related:
            self._related.setdefault(pair.code, []).append(pair)

    def known(self, code: str) -> bool:
        return code in self.all

    def label(self, code: str) -> str:
        """French label of a code. Raises UnknownOccupationError with a remedy."""
        try:
            return self.all[code].label
        except KeyError:
            raise UnknownOccupationError(self.suggest(code)) from None

    def near(self, code: str) -> tuple[tuple[str, float], ...]:
        """Other occupations that a person of this one may turn to, nearest first: (code, proximity in ]0, 1[).

        Proximity is the larger of two figures: 0.5 within the same domaine professionnel, and the share of the bassins
        d'emploi whose list of related occupations names it (France Travail), over the bassins with a list plus ten.
        Not symmetric. It says nothing of a diploma or a licence that the other occupation may require. Empty for an
        unknown code.
        """
        if code not in self.all:
            return ()
        proximity = {other.code: SAME_DOMAIN_PROXIMITY for other in self._by_domain[code[:3]] if other.code != code}
        for pair in self._related.get(code, ()):
            if pair.proximity >= LEAST_PROXIMITY:
                proximity[pair.related] = max(proximity.get(pair.related, 0.0), pair.proximity)
        return tuple(sorted(proximity.items(), key=lambda item: (-item[1], item[0])))

    def suggest(self, code: str) -> str:
        """One sentence in French for a person who gave a ROME code that does not exist."""
        given = code.strip().upper()
        stripped = "".join(c if c.isprintable() else " " for c in code.strip()[:_LONGEST_ECHO])
        echo = f"« {stripped}{'…' if len(code.strip()) > _LONGEST_ECHO else ''} »"
        if given in self.all:
            return f"Le code s'écrit {self._named([given])}."
        if re.fullmatch(r"[A-Z]\d{4}", given):
            nearest = self._nearest(given)
            if nearest:
                return f"{echo} n'est pas un code ROME v3. Les plus proches : {self._named(nearest)}."
            return f"{echo} : aucun domaine du ROME ne commence par {given[0]}. {_EXPECTED}"
        if similar := self._names.find(code, _SHOWN):
            return f"{echo} n'est pas un code ROME. Métiers de ce nom : {self._named(similar)}."
        return f"{echo} n'est pas un code ROME. {_EXPECTED}"

    def _nearest(self, code: str) -> list[str]:
        """Codes of the same grand domaine by distance of their number."""
        inside = [other for other in self.all if other[0] == code[0]]
        return sorted(inside, key=lambda other: (abs(int(other[1:]) - int(code[1:])), other))[:_SHOWN]

    def _named(self, codes: Iterable[str]) -> str:
        return ", ".join(f"{code} ({self.all[code].label})" for code in codes)

    @cached_property
    def _by_domain(self) -> dict[str, list[Occupation]]:
        found: dict[str, list[Occupation]] = {}
        for occupation in self.all.values():
            found.setdefault(occupation.domain, []).append(occupation)
        return found

    @cached_property
    def _names(self) -> NameIndex:
        return NameIndex((occupation.label, occupation.code, 0) for occupation in self.all.values())
