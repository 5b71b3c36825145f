"""Which homes fit which households, jobs, reservations and commitments aside: what a decision then looks at.

The rules of `home_verdict`, applied to a pair when it is first asked about, and kept while neither side changes and the day
is the same. Nobody is told of a home that comes: a household catches up with what came to its territories when it is next
asked about. Most are not, since a home goes to the first whom it suits.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from services.matching.core.eligibility import decent_surface_m2, home_fits, most_rooms
from services.matching.core.model import Bans, Home, Household

NO_SIZES: Final[Mapping[int, set[str]]] = {}


@dataclass(slots=True)
class _Known:
    """What is known of a household: homes found, and by territory how many comings it has caught up with."""

    homes: dict[str, Home] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)


class Fitting:
    """The pairs, from both sides. `free_in` gives the homes of a territory that are not reserved."""

    def __init__(self, free_in: Callable[[str], Iterable[Home]]) -> None:
        self._free_in = free_in
        self._day = date.min
        self._households: dict[str, tuple[Household, Bans]] = {}
        self._wanting: dict[str, dict[int, set[str]]] = defaultdict(dict)  # by territory and size
        self._known: dict[str, _Known] = {}
        self._of_home: dict[str, set[str]] = defaultdict(set)
        self._came: dict[str, list[Home]] = defaultdict(list)  # today, by territory: comings, in order

    def put_household(self, household: Household, bans: Bans) -> None:
        """Adds a household that `drop_household` does not know any more."""
        self._households[household.id] = (household, bans)
        for territory in household.wanted:
            self._wanting[territory].setdefault(household.size, set()).add(household.id)

    def drop_household(self, household: Household) -> None:
        self._households.pop(household.id, None)
        for territory in household.wanted:
            self._wanting[territory][household.size].discard(household.id)
        self.forget(household.id)

    def forget(self, household: str) -> None:
        """Frees what is known of a household's homes, for who asks once: it is found again when it is asked for."""
        known = self._known.pop(household, None)
        for home in known.homes if known else ():
            self._of_home[home].discard(household)

    def put_home(self, home: Home) -> None:
        """A home that comes, or that is free again."""
        if self._known:
            self._came[home.territory].append(home)

    def drop_home(self, identifier: str) -> None:
        for name in self._of_home.pop(identifier, ()):
            del self._known[name].homes[identifier]

    def in_reach(self, home: Home) -> list[str]:
        """Households that want its territory and are of a size for it; in no order."""
        found: list[str] = []
        for size, names in self._wanting.get(home.territory, NO_SIZES).items():
            if _of_size(home, size):
                found += names
        return found

    def fits(self, household: str, home: Home, today: date) -> bool:
        """Whether one home fits a household on a day."""
        known, bans = self._households[household]
        return _of_size(home, known.size) and home_fits(known, home, today=today, bans=bans)

    def homes(self, household: str, today: date, is_current: Callable[[Home], bool]) -> Mapping[str, Home]:
        """The homes that fit a household on a day, by id: all that are not reserved, and maybe others.

        `is_current`: whether a home that came is still there as it was, and not reserved.
        """
        if today != self._day:
            self._day = today
            self._known.clear()
            self._of_home.clear()
            self._came.clear()
        wanted = self._households[household][0].wanted
        known = self._known.get(household)
        if known is None:
            known = self._known[household] = _Known()
            for territory in wanted:
                self._add(household, known, self._free_in(territory))
                known.seen[territory] = len(self._came.get(territory, ()))
            return known.homes
        for territory in wanted:
            came = self._came.get(territory, ())
            if known.seen[territory] < len(came):
                self._add(household, known, filter(is_current, came[known.seen[territory] :]))
                known.seen[territory] = len(came)
        return known.homes

    def _add(self, household: str, known: _Known, homes: Iterable[Home]) -> None:
        for home in homes:
            if home.id not in known.homes and self.fits(household, home, self._day):
                known.homes[home.id] = home
                self._of_home[home.id].add(household)


def _of_size(home: Home, persons: int) -> bool:
    """Two of the rules, at hand before the others are asked: they leave out most pairs."""
    return home.rooms <= most_rooms(persons) and home.surface_m2 >= decent_surface_m2(persons)
