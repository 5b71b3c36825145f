"""The market in memory: homes, posts, households, commitments and what is reserved, with the indexes that matching needs.

A mutable collection without I/O; the shell feeds it with what is committed. Only loaded territories and zones are in it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from services.matching.core.fitting import Fitting
from services.matching.core.hosting import Arrival, counts, period_start
from services.matching.core.model import NO_BANS, Bans, Commitment, Home, Household, Post
from services.matching.core.programme import Programme
from shared.geography import Geography, distance_km
from shared.occupations import Occupations

Suitable = dict[str, list[tuple[Post, float]]]


@dataclass(frozen=True, slots=True)
class Reservation:
    """A live placement as the market sees it. `open` while it awaits its caseworker."""

    placement: str
    household: str | None
    vacancy: str
    offer: str | None
    caseworker: str
    commitment: str | None
    open: bool
    begun: date = date.min
    persons: int | None = None


class Market:
    """What is known now. `near` gives the proximity of each occupation that a household could take."""

    def __init__(self, geography: Geography, occupations: Occupations, programmes: dict[str, Programme]) -> None:
        self.geography = geography
        self.occupations = occupations
        self.programmes = programmes
        self.households: dict[str, Household] = {}
        self.bans: dict[str, Bans] = {}
        self.homes: dict[str, Home] = {}
        self.posts: dict[str, Post] = {}
        self.commitments: dict[str, Commitment] = {}
        self.reservations: dict[str, Reservation] = {}
        self.not_to_hold: frozenset[str] = frozenset()  # homes that prices may no longer keep waiting
        self.loaded_territories: set[str] = set()
        self.loaded_posts: set[tuple[str, str]] = set()
        self.loaded_searches: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()  # (territories wanted, occupations)
        self.open_by_caseworker: Counter[str] = Counter()
        self._claims: dict[tuple[str, str], set[str]] = defaultdict(set)  # by programme and territory: its sets' keys
        self._arrivals: dict[str, dict[str, Arrival]] = defaultdict(dict)  # by commitment and placement
        self._reserved_homes: dict[str, str] = {}
        self._reserved_households: dict[str, str] = {}
        self._homes_by_territory: dict[str, dict[str, Home]] = defaultdict(dict)
        self._territories_by_zone: dict[str, set[str]] = defaultdict(set)
        self._posts_by_zone: dict[str, dict[str, dict[str, dict[str, Post]]]] = defaultdict(dict)
        self._suitable: dict[str, dict[tuple[str, ...], Suitable]] = {}
        self._used: dict[str, tuple[date, Commitment]] = {}
        self._fitting = Fitting(self._free_homes_in)
        self._households_by_territory: dict[str, set[str]] = defaultdict(set)
        self._distances: dict[tuple[str, str], float] = {}
        self._near: dict[tuple[str, ...], dict[str, float]] = {}

    def put_home(self, home: Home) -> None:
        self.drop_home(home.id)
        self.homes[home.id] = home
        self._homes_by_territory[home.territory][home.id] = home
        self._territories_by_zone[home.zone].add(home.territory)
        self._fitting.put_home(home)

    def drop_home(self, identifier: str) -> None:
        home = self.homes.pop(identifier, None)
        if home is not None:
            del self._homes_by_territory[home.territory][identifier]
            self._fitting.drop_home(identifier)

    def territories_with_homes(self, zone: str) -> frozenset[str]:
        """Loaded territories that have, or had, a home in a zone d'emploi."""
        return frozenset(self._territories_by_zone.get(zone, ()))

    def homes_in(self, territory: str) -> Iterable[Home]:
        return self._homes_by_territory.get(territory, {}).values()

    def _free_homes_in(self, territory: str) -> Iterable[Home]:
        return (home for home in self.homes_in(territory) if home.id not in self._reserved_homes)

    def _is_free(self, home: Home) -> bool:
        return self.homes.get(home.id) is home and home.id not in self._reserved_homes

    def put_post(self, post: Post) -> None:
        self.drop_post(post.id)
        self.posts[post.id] = post
        by_commune = self._posts_by_zone[post.zone].setdefault(post.rome, {})
        by_commune.setdefault(post.commune, {})[post.id] = post
        self._forget_suitable(post.zone)

    def drop_post(self, identifier: str) -> None:
        post = self.posts.pop(identifier, None)
        if post is not None:
            by_commune = self._posts_by_zone[post.zone][post.rome]
            del by_commune[post.commune][identifier]
            if not by_commune[post.commune]:
                del by_commune[post.commune]
            if not by_commune:
                del self._posts_by_zone[post.zone][post.rome]
            self._forget_suitable(post.zone)

    def suitable_posts(self, rome: tuple[str, ...], zone: str) -> "Suitable":
        """Posts of a zone d'emploi in or near some occupations, with their proximity, by commune."""
        known = self._suitable.get(zone, {}).get(rome)
        if known is None:
            near, known = self.near(rome), {}
            for code, by_commune in self._posts_by_zone.get(zone, {}).items():
                proximity = near.get(code)
                if proximity is not None:
                    for commune, posts in by_commune.items():
                        known.setdefault(commune, []).extend((post, proximity) for post in posts.values())
            self._suitable.setdefault(zone, {})[rome] = known
        return known

    def _forget_suitable(self, zone: str) -> None:
        self._suitable.pop(zone, None)

    def has_posts(self, zone: str) -> bool:
        return bool(self._posts_by_zone.get(zone))

    def put_household(self, household: Household, bans: Bans = NO_BANS) -> None:
        self.drop_household(household.id)
        self.households[household.id] = household
        self.bans[household.id] = bans
        self._fitting.put_household(household, bans)
        for territory in household.wanted:
            self._households_by_territory[territory].add(household.id)

    def drop_household(self, identifier: str) -> None:
        household = self.households.pop(identifier, None)
        self.bans.pop(identifier, None)
        if household is not None:
            self._fitting.drop_household(household)
            for territory in household.wanted:
                self._households_by_territory[territory].discard(identifier)

    def wanting(self, territory: str) -> frozenset[str]:
        """Households that want a territory."""
        return frozenset(self._households_by_territory.get(territory, ()))

    def in_reach(self, home: Home) -> list[str]:
        """Households that want its territory and are of a size for it; in no order."""
        return self._fitting.in_reach(home)

    def fitting(self, household: str, today: date) -> Mapping[str, Home]:
        """Homes that fit a household on a day, by id, jobs and commitments aside: the free ones, and maybe others."""
        return self._fitting.homes(household, today, self._is_free)

    def forget_fitting(self, household: str) -> None:
        """Frees the memory of `fitting`, for who goes through all households once."""
        self._fitting.forget(household)

    def fits(self, household: str, home: str, today: date) -> bool:
        """Whether one home would be in `fitting`: there, free, and within the rules."""
        known = self.homes.get(home)
        return known is not None and self._is_free(known) and self._fitting.fits(household, known, today)

    def put_commitment(self, commitment: Commitment) -> None:
        self.drop_commitment(commitment.key)
        self.commitments[commitment.key] = commitment
        self._used.pop(commitment.key, None)
        for territory in self._set_of(commitment):
            self._claims[commitment.programme, territory].add(commitment.key)

    def drop_commitment(self, key: str) -> None:
        known = self.commitments.pop(key, None)
        if known is not None:
            for territory in self._set_of(known):
                self._claims[known.programme, territory].discard(key)

    def commitment_for(self, programme: str, territory: str) -> Commitment | None:
        """A programme's commitment for a territory: that of its set, else the one of its whole département.

        Of several sets, which ingest allows where all but one are closed, the open one.
        """
        claims = [self.commitments[key] for key in self._claims.get((programme, territory), ())]
        if claims:
            return max(claims, key=lambda one: (one.status == "open", one.key))
        place = self.geography.territory(territory)
        whole = self.commitments.get(f"{programme}:{place.departement}") if place else None
        return whole if whole is not None and not whole.area else None

    def commitment_over(self, programme: str, territory: str, today: date) -> Commitment | None:
        """`commitment_for`, with what counts against its capacity on a day."""
        found = self.commitment_for(programme, territory)
        return self._with_arrivals(found, today) if found else None

    def is_tight(self, commitment_key: str, today: date) -> bool:
        """Whether what a commitment has stated may keep a household out today."""
        found = self.commitments.get(commitment_key)
        if found is None:
            return False
        return found.capacity_persons is not None or not self._with_arrivals(found, today).has_room(0)

    def territories_under(self, commitment: Commitment) -> tuple[str, ...]:
        """The territories that a commitment covers: its set, or what of its département belongs to none."""
        codes = self._set_of(commitment) or territories_of(self.geography, commitment.code)
        return tuple(code for code in codes if self._covers(commitment, code))

    def _covers(self, commitment: Commitment, territory: str) -> bool:
        found = self.commitment_for(commitment.programme, territory)
        return found is not None and found.key == commitment.key

    def _set_of(self, commitment: Commitment) -> tuple[str, ...]:
        if commitment.area:
            return commitment.area
        return (commitment.code,) if self.geography.territory(commitment.code) is not None else ()

    def _with_arrivals(self, commitment: Commitment, today: date) -> Commitment:
        known = self._used.get(commitment.key)
        if known is not None and known[0] == today:
            return known[1]
        start = period_start(commitment.period, today)
        used = [one for one in self._arrivals.get(commitment.key, {}).values() if counts(one, start)]
        persons = sum(1 if one.persons is None else one.persons for one in used)
        found = replace(commitment, households=len(used), persons=persons)
        self._used[commitment.key] = (today, found)
        return found

    def arrive(self, commitment_key: str, placement: str, arrival: Arrival) -> None:
        """Says that a commitment carries a placement, or has carried it to its end."""
        self._arrivals[commitment_key][placement] = arrival
        self._used.pop(commitment_key, None)

    def reserve(self, reservation: Reservation) -> None:
        """Adds or replaces a live placement."""
        self.release(reservation.placement)
        self.reservations[reservation.placement] = reservation
        self._reserved_homes[reservation.vacancy] = reservation.placement
        if reservation.household is not None:
            self._reserved_households[reservation.household] = reservation.placement
        self.open_by_caseworker[reservation.caseworker] += reservation.open
        if reservation.commitment is not None:
            self.arrive(reservation.commitment, reservation.placement, Arrival(reservation.begun, reservation.persons))

    def release(self, placement: str) -> Reservation | None:
        """Removes a placement that is no longer live; its post's leads are the caller's to refresh."""
        reservation = self.reservations.pop(placement, None)
        if reservation is None:
            return None
        self._reserved_homes.pop(reservation.vacancy, None)
        if (home := self.homes.get(reservation.vacancy)) is not None:
            self._fitting.put_home(home)
        if reservation.household is not None:
            self._reserved_households.pop(reservation.household, None)
        self.open_by_caseworker[reservation.caseworker] -= reservation.open
        if reservation.commitment is not None:
            self._arrivals[reservation.commitment].pop(placement, None)
            self._used.pop(reservation.commitment, None)
        return reservation

    def is_reserved(self, vacancy: str) -> bool:
        return vacancy in self._reserved_homes

    def is_placed(self, household: str) -> bool:
        return household in self._reserved_households

    def without_placement(self) -> list[str]:
        """Households that have no live placement, by id."""
        return sorted(name for name in self.households if name not in self._reserved_households)

    def distance_km(self, commune_a: str, commune_b: str) -> float:
        """Crow-fly distance between two communes; infinite where one is unknown."""
        key = (commune_a, commune_b) if commune_a < commune_b else (commune_b, commune_a)
        known = self._distances.get(key)
        if known is None:
            a, b = self.geography.commune(commune_a), self.geography.commune(commune_b)
            known = distance_km(a, b) if a and b else float("inf")
            self._distances[key] = known
        return known

    def near(self, rome: tuple[str, ...]) -> dict[str, float]:
        """Occupations that suit a household -> proximity: 1 for those it wants, else the best of the near ones."""
        known = self._near.get(rome)
        if known is None:
            known = {}
            for code in rome:
                for other, proximity in self.occupations.near(code):
                    known[other] = max(known.get(other, 0.0), proximity)
            known |= dict.fromkeys(rome, 1.0)
            self._near[rome] = known
        return known

    def open_territories(self, programme: str, today: date) -> tuple[str, ...]:
        """Territories with an open commitment of a programme, départements opened into theirs, by code."""
        found: set[str] = set()
        for commitment in self.commitments.values():
            if commitment.programme == programme and commitment.open_on(today):
                found.update(self.territories_under(commitment))
        return tuple(sorted(found))


def resolved(household: Household, geography: Geography, open_territories: tuple[str, ...]) -> Household:
    """The household with its wishes as territories: départements opened, none said = all open ones, less the excluded."""
    excluded = frozenset(code for given in household.excluded for code in territories_of(geography, given))
    ranks: dict[str, int] = {}
    for rank, given in enumerate(household.wanted or open_territories):
        for code in territories_of(geography, given):
            if code not in excluded:
                ranks.setdefault(code, rank)
    said = tuple(ranks.values()) if household.wanted else ()
    return replace(household, wanted=tuple(ranks), ranks=said, excluded=excluded)


def zones_of(geography: Geography, territory: str) -> frozenset[str]:
    """Zones d'emploi that a territory's communes lie in."""
    place = geography.territory(territory)
    return frozenset(geography.zone_of(commune) for commune in place.communes) if place else frozenset()


def territories_of(geography: Geography, code: str) -> tuple[str, ...]:
    """The territories that a code stands for: itself, or those of a département; none for an unknown code."""
    if geography.territory(code) is not None:
        return (code,)
    return tuple(territory.code for territory in geography.territories_in(code))
