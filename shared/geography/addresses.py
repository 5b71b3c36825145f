"""Which commune an address names. A postal code holds several communes and a name stands in several départements: the
two together name one, or the person is asked. Nothing is guessed: no likeness, no most populous commune.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from shared.geography.passages import Passages
from shared.geography.places import Commune
from shared.name_search import plain

Kind = Literal["address_incomplete", "address_ambiguous", "address_unknown"]
SHOWN: Final = 8
_POSTAL: Final = re.compile(r"(?<!\d)\d{5}(?!\d)")
_SEPARATOR: Final = re.compile(r"[,;\n\r()]|\s[-–—]\s")
# "St-Flour", "Ste Foy", "Ville s/ Mer": as they are written on letters.
_SHORTENED: Final = (
    (re.compile(r"\bste\b"), "sainte"),
    (re.compile(r"\bst\b"), "saint"),
    (re.compile(r"\bs (?=\w\w)"), "sur "),
)
_AFTER_TOWN: Final = re.compile(r" (?:cedex(?: \d{1,2})?|(?<! en )(?<! de )france)$")
_ARRONDISSEMENT: Final = re.compile(r"^(paris|lyon|marseille) \d{1,2} ?(?:er?|e|eme)?(?: arrondissement)?$")
_ARTICLE: Final = re.compile(r"^(?:le|la|les|l) ")


class AddressUnresolvedError(LookupError):
    """An address that names no commune, or several. `kind` says which; `remedy`, in French, names candidates."""

    def __init__(self, kind: Kind, place: str, remedy: str) -> None:
        super().__init__(f"{kind}: {place}")
        self.kind: Kind = kind
        self.place = place
        self.remedy = remedy


@dataclass(frozen=True)
class Addresses:
    """Look-up of communes by the last line of an address."""

    communes: Mapping[str, Commune]
    postal: Mapping[str, tuple[str, ...]]
    passages: Passages

    @cached_property
    def _by_former_name(self) -> dict[str, list[Commune]]:
        """Names of communes that merged stay in addresses: "69310 Pierre-Bénite" lies in Oullins-Pierre-Bénite."""
        found: dict[str, list[Commune]] = {}
        for passage in self.passages.all:
            heir = self.communes.get(self.passages.today(passage.before).commune or "") if passage.name else None
            for name in _spellings(passage.name) if heir is not None else ():
                if heir is not None and heir not in found.setdefault(name, []):
                    found[name].append(heir)
        return found

    @cached_property
    def _by_name(self) -> dict[str, list[Commune]]:
        found: dict[str, list[Commune]] = {}
        for commune in self.communes.values():
            for name in _spellings(commune.name):
                found.setdefault(name, []).append(commune)
        return found

    def commune_at(self, address: str) -> Commune:
        """The one commune that "12 rue des Carmes, 15000 Aurillac" names. Raises AddressUnresolvedError."""
        codes = list(_POSTAL.finditer(address))
        if not codes:
            raise AddressUnresolvedError(
                "address_incomplete", "", "12 rue des Carmes, 15000 Aurillac (code postal puis commune)"
            )
        code = codes[-1]
        rest = address[code.end() :]
        town = _town(rest)  # whole: some names have a dash or a bracket in them
        if town not in self._by_name and town not in self._by_former_name:
            town = _town(_SEPARATOR.split(rest)[0])
        if not town:  # « Aurillac (15000) », or the code alone
            before = [part for part in _SEPARATOR.split(address[: code.start()]) if part.strip()]
            last = _town(before[-1]) if before else ""
            town = last if last in self._by_name else ""
        return self._found(code.group(), town)

    def _found(self, postal_code: str, town: str) -> Commune:
        inside = [self.communes[code] for code in self.postal.get(postal_code, ())]
        named = self._by_name.get(town, [])
        fitting = self._fitting(postal_code, inside, named) if town else inside
        if town and not fitting:  # a name of today comes before one of yesterday
            former = self._by_former_name.get(town, [])
            fitting = self._fitting(postal_code, inside, former)
            named = named or former
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise AddressUnresolvedError("address_ambiguous", f"{postal_code} {town}".strip(), _listed(fitting))
        candidates = [*inside, *(one for one in named if one not in inside)]
        remedy = _listed(candidates) if candidates else "12 rue des Carmes, 15000 Aurillac (code postal puis commune)"
        raise AddressUnresolvedError("address_unknown", f"{postal_code} {town}".strip(), remedy)

    def _fitting(self, postal_code: str, inside: list[Commune], named: list[Commune]) -> list[Commune]:
        if inside:
            return [one for one in named if one in inside]
        # CEDEX and other codes of La Poste that are no commune's: the département is theirs.
        return [one for one in named if postal_code.startswith(_postal_start(one.departement))]


def _town(text: str) -> str:
    words = f" {plain(text)}"
    while (shorter := _AFTER_TOWN.sub("", words)) != words:
        words = shorter
    name = words.strip()
    for pattern, whole in _SHORTENED:
        name = pattern.sub(whole, name)
    return _ARRONDISSEMENT.sub(r"\1", name)


def _spellings(name: str) -> set[str]:
    """The name, and the name without its article, as La Poste often writes it."""
    whole = plain(name)
    return {whole, _ARTICLE.sub("", whole)}


def _postal_start(departement: str) -> str:
    return "20" if departement in {"2A", "2B"} else departement


def _listed(communes: Iterable[Commune]) -> str:
    found = list(communes)
    shown = ", ".join(f"{one.code} ({one.name})" for one in found[:SHOWN])
    return f"{shown}…" if len(found) > SHOWN else shown
