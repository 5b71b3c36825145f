"""Events on the topics: CloudEvents 1.0 in structured JSON, frozen msgspec types.

An entity event carries whole states: `data.before` and `data.after` (None = did not exist / no longer exists), and
`data.version`, which grows by one per entity id. `sequence` is given by the relay and repeated by a re-publication:
consumers apply a record only if its sequence is beyond the last one of its (topic, partition).

Entity types are no business of the garbage collector (`gc=False`): frozen, of texts and numbers, they cannot form a cycle,
and whoever decodes a million of them would spend most of the time in collections.
"""

from shared.events._codec import (
    EVENT_TYPES,
    EventInvalid,
    decode,
    decoder_of,
    encode,
    encode_all,
    encode_change,
    new_event,
    with_sequence,
)
from shared.events._commitment import ClosedFor, Closure, Commitment, CommitmentStatus, Period, SchoolPlaces
from shared.events._envelope import Change, Channel, Event, Lineage
from shared.events._offer import Contract, Offer, OfferOrigin, OfferSource, OfferStatus
from shared.events._placement import LIVE_STEPS, Placement, Step
from shared.events._scoring import Contribution, TerritoryCounters, TerritoryScore
from shared.events._vacancy import (
    Dpe,
    Financing,
    LandlordKind,
    Reservation,
    Tenure,
    Typology,
    Vacancy,
    VacancyStatus,
)

__all__ = [
    "EVENT_TYPES",
    "LIVE_STEPS",
    "Change",
    "Channel",
    "ClosedFor",
    "Closure",
    "Commitment",
    "CommitmentStatus",
    "Contract",
    "Contribution",
    "Dpe",
    "Event",
    "EventInvalid",
    "Financing",
    "LandlordKind",
    "Lineage",
    "Offer",
    "OfferOrigin",
    "OfferSource",
    "OfferStatus",
    "Period",
    "Placement",
    "Reservation",
    "SchoolPlaces",
    "Step",
    "Tenure",
    "TerritoryCounters",
    "TerritoryScore",
    "Typology",
    "Vacancy",
    "VacancyStatus",
    "decode",
    "decoder_of",
    "encode",
    "encode_all",
    "encode_change",
    "new_event",
    "with_sequence",
]
