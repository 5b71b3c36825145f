"""A vacancy: the landlord's truth about one vacant dwelling. Held or let is matching's business, never here."""

from enum import StrEnum

from msgspec import Struct


class Typology(StrEnum):
    """French dwelling size: number of main rooms. Many files stop at T5, which then stands for five or more; T6 too."""

    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
    T4 = "T4"
    T5 = "T5"
    T6 = "T6"

    @property
    def rooms(self) -> int:
        """Main rooms, the least of an open-ended size."""
        return int(self.value[1])

    def agrees_with(self, rooms: int) -> bool:
        """Whether a dwelling of this size can have that many main rooms; T5 and T6 are open-ended."""
        return rooms >= self.rooms if self in {Typology.T5, Typology.T6} else rooms == self.rooms


class VacancyStatus(StrEnum):
    """`open` counts as supply. The clock turns each passing date into an ordinary event."""

    OPEN = "open"
    UPCOMING = "upcoming"  # available later than the publication horizon
    STALE = "stale"  # not confirmed by its landlord for too long
    EXPIRED = "expired"  # available_until has passed


class Dpe(StrEnum):
    """Energy label (diagnostic de performance énergétique)."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"
    G = "G"


class Financing(StrEnum):
    """Loan type that sets the income ceiling of a social dwelling."""

    PLAI = "PLAI"
    PLUS = "PLUS"
    PLS = "PLS"
    PLI = "PLI"
    OTHER = "other"


class Tenure(StrEnum):
    """How the dwelling is let."""

    SOCIAL = "social"
    PRIVATE = "private"
    INTERMEDIATION = "intermediation"
    RESIDENCE = "residence"


class LandlordKind(StrEnum):
    """Kind of landlord."""

    SOCIAL = "social"
    MUNICIPAL = "municipal"
    PRIVATE = "private"
    ASSOCIATION = "association"


class Reservation(StrEnum):
    """Reservataire on whose flow the landlord has oriented the dwelling (gestion en flux, décret 2020-145).

    A vacancy has none until it is oriented; LANDLORD is a dwelling that the landlord kept for itself.
    """

    STATE = "state"  # contingent préfectoral, mal-logés
    STATE_AGENTS = "state_agents"  # contingent préfectoral, agents de l'État
    ACTION_LOGEMENT = "action_logement"
    LOCAL_AUTHORITY = "local_authority"  # commune, EPCI, département, région
    LANDLORD = "landlord"
    OTHER = "other"


class Vacancy(Struct, frozen=True, omit_defaults=True, gc=False):
    """State of a vacancy. Money in euros per month, dates ISO (YYYY-MM-DD), None = unknown.

    `rooms` are main rooms (pièces principales) and agree with the typology (`Typology.agrees_with`). `oriented_on` is the
    day on which the landlord oriented the dwelling to its `reservation`. `rpls_id` has the register's 10 positions.
    `unconfirmed_days` is how long at least its landlord has not confirmed it, by steps of the clock; None: not long.
    """

    id: str
    landlord: str  # organisation id
    reference: str  # the landlord's own
    status: VacancyStatus
    commune: str
    typology: Typology
    surface_m2: float
    rent_eur_per_month: float
    available_from: str
    observed_at: str
    available_until: str | None = None
    charges_eur_per_month: float | None = None
    accessible: bool | None = None
    floor: int | None = None
    lift: bool | None = None
    dpe: Dpe | None = None
    financing: Financing | None = None
    tenure: Tenure | None = None
    landlord_kind: LandlordKind | None = None
    rpls_id: str | None = None
    rooms: int | None = None
    reservation: Reservation | None = None
    oriented_on: str | None = None
    unconfirmed_days: int | None = None
