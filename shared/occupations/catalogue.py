"""Occupations by ROME code, v3 and 4.0: labels, near occupations and remedies for unknown codes.

The v3 has 532 codes, each a sheet. The 4.0 keeps them all as codes and cuts most sheets up: each of its 1,584 codes comes
from one v3 sheet. A code of the v3 may thus mean the whole sheet or the one occupation that kept its code; nobody can
tell which, so a sheet and the codes that came from it are taken as nearly the same occupation.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

import msgspec

from shared.name_search import NameIndex

# Codes of one v3 sheet were one code until the 4.0: nearly the same. A convention of ours, no figure of the ROME.
SAME_SHEET_PROXIMITY: Final = 0.9
# A convention of ours: the ROME groups these occupations in one domaine professionnel, it gives no figure.
SAME_DOMAIN_PROXIMITY: Final = 0.5
# Bassins without a mention that are added before the share is taken, so that few bassins weigh little.
PRIOR_BASSINS: Final = 10
LEAST_PROXIMITY: Final = 0.1

_SHOWN: Final = 3
_LONGEST_ECHO: Final = 40
_EXPECTED: Final = (
    "Attendu : un code ROME (une lettre et quatre chiffres), par exemple F1703 pour Maçonnerie.",
    "Expected a ROME code (a letter and four digits), for example F1703 for Maçonnerie.",
)


class UnknownOccupationError(LookupError):
    """A code that is neither in the ROME v3 nor in the 4.0; the message is a remedy in French, fit to be shown."""


class Occupation(msgspec.Struct, frozen=True):
    """An occupation of the ROME.

    `label` is the v3 label of a v3 code, else the 4.0 title. `title` is the 4.0 title, None for a code that the 4.0 of
    the pack does not have. `origin` is the v3 sheet of a code that only the 4.0 has. `valid_from` and `valid_until` are
    the versions between which the 4.0 held the code (None: since before, or until after, what the packs have seen).
    """

    code: str
    label: str
    title: str | None = None
    origin: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None

    @property
    def sheet(self) -> str:
        """The v3 code: its own, or that of the sheet from which the 4.0 took it."""
        return self.origin or self.code

    @property
    def domain(self) -> str:
        """Its domaine professionnel: the first three characters of its code."""
        return self.code[:3]


class Related(msgspec.Struct, frozen=True):
    """How many of the `bassins` that have a list for `code` name `related` in it (v3 codes)."""

    code: str
    related: str
    bassins_listing_it: int
    bassins: int

    @property
    def proximity(self) -> float:
        return self.bassins_listing_it / (self.bassins + PRIOR_BASSINS)


class Occupations:
    """Look-ups by ROME code. Immutable; get it from `shared.occupations.occupations()`."""

    def __init__(
        self, occupations: Iterable[Occupation], related: Iterable[Related], version: str, vintage: str = "4.0"
    ) -> None:
        """`version`: hash of the content. `vintage`: the version of the ROME 4.0, as its producer names it."""
        self.all: Mapping[str, Occupation] = {occupation.code: occupation for occupation in occupations}
        self.version = version
        self.vintage = vintage
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

    def sheet_of(self, code: str) -> str | None:
        """The v3 code of a v3 or 4.0 code; None for an unknown one."""
        known = self.all.get(code)
        return known.sheet if known is not None else None

    def of_sheet(self, sheet: str) -> tuple[str, ...]:
        """Every code of a v3 sheet: its own and those that the 4.0 took out of it; none for another code."""
        return self._by_sheet.get(sheet, ())

    def near(self, code: str) -> tuple[tuple[str, float], ...]:
        """Other occupations that a person of this one may turn to, nearest first: (code, proximity in ]0, 1[).

        Proximity is the largest of three figures: 0.9 within the same v3 sheet, 0.5 within the same domaine
        professionnel (its own or its sheet's), and the share of the bassins d'emploi whose list of related sheets names
        the other's (France Travail), over the bassins with a list plus ten. Not symmetric. It says nothing of a diploma
        or a licence that the other occupation may require. Empty for an unknown code.
        """
        known = self.all.get(code)
        if known is None:
            return ()
        proximity = {
            other: SAME_DOMAIN_PROXIMITY
            for domain in {known.domain, known.sheet[:3]}
            for other in self._by_domain.get(domain, ())
        }
        for pair in self._related.get(known.sheet, ()):
            if pair.proximity >= LEAST_PROXIMITY:
                for other in self.of_sheet(pair.related):
                    proximity[other] = max(proximity.get(other, 0.0), pair.proximity)
        proximity |= dict.fromkeys(self.of_sheet(known.sheet), SAME_SHEET_PROXIMITY)
        proximity.pop(code, None)
        return tuple(sorted(proximity.items(), key=lambda item: (-item[1], item[0])))

    def near_sheets(self, code: str) -> tuple[tuple[str, float], ...]:
        """`near`, of v3 codes only: for data in which no other code stands."""
        return tuple((other, proximity) for other, proximity in self.near(code) if self.all[other].origin is None)

    def suggest(self, code: str, lang: str = "fr") -> str:
        """One sentence for a person who gave a ROME code that does not exist, in French or ("en") English."""
        english = lang == "en"
        given = code.strip().upper()
        stripped = "".join(c if c.isprintable() else " " for c in code.strip()[:_LONGEST_ECHO])
        stripped += "…" if len(code.strip()) > _LONGEST_ECHO else ""
        echo = f"“{stripped}”" if english else f"« {stripped} »"
        expected = _EXPECTED[english]
        if given in self.all:
            named = self._named([given])
            return f"The code is written {named}." if english else f"Le code s'écrit {named}."
        if re.fullmatch(r"[A-Z]\d{4}", given):
            nearest = self._named(self._nearest(given))
            if nearest and english:
                return (
                    f"{echo} is no ROME code (v3, or {self.vintage}). The nearest: {nearest}. "
                    "If it is newer: ancrage reference update rome."
                )
            if nearest:
                return (
                    f"{echo} n'est pas un code ROME (v3, ou {self.vintage}). Les plus proches : {nearest}. "
                    "S'il est plus récent : ancrage reference update rome."
                )
            if english:
                return f"{echo}: no field of the ROME begins with {given[0]}. {expected}"
            return f"{echo} : aucun domaine du ROME ne commence par {given[0]}. {expected}"
        if similar := self._names.find(code, _SHOWN):
            named = self._named(similar)
            if english:
                return f"{echo} is no ROME code. Occupations of that name: {named}."
            return f"{echo} n'est pas un code ROME. Métiers de ce nom : {named}."
        return f"{echo} is no ROME code. {expected}" if english else f"{echo} n'est pas un code ROME. {expected}"

    def _nearest(self, code: str) -> list[str]:
        """Codes of the same grand domaine by distance of their number."""
        inside = [other for other in self.all if other[0] == code[0]]
        return sorted(inside, key=lambda other: (abs(int(other[1:]) - int(code[1:])), other))[:_SHOWN]

    def _named(self, codes: Iterable[str]) -> str:
        return ", ".join(f"{code} ({self.all[code].label})" for code in codes)

    @cached_property
    def _by_domain(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for occupation in self.all.values():
            found.setdefault(occupation.domain, []).append(occupation.code)
        return found

    @cached_property
    def _by_sheet(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for occupation in self.all.values():
            found.setdefault(occupation.sheet, []).append(occupation.code)
        return {sheet: tuple(codes) for sheet, codes in found.items()}

    @cached_property
    def _names(self) -> NameIndex:
        return NameIndex((occupation.label, occupation.code, 0) for occupation in self.all.values())
