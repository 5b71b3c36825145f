"""A vacancy: the landlord's truth about one vacant dwelling. Held or let is matching's business, never here."""

from enum import StrEnum

from msgspec import Struct


class Typology(StrEnum):
    """French dwelling size: number of main rooms; T5 means five or more up to T6."""

    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
    T4 = "T4"
    T5 = "T5"
    T6 = "T6"

    @property
    def rooms(self) -> int:
        return int(self.value[1])


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


class Vacancy(Struct, frozen=True, omit_defaults=True):
    """State of a vacancy. Money in euros per month, dates ISO (YYYY-MM-DD), None = unknown."""

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
