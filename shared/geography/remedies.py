"""What to tell a person who gave a code that does not exist.

The usual mistakes, in the order they are looked for: a code whose commune was merged, a postal code, a leading zero
lost by a spreadsheet, a collectivity outside the pack, a typing error, and a name instead of a code.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from shared.geography.passages import Passages, Standing
from shared.geography.places import Commune, Departement, Territory
from shared.name_search import NameIndex

SHOWN: Final = 3
_COMMUNE_FORM: Final = re.compile(r"(?:\d\d|2[AB])\d{3}")
# Overseas collectivities with their own status: real codes, outside the métropole and the five DROM.
_OUTSIDE: Final = ("975", "977", "978", "984", "986", "987", "988", "989")
_COMMUNE_EXPECTED: Final = (
    "Attendu : le code INSEE de la commune (5 caractères), par exemple 15014 pour Aurillac.",
    "Expected the INSEE code of the commune (5 characters), for example 15014 for Aurillac.",
)
_TERRITORY_EXPECTED: Final = (
    "Attendu : le SIREN d'un EPCI (9 chiffres), par exemple 241500230.",
    "Expected the SIREN of an EPCI (9 digits), for example 241500230.",
)
# A text given in place of a code can be anything: what is longer is not repeated in the answer.
_LONGEST_ECHO: Final = 40


@dataclass(frozen=True)
class Remedies:
    """Sentences for unknown codes, in French or ("en") English. Postal codes are read only when somebody needs them."""

    communes: Mapping[str, Commune]
    territories: Mapping[str, Territory]
    departements: Mapping[str, Departement]
    passages: Passages
    read_postal: Callable[[], Mapping[str, tuple[str, ...]]]

    @cached_property
    def postal(self) -> Mapping[str, tuple[str, ...]]:
        """Postal code -> commune codes, most populous first."""
        return self.read_postal()

    @cached_property
    def _commune_names(self) -> NameIndex:
        return NameIndex((c.name, c.code, c.population) for c in self.communes.values())

    @cached_property
    def _territory_names(self) -> NameIndex:
        return NameIndex((t.name, t.code, t.population) for t in self.territories.values())

    def for_commune(self, code: str, lang: str = "fr") -> str:
        given = code.strip().upper()
        echo, told = _echo(code, lang), _Told(lang)
        if not given:
            return told("Le code de commune est vide.", "The commune code is empty.", _COMMUNE_EXPECTED)
        if given in self.communes:
            spelt = self._communes([given], lang)
            return told(f"Le code s'écrit {spelt}.", f"The code is written {spelt}.")
        meant = self.passages.today(given)
        named = self._communes(meant.communes, lang)
        if meant.standing is Standing.FORMER:
            return told(
                f"{echo} est un ancien code : la commune actuelle est {named}.",
                f"{echo} is a former code: the commune is now {named}.",
            )
        if meant.standing is Standing.SPLIT:
            return told(
                f"{echo} est l'ancien code d'une commune partagée : choisissez entre {named}.",
                f"{echo} is the former code of a commune that was divided: choose among {named}.",
            )
        if meant.standing is Standing.OUTSIDE:
            return told(
                f"{echo} a quitté le référentiel (métropole et cinq DROM) avec un changement de statut.",
                f"{echo} left the reference (metropolitan France and five DROM) when its status changed.",
            )
        if given in self.postal:
            inside = self._communes(self.postal[given], lang)
            return told(
                f"{echo} est un code postal. Code INSEE attendu : {inside}.",
                f"{echo} is a postal code. Expected the INSEE code: {inside}.",
            )
        if f"0{given}" in self.communes:
            whole = self._communes([f"0{given}"], lang)
            return told(
                f"{echo} a perdu son zéro initial (souvent dans un tableur) : {whole}.",
                f"{echo} has lost its leading zero (often in a spreadsheet): {whole}.",
            )
        if _COMMUNE_FORM.fullmatch(given):
            return self._nearest_communes(given, lang)
        if similar := self._commune_names.find(code, SHOWN):
            found = self._communes(similar, lang)
            return told(
                f"{echo} n'est pas un code de commune. Communes de ce nom : {found}.",
                f"{echo} is no commune code. Communes of that name: {found}.",
            )
        return told(f"{echo} n'est pas un code de commune.", f"{echo} is no commune code.", _COMMUNE_EXPECTED)

    def for_territory(self, code: str, lang: str = "fr") -> str:
        given = code.strip()
        echo, told = _echo(code, lang), _Told(lang)
        if given in self.departements:
            inside = sorted(
                (t for t in self.territories.values() if given in t.departements), key=lambda t: -t.population
            )
            names = self._territories((t.code for t in inside), lang)
            own = self.departements[given].name
            return told(
                f"{echo} est un département ({own}). Ses territoires : {names}.",
                f"{echo} is a département ({own}). Its territories: {names}.",
            )
        if re.fullmatch(r"\d{9}", given):
            # By digits, place by place: typing errors change or swap single digits.
            nearest = sorted(
                (t for t in self.territories if len(t) == len(given)),
                key=lambda found: (sum(a != b for a, b in zip(given, found, strict=True)), found),
            )
            names = self._territories(nearest[:SHOWN], lang)
            return told(
                f"Aucun territoire n'a le code {echo}. Les plus proches : {names}.",
                f"No territory has the code {echo}. The nearest: {names}.",
            )
        if similar := self._territory_names.find(code, SHOWN):
            names = self._territories(similar, lang)
            return told(
                f"{echo} n'est pas un code de territoire. Territoires de ce nom : {names}.",
                f"{echo} is no territory code. Territories of that name: {names}.",
            )
        return told(f"{echo} n'est pas un code de territoire.", f"{echo} is no territory code.", _TERRITORY_EXPECTED)

    def _nearest_communes(self, code: str, lang: str) -> str:
        """Communes of the same département by distance of their number."""
        echo, told = _echo(code, lang), _Told(lang)
        if code.startswith(_OUTSIDE):
            return told(
                f"{echo} est dans une collectivité d'outre-mer hors du référentiel (métropole et cinq DROM).",
                f"{echo} is in an overseas collectivity outside the reference (metropolitan France and five DROM).",
            )
        departement = code[:3] if code.startswith("97") else code[:2]
        inside = [found for found in self.communes if found.startswith(departement)]
        if not inside:
            return told(
                f"{echo} : aucun département n'a le code {departement}.",
                f"{echo}: no département has the code {departement}.",
                _COMMUNE_EXPECTED,
            )
        number = int(code[2:])
        nearest = sorted(inside, key=lambda found: (abs(int(found[2:]) - number), found))[:SHOWN]
        named = self._communes(nearest, lang)
        return told(
            f"Aucune commune n'a le code {echo}. Les plus proches : {named}.",
            f"No commune has the code {echo}. The nearest: {named}.",
        )

    def _communes(self, codes: Iterable[str], lang: str) -> str:
        return _listed((f"{code} ({self.communes[code].name})" for code in codes), lang)

    def _territories(self, codes: Iterable[str], lang: str) -> str:
        return _listed((f"{code} ({self.territories[code].name})" for code in codes), lang)


@dataclass(frozen=True)
class _Told:
    """A sentence in the reader's language, with what was expected after it."""

    lang: str

    def __call__(self, french: str, english: str, expected: tuple[str, str] | None = None) -> str:
        in_english = self.lang == "en"
        return (english if in_english else french) + (f" {expected[in_english]}" if expected else "")


def _echo(text: str, lang: str) -> str:
    stripped = text.strip()
    shown = "".join(c if c.isprintable() else " " for c in stripped[:_LONGEST_ECHO])
    shown += "…" if len(stripped) > _LONGEST_ECHO else ""
    return f"“{shown}”" if lang == "en" else f"« {shown} »"


def _listed(items: Iterable[str], lang: str) -> str:
    found = list(items)
    more = len(found) - SHOWN
    if more <= 0:
        return ", ".join(found)
    rest = f" and {more} more" if lang == "en" else f" et {more} autre{'s' if more > 1 else ''}"
    return ", ".join(found[:SHOWN]) + rest
