"""The generations that exist: one record for each complete rebuild, written after its contents are acknowledged."""

from dataclasses import dataclass
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.scoring.core.generation import Generation
from shared.topics import SCORING_GENERATIONS


class GenerationRecord(msgspec.Struct, frozen=True):
    """Value of a record: `next` is the offset by "<topic>-<partition>" where packers of this generation begin."""

    generation: str
    next: dict[str, int]
    events: int
    unreadable: int
    made_at: str


@dataclass(frozen=True)
class Published:
    """A complete generation and where deltas go on from."""

    generation: Generation
    next: dict[str, int]
    made_at: str


_DECODER = msgspec.json.Decoder(GenerationRecord)


class GenerationWatch:
    """Follows the topic. `latest` is the generation of the greatest epoch read so far, None before any rebuild."""

    def __init__(self, kafka: str, client_id: str) -> None:
        self._partition = TopicPartition(SCORING_GENERATIONS, 0)
        self._consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=kafka,
            client_id=client_id,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=500,
        )
        self.latest: Published | None = None

    async def __aenter__(self) -> "GenerationWatch":
        await self._consumer.start()
        self._consumer.assign([self._partition])
        await self.read_to_end()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def read_to_end(self) -> None:
        """Reads what the topic holds now."""
        end = (await self._consumer.end_offsets([self._partition]))[self._partition]
        while await self._consumer.position(self._partition) < end:
            await self.poll(timeout_ms=200)

    async def poll(self, *, timeout_ms: int = 0) -> None:
        """Takes what has arrived."""
        for records in (await self._consumer.getmany(timeout_ms=timeout_ms)).values():
            for record in records:
                if record.value is None:
                    continue
                value = _DECODER.decode(record.value)
                found = Published(Generation.parse(value.generation), value.next, value.made_at)
                if self.latest is None or found.generation.replaces(self.latest.generation):
                    self.latest = found


async def latest_generation(kafka: str) -> Published | None:
    """The newest complete generation, None before any rebuild."""
    async with GenerationWatch(kafka, "scoring-generations") as watch:
        return watch.latest
