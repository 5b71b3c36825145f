"""Bytes to events and back. The relay splices the sequence into the encoded event without decoding it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeVar, get_origin

import msgspec
from msgspec import Raw, Struct

from shared.clock import isoformat
from shared.events._commitment import Commitment
from shared.events._envelope import Change, Event
from shared.events._offer import Offer
from shared.events._placement import Placement
from shared.events._scoring import TerritoryCounters, TerritoryScore
from shared.events._vacancy import Vacancy
from shared.ids import new_id, new_ids

S = TypeVar("S")


class EventInvalid(ValueError):
    """A record that is not an event of its topic: to the dead letters, with this reason."""


# topic -> (CloudEvents type, schema, value type)
EVENT_TYPES: Final[dict[str, tuple[str, str, Any]]] = {
    "vacancies": ("fr.ancrage.vacancy.v1", "/schemas/vacancy.v1.json", Change[Vacancy]),
    "offers": ("fr.ancrage.offer.v1", "/schemas/offer.v1.json", Change[Offer]),
    "territories": ("fr.ancrage.territory.v1", "/schemas/territory.v1.json", Change[Commitment]),
    "placements": ("fr.ancrage.placement.v1", "/schemas/placement.v1.json", Change[Placement]),
    "territory-counters": (
        "fr.ancrage.territory-counters.v1",
        "/schemas/territory-counters.v1.json",
        TerritoryCounters,
    ),
    "territory-scores": ("fr.ancrage.territory-score.v1", "/schemas/territory-score.v1.json", TerritoryScore),
}
_DECODERS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    topic: msgspec.json.Decoder(
        Event[value]  # type: ignore[valid-type]
    )
    for topic, (_, _, value) in EVENT_TYPES.items()
}
_ENCODER: Final = msgspec.json.Encoder()
_EMPTY_SEQUENCE: Final = b'"sequence":""'
_SEQUENCE_DIGITS: Final = 18  # what fits the bigint that consumers guard with


class _Encoded(Struct, frozen=True, omit_defaults=True):
    """A Change whose parts are JSON already."""

    version: int
    before: Raw | None
    after: Raw | None
    lineage: Raw | None = None


def new_event(topic: str, subject: str, data: S, *, source: str, at: datetime) -> Event[S]:
    """An event of `topic` about `subject`, without a sequence. `at` is technical time."""
    kind, schema, _ = EVENT_TYPES[topic]
    return Event(
        specversion="1.0",
        id=new_id("evt"),
        source=source,
        type=kind,
        subject=subject,
        time=isoformat(at),
        dataschema=schema,
        data=data,
    )


def encode_all(topic: str, data: Mapping[str, S], *, source: str, at: datetime) -> Iterator[tuple[str, bytes]]:
    """(subject, bytes) of one event each, without a sequence: as `encode` of `new_event`, for many of one instant."""
    kind, schema, _ = EVENT_TYPES[topic]
    time = isoformat(at)
    for (subject, one), identity in zip(data.items(), new_ids("evt", len(data)), strict=True):
        yield subject, _ENCODER.encode(Event("1.0", identity, source, kind, subject, time, schema, one))


def encode_change(
    topic: str,
    subject: str,
    version: int,
    before: Raw | None,
    after: Raw | None,
    lineage: Raw | None,
    *,
    event_id: str,
    source: str,
    at: str,
) -> bytes:
    """The bytes of an entity event whose states and lineage are encoded already, as `encode` writes them.

    `at` is technical time as `isoformat` writes it.
    """
    kind, schema, _ = EVENT_TYPES[topic]
    change = _Encoded(version, before, after, lineage)
    return _ENCODER.encode(Event("1.0", event_id, source, kind, subject, at, schema, change))


def encode(event: Event[Any]) -> bytes:
    """Structured-mode JSON."""
    return _ENCODER.encode(event)


def with_sequence(encoded: bytes, sequence: int) -> bytes:
    """The encoded event with its sequence. Raises ValueError if it has one already."""
    head, found, tail = encoded.rpartition(_EMPTY_SEQUENCE)
    if not found:
        raise ValueError("the event has a sequence already")
    return b'%s"sequence":"%016d"%s' % (head, sequence, tail)


def decode(topic: str, value: bytes) -> Event[Any]:
    """The event of a record of `topic`. Raises EventInvalid, naming what is wrong."""
    return decoder_of(topic)(value)


@cache
def decoder_of(topic: str) -> Callable[[bytes], Event[Any]]:
    """`decode` for one topic, for whoever decodes many of its records."""
    read = _DECODERS[topic].decode
    kind, _, value_type = EVENT_TYPES[topic]
    changes = get_origin(value_type) is Change

    def decode_one(value: bytes) -> Event[Any]:
        try:
            event: Event[Any] = read(value)
        except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise EventInvalid(f"not an event of {topic}: {error}") from error
        except RecursionError as error:
            raise EventInvalid(f"not an event of {topic}: nested too deeply") from error
        if event.specversion != "1.0":
            raise EventInvalid(f"specversion {event.specversion!r} is not 1.0")
        if event.type != kind:
            raise EventInvalid(f"type {event.type!r} does not belong on {topic}")
        sequence = event.sequence
        if changes:
            data = event.data
            if data.version < 1:
                raise EventInvalid("a change needs a version from 1")
            # Of what was withdrawn before, a repair publishes that there is still nothing.
            if data.after is None and data.before is None and data.version == 1:
                raise EventInvalid("a first version needs a state before or after")
            if not sequence:
                raise EventInvalid("a change needs a sequence")
        # `isdecimal` alone would take the digits of other scripts.
        if sequence and not (len(sequence) <= _SEQUENCE_DIGITS and sequence.isascii() and sequence.isdecimal()):
            raise EventInvalid(f"sequence {sequence[:40]!r} is not a number of at most {_SEQUENCE_DIGITS} digits")
        return event

    return decode_one
