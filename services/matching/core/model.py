"""What matching weighs: households, homes, posts (job leads) and the commitments of host territories. Frozen values.

Money in euros per month, surfaces in m2, None = unknown (never 0). Codes are text: commune and zone d'emploi (INSEE),
territory (EPCI, or a commune that has none), ROME v3.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from services.matching.core.hosting import AT_ONCE

STATE_CONTINGENT: Final = "state"
# A home that its landlord kept for itself is open to all households.
OPEN_TO_ALL: Final = "landlord"


class Priority(StrEnum):
    """Priorities that the law gives (CCH L441-1), declared by the caseworker with a proof in hand."""

    DALO = "dalo"
    HANDICAP = "handicap"
    LEAVING_SHELTER = "leaving_shelter"
    VIOLENCE = "violence"
    BACK_TO_WORK = "back_to_work"

    @property
    def label_fr(self) -> str:
        return {
            "dalo": "reconnu prioritaire au titre du DALO",
            "handicap": "personne en situation de handicap",
            "leaving_shelter": "sortie d'hébergement",
            "violence": "personne victime de violences",
            "back_to_work": "reprise d'activité après un chômage de longue durée",
        }[self.value]


class HouseholdStatus(StrEnum):
    """LIVE households receive proposals; PARKED ones wait; CLOSED ones have left."""

    LIVE = "live"
    PARKED = "parked"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Household:
    """A household as the engine sees it: no name, no address.

    `wanted` are territories in order of preference, départements already opened into their territories; empty: anywhere
    that its programme has an open commitment. `ranks` says of each of them which wish it comes from, 0 for the first: the
    territories of one département are wanted alike. None: each is a wish of its own; empty: no wish was said.
    `waiting_since` is the day it first asked. `contingents` are the reservataires
    that have designated it (`shared.events.Reservation`). It can move from `moves_from` on and must by
    `moves_by`; it stays a candidate until `candidate_until`.
    """

    id: str
    version: int
    organisation: str
    caseworker: str
    size: int
    programme: str
    waiting_since: date
    rome: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    excluded: frozenset[str] = frozenset()
    income_eur_per_month: float | None = None
    driving_licence: bool | None = None
    accessible_needed: bool | None = None
    max_commute_minutes: int | None = None
    priorities: frozenset[Priority] = frozenset()
    adults: int | None = None
    contingents: frozenset[str] = frozenset()
    moves_from: date | None = None
    moves_by: date | None = None
    candidate_until: date | None = None
    ranks: tuple[int, ...] | None = None

    def wish(self, territory: str) -> tuple[int, int] | None:
        """The wish that a territory answers, from 0, and how many there are; None where none does."""
        if territory not in self.wanted or self.ranks == ():
            return None
        place = self.wanted.index(territory)
        return (place, len(self.wanted)) if self.ranks is None else (self.ranks[place], self.ranks[-1] + 1)

    @property
    def reservataires(self) -> frozenset[str]:
        """Those whose reserved homes are for it: declared, and the State's for a household recognised under DALO.

        The préfet houses DALO households on the State's contingent (CCH L441-2-3-1).
        """
        return self.contingents | {STATE_CONTINGENT} if Priority.DALO in self.priorities else self.contingents


@dataclass(frozen=True, slots=True)
class Home:
    """A vacancy that is open, with its place resolved.

    `reservation` is the reservataire that it was oriented to. `effort_ceiling` and `left_eur_per_day` (each person, each
    day, after housing) are rules that its landlord has declared; None: none declared.
    """

    id: str
    landlord: str
    commune: str
    territory: str
    zone: str
    typology: str
    surface_m2: float
    rent_eur_per_month: float
    available_from: date
    charges_eur_per_month: float | None = None
    available_until: date | None = None
    accessible: bool | None = None
    floor: int | None = None
    lift: bool | None = None
    reservation: str | None = None
    effort_ceiling: float | None = None
    left_eur_per_day: float | None = None

    @property
    def rooms(self) -> int:
        return int(self.typology[1])


@dataclass(frozen=True, slots=True)
class Post:
    """An open job offer with a commune. `leads` are live placements that count on it; openings unknown count as one."""

    id: str
    commune: str
    zone: str
    rome: str
    contract: str
    duration_months: float | None = None
    openings: int | None = None
    leads: int = 0
    wage_eur_per_month: float | None = None
    part_time: bool | None = None
    licence_required: bool | None = None
    expires_at: date | None = None
    source_name: str = ""
    source_licence: str | None = None
    source_url: str | None = None
    source_updated_at: str | None = None

    @property
    def free(self) -> bool:
        return self.leads < (self.openings if self.openings is not None else 1)


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a territory (EPCI or département) commits to in one programme, with the status that ingest gives the day.

    `area`: the territories of a named set; empty for the code alone. Capacities are per `period`; `households` and `persons`
    are what already counts against them.
    """

    key: str
    programme: str
    code: str
    status: str
    capacity_households: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    area: tuple[str, ...] = ()
    name: str | None = None
    capacity_persons: int | None = None
    period: str = AT_ONCE
    households: int = 0
    persons: int = 0

    def open_on(self, today: date) -> bool:
        """Whether it takes households on that day, capacity aside."""
        started = self.valid_from is None or self.valid_from <= today
        ended = self.valid_until is not None and self.valid_until < today
        return self.status == "open" and started and not ended

    def has_room(self, size: int) -> bool:
        """Whether a household of that many persons still fits in what the territory has stated."""
        if self.capacity_households is not None and self.households >= self.capacity_households:
            return False
        return self.capacity_persons is None or self.persons + size <= self.capacity_persons


@dataclass(frozen=True, slots=True)
class Bans:
    """What a household must not be offered again: vacancies, offers and territories it refused, or that expired unread."""

    vacancies: frozenset[str] = field(default_factory=frozenset)
    offers: frozenset[str] = field(default_factory=frozenset)
    territories: frozenset[str] = field(default_factory=frozenset)


NO_BANS = Bans()
