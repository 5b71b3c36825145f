"""Which homes fit which households, jobs, reservations and commitments aside: what a decision then looks at.

The rules of `home_verdict`, applied once to each pair and kept while neither side changes and the day is the same. A
household's homes are found when it is first asked about; from then on each home that comes or goes is added or removed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final

from services.matching.core.eligibility import decent_surface_m2, home_verdict, most_rooms
from services.matching.core.model import Bans, Home, Household
from services.matching.core.reasons import Eligible

NO_SIZES: Final[Mapping[int, set[str]]] = {}


class Fitting:
    """The pairs, from both sides. `homes_in` gives the homes of a territory."""

    def __init__(self, homes_in: Callable[[str], Iterable[Home]]) -> None:
        self._homes_in = homes_in
        self._day = date.min
        self._households: dict[str, tuple[Household, Bans]] = {}
        self._wanting: dict[str, dict[int, set[str]]] = defaultdict(dict)  # by territory and size
        self._found: dict[str, dict[str, Home]] = {}
        self._of_home: dict[str, set[str]] = defaultdict(set)

    def put_household(self, household: Household, bans: Bans) -> None:
        """Adds a household that `drop_household` does not know any more."""
        self._households[household.id] = (household, bans)
        for territory in household.wanted:
            self._wanting[territory].setdefault(household.size, set()).add(household.id)

    def drop_household(self, household: Household) -> None:
        self._households.pop(household.id, None)
        for territory in household.wanted:
            self._wanting[territory][household.size].discard(household.id)
        for home in self._found.pop(household.id, {}):
            self._of_home[home].discard(household.id)

    def put_home(self, home: Home) -> None:
        """Tells the households whose homes are known about one more."""
        for name in self.in_reach(home) if self._found else ():
            if name in self._found and self._fits(name, home):
                self._add(name, home)

    def drop_home(self, identifier: str) -> None:
        for name in self._of_home.pop(identifier, ()):
            del self._found[name][identifier]

    def in_reach(self, home: Home) -> list[str]:
        """Households that want its territory and are of a size for it; in no order."""
        found: list[str] = []
        for size, names in self._wanting.get(home.territory, NO_SIZES).items():
            if _of_size(home, size):
                found += names
        return found

    def homes(self, household: str, today: date) -> Mapping[str, Home]:
        """The homes that fit a household on a day, by id."""
        if today != self._day:
            self._day = today
            self._found.clear()
            self._of_home.clear()
        if household not in self._found:
            self._found[household] = {}
            known, _ = self._households[household]
            for territory in known.wanted:
                for home in self._homes_in(territory):
                    if _of_size(home, known.size) and self._fits(household, home):
                        self._add(household, home)
        return self._found[household]

    def _fits(self, household: str, home: Home) -> bool:
        known, bans = self._households[household]
        return isinstance(home_verdict(known, home, today=self._day, bans=bans), Eligible)

    def _add(self, household: str, home: Home) -> None:
        self._found[household][home.id] = home
        self._of_home[home.id].add(household)


def _of_size(home: Home, persons: int) -> bool:
    """Two of the rules, at hand before the others are asked: they leave out most pairs."""
    return home.rooms <= most_rooms(persons) and home.surface_m2 >= decent_surface_m2(persons)
