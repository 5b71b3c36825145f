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
_COMMUNE_EXPECTED: Final = "Attendu : le code INSEE de la commune (5 caractères), par exemple 15014 pour Aurillac."
_TERRITORY_EXPECTED: Final = "Attendu : le SIREN d'un EPCI (9 chiffres), par exemple 241500230."
# A text given in place of a code can be anything: what is longer is not repeated in the answer.
_LONGEST_ECHO: Final = 40


@dataclass(frozen=True)
class Remedies:
    """Sentences in French for unknown codes. Postal codes are read only when somebody needs them."""

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

    def for_commune(self, code: str) -> str:
        given = code.strip().upper()
        echo = _echo(code)
        if not given:
            return f"Le code de commune est vide. {_COMMUNE_EXPECTED}"
        if given in self.communes:
            return f"Le code s'écrit {self._communes([given])}."
        meant = self.passages.today(given)
        if meant.standing is Standing.FORMER:
            return f"{echo} est un ancien code : la commune actuelle est {self._communes(meant.communes)}."
        if meant.standing is Standing.SPLIT:
            return (
                f"{echo} est l'ancien code d'une commune partagée : choisissez entre {self._communes(meant.communes)}."
            )
        if meant.standing is Standing.OUTSIDE:
            return f"{echo} a quitté le référentiel (métropole et cinq DROM) avec un changement de statut."
        if given in self.postal:
            return f"{echo} est un code postal. Code INSEE attendu : {self._communes(self.postal[given])}."
        if f"0{given}" in self.communes:
            return f"{echo} a perdu son zéro initial (souvent dans un tableur) : {self._communes([f'0{given}'])}."
        if _COMMUNE_FORM.fullmatch(given):
            return self._nearest_communes(given)
        if similar := self._commune_names.find(code, SHOWN):
            return f"{echo} n'est pas un code de commune. Communes de ce nom : {self._communes(similar)}."
        return f"{echo} n'est pas un code de commune. {_COMMUNE_EXPECTED}"

    def for_territory(self, code: str) -> str:
        given = code.strip()
        echo = _echo(code)
        if given in self.departements:
            inside = sorted(
                (t for t in self.territories.values() if given in t.departements), key=lambda t: -t.population
            )
            names = self._territories(t.code for t in inside)
            return f"{echo} est un département ({self.departements[given].name}). Ses territoires : {names}."
        if re.fullmatch(r"\d{9}", given):
            # By digits, place by place: typing errors change or swap single digits.
            nearest = sorted(
                (t for t in self.territories if len(t) == len(given)),
                key=lambda found: (sum(a != b for a, b in zip(given, found, strict=True)), found),
            )
            return f"Aucun territoire n'a le code {echo}. Les plus proches : {self._territories(nearest[:SHOWN])}."
        if similar := self._territory_names.find(code, SHOWN):
            return f"{echo} n'est pas un code de territoire. Territoires de ce nom : {self._territories(similar)}."
        return f"{echo} n'est pas un code de territoire. {_TERRITORY_EXPECTED}"

    def _nearest_communes(self, code: str) -> str:
        """Communes of the same département by distance of their number."""
        if code.startswith(_OUTSIDE):
            return f"« {code} » est dans une collectivité d'outre-mer hors du référentiel (métropole et cinq DROM)."
        departement = code[:3] if code.startswith("97") else code[:2]
        inside = [found for found in self.communes if found.startswith(departement)]
        if not inside:
            return f"« {code} » : aucun département n'a le code {departement}. {_COMMUNE_EXPECTED}"
        number = int(code[2:])
        nearest = sorted(inside, key=lambda found: (abs(int(found[2:]) - number), found))[:SHOWN]
        return f"Aucune commune n'a le code « {code} ». Les plus proches : {self._communes(nearest)}."

    def _communes(self, codes: Iterable[str]) -> str:
        return _listed(f"{code} ({self.communes[code].name})" for code in codes)

    def _territories(self, codes: Iterable[str]) -> str:
        return _listed(f"{code} ({self.territories[code].name})" for code in codes)


def _echo(text: str) -> str:
    stripped = text.strip()
    shown = "".join(c if c.isprintable() else " " for c in stripped[:_LONGEST_ECHO])
    return f"« {shown}{'…' if len(stripped) > _LONGEST_ECHO else ''} »"


def _listed(items: Iterable[str]) -> str:
    found = list(items)
    more = len(found) - SHOWN
    return ", ".join(found[:SHOWN]) + (f" et {more} autre{'s' if more > 1 else ''}" if more > 0 else "")
