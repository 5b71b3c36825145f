"""A host territory's commitment in a programme."""

from enum import StrEnum

from msgspec import Struct


class CommitmentStatus(StrEnum):
    """Whether a territory takes households now."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class ClosedFor(StrEnum):
    """Why a territory takes no household: a code, never free text. The last two are what dates alone decide."""

    HOLIDAYS = "holidays"
    CAPACITY_REACHED = "capacity_reached"
    STAFF = "staff"  # nobody to accompany for now
    HOMES_MISSING = "homes_missing"
    AGREEMENT = "agreement"  # the agreement with the State or the programme is awaited
    PROGRAMME_ENDED = "programme_ended"
    OTHER = "other"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"


class Period(StrEnum):
    """What a capacity is counted over: placements that live at one time, or those begun in a calendar period."""

    AT_ONCE = "at_once"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class SchoolPlaces(Struct, frozen=True, omit_defaults=True, gc=False):
    """Free places by level; None = not stated."""

    maternelle: int | None = None
    elementaire: int | None = None
    college: int | None = None
    lycee: int | None = None


class Closure(Struct, frozen=True, omit_defaults=True, gc=False):
    """A period without arrivals, both days included (YYYY-MM-DD); `yearly`: the same days each year."""

    first_day: str
    last_day: str
    reason: ClosedFor
    yearly: bool = False


class Commitment(Struct, frozen=True, omit_defaults=True, gc=False):
    """`code` is an EPCI (9 digits) or a département. What is not stated is None or empty, never 0.

    `status` is that of the day, decided by ingest from what was declared, validity and calendar: a reader needs no clock.
    `reason` says why it is not open, `status_until` is the last day for which dates alone keep it so (None: no end known).
    `area` are the territories of a named set; empty: the code itself, and for a département all of its territories that
    belong to no other commitment of the programme. Capacities are per `period`. No contact of anybody is on the topic.
    """

    programme: str
    code: str
    status: CommitmentStatus
    organisation: str
    observed_at: str
    capacity_households: int | None = None
    needs_rome: tuple[str, ...] = ()
    needs_typologies: tuple[str, ...] = ()
    valid_from: str | None = None
    valid_until: str | None = None
    name: str | None = None
    area: tuple[str, ...] = ()
    capacity_persons: int | None = None
    period: Period = Period.AT_ONCE
    needs_school_places: SchoolPlaces | None = None
    calendar: tuple[Closure, ...] = ()
    reason: ClosedFor | None = None
    status_until: str | None = None
