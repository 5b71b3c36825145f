"""What counting reads of an event of an entity topic: those fields, and nothing else of it.

The packer and every recount read through these types, so that they refuse the same records and see the same states. What
is not among the fields of a state cannot be counted. The whole of an event is checked by who writes it (services/ingest,
services/matching); here a record is refused only for what counting needs of it.
"""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Generic, Literal, TypeVar, cast

import msgspec
from msgspec import Struct

from shared.events import (
    EVENT_TYPES,
    CommitmentStatus,
    Contract,
    Dpe,
    EventInvalid,
    OfferStatus,
    Period,
    Step,
    Typology,
    VacancyStatus,
)
from shared.topics import OFFERS, PLACEMENTS, TERRITORIES, VACANCIES

S = TypeVar("S")
_SEQUENCE_DIGITS = 18  # what fits the bigint that the relay numbers with


class CountedOffer(Struct, frozen=True, gc=False):
    """Of shared.events.Offer."""

    status: OfferStatus
    rome: str
    contract: Contract
    commune: str | None = None
    openings: int | None = None
    duration_months: float | None = None
    licence_required: bool | None = None
    duplicate_of: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it is open, and not the same as one that counts already."""
        return self.duplicate_of is None and self.status is OfferStatus.OPEN


class CountedVacancy(Struct, frozen=True, gc=False):
    """Of shared.events.Vacancy."""

    status: VacancyStatus
    commune: str
    typology: Typology
    surface_m2: float
    rent_eur_per_month: float
    charges_eur_per_month: float | None = None
    dpe: Dpe | None = None
    unconfirmed_days: int | None = None


class CountedCommitment(Struct, frozen=True, gc=False):
    """Of shared.events.Commitment."""

    code: str
    status: CommitmentStatus
    capacity_households: int | None = None
    area: tuple[str, ...] = ()
    capacity_persons: int | None = None
    period: Period = Period.AT_ONCE


class CountedPlacement(Struct, frozen=True, gc=False):
    """Of shared.events.Placement."""

    typology: str
    territory: str
    step: Step
    outcome: str | None = None
    days_to_key: int | None = None


class CountedChange(Struct, Generic[S], frozen=True, gc=False):
    """Of shared.events.Change."""

    version: Annotated[int, msgspec.Meta(ge=1)]
    before: S | None
    after: S | None


class CountedEvent(Struct, Generic[S], frozen=True, gc=False):
    """Of shared.events.Event."""

    specversion: Literal["1.0"]
    type: str  # of its topic alone: see reader_of
    subject: str
    data: CountedChange[S]
    sequence: str


_STATES: dict[str, Any] = {
    OFFERS: CountedOffer,
    VACANCIES: CountedVacancy,
    TERRITORIES: CountedCommitment,
    PLACEMENTS: CountedPlacement,
}


@cache
def reader_of(topic: str) -> Callable[[bytes], CountedEvent[Any]]:
    """Bytes of a record of an entity topic to what counts of it. The function raises EventInvalid, saying what is wrong."""
    kind = EVENT_TYPES[topic][0]
    state = _STATES[topic]
    decode = msgspec.json.Decoder(CountedEvent[state]).decode  # type: ignore[valid-type]

    def read(value: bytes) -> CountedEvent[Any]:
        try:
            event = decode(value)
        except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise EventInvalid(f"not an event of {topic}: {error}") from error
        except RecursionError as error:
            raise EventInvalid(f"not an event of {topic}: nested too deeply") from error
        if event.type != kind:
            raise EventInvalid(f"type {event.type!r} does not belong on {topic}")
        sequence = event.sequence
        # `isdecimal` alone would take the digits of other scripts.
        if not (sequence.isascii() and sequence.isdecimal() and len(sequence) <= _SEQUENCE_DIGITS):
            raise EventInvalid(f"sequence {sequence[:40]!r} is not a number of at most {_SEQUENCE_DIGITS} digits")
        data = event.data
        # Of what was withdrawn before, a repair publishes that there is still nothing.
        if data.after is None and data.before is None and data.version == 1:
            raise EventInvalid("a first version needs a state before or after")
        return cast("CountedEvent[Any]", event)

    return read
