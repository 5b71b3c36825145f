"""The contract of `/offres/search`: which parameters it takes, how it refuses them, and what it finds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from deploy.simulators.france_travail.facts import departement
from deploy.simulators.france_travail.universe import DAY, Universe
from shared.geography import geography
from shared.geography.distance import distance_km

MOST_ROMES: Final = 200
MOST_COMMUNES: Final = 5
MOST_DEPARTEMENTS: Final = 5
PUBLISHED_SINCE: Final = ("1", "3", "7", "14", "31")
DEFAULT_DISTANCE_KM: Final = 10
KNOWN: Final = frozenset(
    {
        "range",
        "sort",
        "codeROME",
        "commune",
        "distance",
        "departement",
        "minCreationDate",
        "maxCreationDate",
        "publieeDepuis",
        "origineOffre",
    }
)
_RANGE: Final = re.compile(r"(\d+)-(\d+)")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


class Refused(Exception):
    """400 with the API's words."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Limits:
    """The published figures, or smaller ones so that small stocks meet them."""

    page: int = 150
    last_start: int = 3_000

    @property
    def last_end(self) -> int:
        return self.last_start + self.page - 1


@dataclass(frozen=True)
class Search:
    """A search that was accepted. Times are unix seconds, both ends included."""

    first: int
    last: int
    since: int | None = None
    until: int | None = None
    romes: frozenset[str] | None = None
    departements: frozenset[str] | None = None
    communes: frozenset[str] | None = None
    origin: str | None = None


def read(parameters: Mapping[str, str], limits: Limits, now: datetime) -> Search:
    """Raises Refused."""
    for name in parameters:
        if name not in KNOWN:
            raise Refused(f"Le paramètre « {name} » n'est pas simulé.")
    first, last = _range(parameters.get("range", f"0-{limits.page - 1}"), limits)
    since, until = _window(parameters, now)
    if parameters.get("sort", "0") not in ("0", "1", "2"):
        raise _wrong("sort")
    origin = parameters.get("origineOffre")
    if origin not in (None, "1", "2"):
        raise _wrong("origineOffre")
    return Search(
        first,
        last,
        since,
        until,
        _codes(parameters, "codeROME", r"[A-N]\d{4}", MOST_ROMES),
        _departements(parameters),
        _communes(parameters),
        origin,
    )


def _range(text: str, limits: Limits) -> tuple[int, int]:
    found = _RANGE.fullmatch(text)
    if found is None or int(found[2]) < int(found[1]):
        raise _wrong("range")
    first, last = int(found[1]), int(found[2])
    if first > limits.last_start:
        raise Refused(f"La position de début doit être inférieure ou égale à {limits.last_start}.")
    if last - first + 1 > limits.page:
        raise Refused("La plage de résultats demandée est trop importante.")
    if last > limits.last_end:
        raise Refused(f"La position de fin doit être inférieure ou égale à {limits.last_end}.")
    return first, last


def _window(parameters: Mapping[str, str], now: datetime) -> tuple[int | None, int | None]:
    since, until = parameters.get("minCreationDate"), parameters.get("maxCreationDate")
    if (since is None) != (until is None):
        raise Refused("Les paramètres « minCreationDate » et « maxCreationDate » doivent être renseignés ensemble.")
    if since is not None and until is not None:
        return _moment(since, "minCreationDate"), _moment(until, "maxCreationDate")
    days = parameters.get("publieeDepuis")
    if days is None:
        return None, None
    if days not in PUBLISHED_SINCE:
        raise _wrong("publieeDepuis")
    return int(now.timestamp()) - int(days) * DAY, None


def _moment(text: str, name: str) -> int:
    if not _DATE.fullmatch(text):
        raise _wrong(name)
    try:
        return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise _wrong(name) from None


def _codes(parameters: Mapping[str, str], name: str, form: str, most: int) -> frozenset[str] | None:
    given = parameters.get(name)
    if given is None:
        return None
    codes = given.split(",")
    if len(codes) > most:
        raise Refused(f"Le nombre de valeurs du paramètre « {name} » est limité à {most}.")
    if not all(re.fullmatch(form, code) for code in codes):
        raise _wrong(name)
    return frozenset(codes)


def _departements(parameters: Mapping[str, str]) -> frozenset[str] | None:
    codes = _codes(parameters, "departement", r"\d{2}|2[AB]|97\d", MOST_DEPARTEMENTS)
    if codes and any(geography().departement(code) is None for code in codes):
        raise _wrong("departement")
    return codes


def _communes(parameters: Mapping[str, str]) -> frozenset[str] | None:
    """Communes within the distance, 10 km unless stated: a commune alone is a circle around it."""
    codes = _codes(parameters, "commune", r"(\d{2}|2[AB])\d{3}", MOST_COMMUNES)
    if codes is None:
        return None
    centres = [geography().commune(code) for code in codes]
    if any(centre is None for centre in centres):
        raise _wrong("commune")
    if not parameters.get("distance", str(DEFAULT_DISTANCE_KM)).isdigit():
        raise _wrong("distance")
    radius = int(parameters.get("distance", DEFAULT_DISTANCE_KM))
    inside = {centre.code for centre in centres if centre}
    if radius:
        inside |= {
            commune.code
            for commune in geography().communes.values()
            for centre in centres
            if centre and distance_km(centre, commune) <= radius
        }
    return frozenset(inside)


def _wrong(name: str) -> Refused:
    return Refused(f"Valeur du paramètre « {name} » incorrecte.")


class Finder:
    """Finds offers of a universe, newest first. Look-ups by date are binary searches, the rest masks over the window."""

    def __init__(self, universe: Universe, *, serves_partners_unasked: bool = False) -> None:
        self._universe = universe
        self._serves_partners_unasked = serves_partners_unasked

    def find(self, search: Search) -> tuple[int, list[int]]:
        """(Number of offers that match, those from position `first` to `last`).

        A search that names no origin announces all and serves France Travail's own alone, as was measured in 2026.
        """
        universe = self._universe
        low = 0 if search.since is None else int(np.searchsorted(universe.created, search.since, "left"))
        high = len(universe) if search.until is None else int(np.searchsorted(universe.created, search.until, "right"))
        if high <= low:
            return 0, []
        matching = self._mask(search, low, high)
        total = int(matching.sum())
        served = matching
        if search.origin is None and not self._serves_partners_unasked:
            served = matching & ~universe.partner[low:high]
        numbers = np.flatnonzero(served)[::-1][search.first : search.last + 1] + low
        return total, [int(number) for number in numbers]

    def _mask(self, search: Search, low: int, high: int) -> npt.NDArray[np.bool_]:
        universe = self._universe
        mask = universe.alive[low:high].copy()
        if search.origin is not None:
            mask &= universe.partner[low:high] == (search.origin == "2")
        rows = universe.row[low:high]
        if search.romes is not None:
            wanted = np.array([code in search.romes for code in universe.romes])
            mask &= wanted[universe.row_rome[rows]]
        if search.departements is not None:
            wanted = np.array([code in search.departements for code in self._departements])
            mask &= wanted[universe.row_commune[rows]]
        if search.communes is not None:
            wanted = np.array([code in search.communes for code in self._communes])
            mask &= wanted[universe.row_commune[rows]]
        return mask

    @cached_property
    def _departements(self) -> list[str | None]:
        return [departement(code or None) for code in self._universe.communes]

    @cached_property
    def _communes(self) -> list[str | None]:
        return [geography().current_code(code) if code else None for code in self._universe.communes]
