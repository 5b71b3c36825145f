"""Names of places and occupations that people type: suggestions, and the code that a name stands for."""

from functools import cache
from typing import Final

from shared.geography import geography
from shared.name_search import NameIndex, plain
from shared.occupations import occupations

KINDS: Final = ("communes", "territories", "occupations")
SUGGESTED: Final = 8


@cache
def _index(kind: str) -> NameIndex:
    atlas = geography()
    if kind == "communes":
        return NameIndex((one.name, one.code, one.population) for one in atlas.communes.values())
    if kind == "territories":
        names = [(one.name, one.code, float(one.population)) for one in atlas.territories.values()]
        return NameIndex(names + [(one.name, one.code, float(one.population)) for one in atlas.departements.values()])
    return NameIndex((one.label, one.code, 0.0) for one in occupations().all.values())


def name_of(kind: str, code: str) -> str | None:
    """The name of a code; None for an unknown one."""
    atlas = geography()
    if kind == "communes":
        commune = atlas.commune(code)
        return commune.name if commune else None
    if kind == "territories":
        place = atlas.territory(code) or atlas.departement(code)
        return place.name if place else None
    return occupations().label(code) if occupations().known(code) else None


def named(kind: str, code: str) -> str:
    """ "Aurillac (15014)"; the code alone where it is unknown."""
    name = name_of(kind, code)
    return f"{name} ({code})" if name else code


def suggestions(kind: str, text: str) -> list[tuple[str, str]]:
    """(code, "name (code)") of what a text may mean, most likely first."""
    code = text.strip().upper()
    if name_of(kind, code) is not None:
        return [(code, named(kind, code))]
    return [(found, named(kind, found)) for found in _index(kind).find(text, SUGGESTED)]


def resolve(kind: str, text: str) -> tuple[str | None, str | None]:
    """The code that a code or a name stands for; where it is not one alone, None and what it may be."""
    found = suggestions(kind, text)
    exact = [code for code, _ in found if plain(name_of(kind, code) or "") == plain(text) or code == text.upper()]
    if len(exact) == 1:
        return exact[0], None
    if len(found) == 1:
        return found[0][0], None
    remedy = " · ".join(shown for _, shown in found[:5])
    if remedy:
        return None, remedy
    if kind == "communes":
        return None, geography().suggest(text)
    return None, geography().suggest_territory(text) if kind == "territories" else occupations().suggest(text)
