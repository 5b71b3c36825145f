"""Territories as the rules of notify need them, from the reference geography."""

from functools import cache

from shared.geography import geography
from shared.geography.atlas import UnknownCommuneError


@cache
def areas_of(territory: str) -> frozenset[str]:
    """The territory's code and those of the départements it reaches into."""
    known = geography().territory(territory)
    return frozenset({territory, *(known.departements if known else ())})


@cache
def territory_of(commune: str) -> str | None:
    """The territory of a commune; None where this platform's geography does not have it."""
    try:
        return geography().territory_of(commune)
    except UnknownCommuneError:
        return None
