"""A market that knows which of its parts have changed, each of which can be said and put back: what a decision was made on.

A part is (kind, key). Together the parts are the market: put into an empty one, in any order of keys, the same is decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from services.matching.core.expecting import EXPECTED
from services.matching.core.hosting import Arrival
from services.matching.core.market import Market, Reservation
from services.matching.core.model import NO_BANS, Bans, Commitment, Home, Household, Post
from services.matching.core.programme import Programme
from shared.geography import Geography
from shared.occupations import Occupations


class Kind(StrEnum):
    """In the order in which parts are put back: an arrival may stand beside a reservation, never before it."""

    COMMITMENT = "commitment"
    HOME = "home"
    POST = "post"
    HOUSEHOLD = "household"
    RESERVATION = "reservation"
    ARRIVAL = "arrival"  # of a placement that is over and still counts against a capacity
    NOT_TO_HOLD = "not_to_hold"  # a home that prices may no longer keep waiting


@dataclass(frozen=True, slots=True)
class Wishes:
    """A household with its wishes resolved, and what it must not be offered."""

    household: Household
    bans: Bans


@dataclass(frozen=True, slots=True)
class Mark:
    """A part that is there or not."""


State = Commitment | Home | Post | Wishes | Reservation | Arrival | Mark
STATE_OF: dict[Kind, type[State]] = {
    Kind.COMMITMENT: Commitment,
    Kind.HOME: Home,
    Kind.POST: Post,
    Kind.HOUSEHOLD: Wishes,
    Kind.RESERVATION: Reservation,
    Kind.ARRIVAL: Arrival,
    Kind.NOT_TO_HOLD: Mark,
}
Part = tuple[Kind, str]
# Nothing decides by these, and of an offer that is withdrawn they may not stay.
_NOT_KEPT: dict[str, Any] = {
    "wage_eur_per_month": None,
    "source_name": "",
    "source_licence": None,
    "source_url": None,
    "source_updated_at": None,
}


class RecordedMarket(Market):
    """`changed` gathers the parts touched since it was last taken; touched is not always different."""

    def __init__(self, geography: Geography, occupations: Occupations, programmes: dict[str, Programme]) -> None:
        super().__init__(geography, occupations, programmes)
        self.changed: set[Part] = set()
        self._marked: frozenset[str] = frozenset()

    def take_changed(self) -> list[Part]:
        """The parts touched, in order; none is from then on."""
        self.changed.update((Kind.NOT_TO_HOLD, home) for home in self._marked ^ self.not_to_hold)
        self._marked = self.not_to_hold
        taken = sorted(self.changed)
        self.changed.clear()
        return taken

    def state(self, kind: Kind, key: str) -> State | None:
        """A part as it stands; None where it is not in the market."""
        match kind:
            case Kind.COMMITMENT:
                return self.commitments.get(key)
            case Kind.HOME:
                return self.homes.get(key)
            case Kind.POST:
                post = self.posts.get(key)
                return replace(post, **_NOT_KEPT) if post else None
            case Kind.HOUSEHOLD:
                household = self.households.get(key)
                return Wishes(household, self.bans[key]) if household else None
            case Kind.RESERVATION:
                return None if key.startswith(EXPECTED) else self.reservations.get(key)
            case Kind.ARRIVAL:
                commitment, _, placement = key.partition("|")
                known = self._arrivals.get(commitment, {}).get(placement)
                return known if placement not in self.reservations else None
            case Kind.NOT_TO_HOLD:
                return Mark() if key in self.not_to_hold else None

    def put_back(self, kind: Kind, key: str, state: State | None) -> None:
        """Makes a part what `state` said; None takes it out."""
        match state:
            case Commitment():
                self.put_commitment(state)
            case Home():
                self.put_home(state)
            case Post():
                self.put_post(state)
            case Wishes():
                self.put_household(state.household, state.bans)
            case Reservation():
                self.reserve(state)
            case Arrival():
                commitment, _, placement = key.partition("|")
                self.arrive(commitment, placement, state)
            case Mark():
                self.not_to_hold |= {key}
            case None:
                self._take_out(kind, key)

    def _take_out(self, kind: Kind, key: str) -> None:
        match kind:
            case Kind.COMMITMENT:
                self.drop_commitment(key)
            case Kind.HOME:
                self.drop_home(key)
            case Kind.POST:
                self.drop_post(key)
            case Kind.HOUSEHOLD:
                self.drop_household(key)
            case Kind.RESERVATION:
                self.release(key)
            case Kind.ARRIVAL:
                commitment, _, placement = key.partition("|")
                if placement not in self.reservations:
                    self._arrivals[commitment].pop(placement, None)
                    self._used.pop(commitment, None)
            case Kind.NOT_TO_HOLD:
                self.not_to_hold -= {key}

    def put_home(self, home: Home) -> None:
        super().put_home(home)
        self.changed.add((Kind.HOME, home.id))

    def drop_home(self, identifier: str) -> None:
        super().drop_home(identifier)
        self.changed.add((Kind.HOME, identifier))

    def put_post(self, post: Post) -> None:
        super().put_post(post)
        self.changed.add((Kind.POST, post.id))

    def drop_post(self, identifier: str) -> None:
        super().drop_post(identifier)
        self.changed.add((Kind.POST, identifier))

    def put_household(self, household: Household, bans: Bans = NO_BANS) -> None:
        super().put_household(household, bans)
        self.changed.add((Kind.HOUSEHOLD, household.id))

    def drop_household(self, identifier: str) -> None:
        super().drop_household(identifier)
        self.changed.add((Kind.HOUSEHOLD, identifier))

    def put_commitment(self, commitment: Commitment) -> None:
        super().put_commitment(commitment)
        self.changed.add((Kind.COMMITMENT, commitment.key))

    def drop_commitment(self, key: str) -> None:
        super().drop_commitment(key)
        self.changed.add((Kind.COMMITMENT, key))

    def reserve(self, reservation: Reservation) -> None:
        super().reserve(reservation)
        self.changed.add((Kind.RESERVATION, reservation.placement))

    def release(self, placement: str) -> Reservation | None:
        released = super().release(placement)
        self.changed.add((Kind.RESERVATION, placement))
        if released is not None and released.commitment is not None:
            self._note_arrival(released.commitment, placement)
        return released

    def arrive(self, commitment_key: str, placement: str, arrival: Arrival) -> None:
        super().arrive(commitment_key, placement, arrival)
        self._note_arrival(commitment_key, placement)

    def _note_arrival(self, commitment: str, placement: str) -> None:
        if not placement.startswith(EXPECTED):
            self.changed.add((Kind.ARRIVAL, f"{commitment}|{placement}"))


def in_order(parts: Mapping[Part, State | None]) -> list[tuple[Part, State | None]]:
    """Parts in the order in which they are put back: of a kind, what leaves before what takes its place."""
    order = {kind: place for place, kind in enumerate(Kind)}
    return sorted(parts.items(), key=lambda one: (order[one[0][0]], one[1] is not None, one[0][1]))
