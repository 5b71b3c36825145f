"""References on their topic: drawn, judged, accepted or waiting for an operator; the newest accepted one is in use.

Each record holds a whole reference and what was decided of it; version "0" is the shipped one and has no content, so that
accepting it is the way back. A record that no longer fits the indicators is passed over, and said once.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.scoring.adapters.log_reading import open_log, partitions_of
from services.scoring.adapters.references import SHIPPED, shipped_reference
from services.scoring.core.drawing import Shift, drawn, shift, with_breaks
from services.scoring.core.reference import Reference, ReferenceInvalid
from services.scoring.core.scores import ScoreBoard
from shared import telemetry
from shared.clock import isoformat, utc_now
from shared.topics import SCORING_REFERENCE

log = telemetry.logger(__name__)


class Standing(StrEnum):
    """What was decided of a reference."""

    ACCEPTED = "accepted"
    WAITING = "waiting"
    REFUSED = "refused"


class ReferenceRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """Value of a record. `decided_at` orders what was accepted; `content` None: the shipped reference."""

    version: str
    standing: Standing
    drawn_at: str
    decided_at: str
    decided_by: str
    shift: dict[str, float] = {}
    too_far: tuple[str, ...] = ()
    content: dict[str, Any] | None = None


_DECODER: Final = msgspec.json.Decoder(ReferenceRecord)


@dataclass
class References:
    """What the topic has said so far."""

    records: dict[str, ReferenceRecord] = field(default_factory=dict)
    _unfit: set[str] = field(default_factory=set)

    def take(self, value: bytes | None) -> None:
        """A record of the topic. What cannot be read is passed over."""
        if value is None:
            return
        try:
            record = _DECODER.decode(value)
        except msgspec.DecodeError as error:
            log.warning("reference.unreadable", reason=str(error))
            return
        self.records.pop(record.version, None)  # the order is that of what was said last
        self.records[record.version] = record

    @property
    def waiting(self) -> list[ReferenceRecord]:
        """What an operator has to decide, the oldest first."""
        waiting = [one for one in self.records.values() if one.standing is Standing.WAITING]
        return sorted(waiting, key=lambda one: one.drawn_at)

    def in_use(self) -> Reference:
        """The reference that was accepted last and fits the indicators; the shipped one before any."""
        # Said last first: of two decisions of one millisecond the later holds, for sorting keeps the order of equals.
        accepted = [one for one in reversed(self.records.values()) if one.standing is Standing.ACCEPTED]
        for record in sorted(accepted, key=lambda one: one.decided_at, reverse=True):
            found = self.content(record)
            if found is not None:
                return found
        return shipped_reference()

    def content(self, record: ReferenceRecord) -> Reference | None:
        """The reference of a record; None for one that no longer fits."""
        if record.content is None:
            return shipped_reference()
        try:
            return Reference.parse(record.content)
        except ReferenceInvalid as error:
            if record.version not in self._unfit:
                self._unfit.add(record.version)
                log.warning("reference.unfit", version=record.version, reason=str(error))
            return None


class ReferenceWatch:
    """Follows the topic. Entering it is RuntimeError, with the remedy, where there is none."""

    def __init__(self, kafka: str, client_id: str) -> None:
        self._partition = TopicPartition(SCORING_REFERENCE, 0)
        self._consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=kafka, client_id=client_id, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        self.references = References()

    async def __aenter__(self) -> "ReferenceWatch":
        await self._consumer.start()
        await partitions_of(self._consumer, SCORING_REFERENCE)
        self._consumer.assign([self._partition])
        end = (await self._consumer.end_offsets([self._partition]))[self._partition]
        while await self._consumer.position(self._partition) < end:
            await self.poll(timeout_ms=200)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def poll(self, *, timeout_ms: int = 0) -> bool:
        """Takes what has arrived; returns whether anything did."""
        arrived = False
        for records in (await self._consumer.getmany(timeout_ms=timeout_ms)).values():
            for record in records:
                self.references.take(record.value)
                arrived = True
        return arrived


async def read_references(kafka: str) -> References:
    """What the topic holds now. RuntimeError without the topic."""
    found = References()
    async with open_log(kafka, [SCORING_REFERENCE], client_id="scoring-references") as log_of_references:
        async for _, records in log_of_references.batches():
            for record in records:
                found.take(record.value)
    return found


def judged(board: ScoreBoard, version: str, by: str) -> ReferenceRecord:
    """A reference drawn from a board's figures, and whether it may be used at once. The board keeps the one it has."""
    current, now = board.reference, isoformat(utc_now())
    before = board.all()
    board.refer_to(drawn(version, current, before))
    reference = with_breaks(board.reference, board.all())
    moved = shift(before, board.all(), reference)
    board.refer_to(current)
    return ReferenceRecord(
        version=version,
        standing=Standing.WAITING if moved.too_far else Standing.ACCEPTED,
        drawn_at=now,
        decided_at=now,
        decided_by=by,
        shift=_told(moved),
        too_far=moved.too_far,
        content=reference.document(),
    )


def decided(record: ReferenceRecord, standing: Standing, by: str) -> ReferenceRecord:
    """The same reference with an operator's decision."""
    return msgspec.structs.replace(record, standing=standing, decided_at=isoformat(utc_now()), decided_by=by)


def shipped_record(by: str) -> ReferenceRecord:
    """The way back to the reference that ships."""
    now = isoformat(utc_now())
    return ReferenceRecord(SHIPPED, Standing.ACCEPTED, now, now, by)


async def publish(producer: AIOKafkaProducer, record: ReferenceRecord) -> None:
    """Writes a record; returns once it is acknowledged."""
    await producer.send_and_wait(SCORING_REFERENCE, key=record.version.encode(), value=msgspec.json.encode(record))


def _told(moved: Shift) -> dict[str, float]:
    return {"mean": moved.mean, "places": moved.places, "classes": moved.classes, "scored": moved.scored}
