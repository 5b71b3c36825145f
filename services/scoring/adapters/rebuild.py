"""Rebuild: the exact state made anew from the latest version of every entity.

Reads each entity topic to the end it has now, then writes one whole content a bucket into scoring.deltas, with the
sequences reached as guards, under a new epoch; when all are acknowledged, a record on scoring.generations tells packers to
go on from those ends. Packers may run meanwhile: what they still send under the old epoch is dropped by the worker behind
the content, and sent again under the new one. Nothing needs a lock: of two rebuilds at once, the later epoch wins.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaProducer

from services.scoring.adapters.counting_places import counted_codes, counting_places
from services.scoring.adapters.generations import GenerationRecord, latest_generation
from services.scoring.adapters.log_reading import open_log
from services.scoring.adapters.topic_identity import ENTITY_TOPICS, TopicIdentity
from services.scoring.core import buckets
from services.scoring.core.generation import Generation
from services.scoring.core.recompute import Recount, Unreadable
from services.scoring.settings import ScoringSettings
from shared import telemetry
from shared.clock import isoformat, utc_now
from shared.ids import new_id
from shared.topics import SCORING_DELTAS, SCORING_GENERATIONS

log = telemetry.logger(__name__)
Progress = Callable[[int, int], None]
_YIELD_EVERY: Final = 5_000


class RebuildRefused(RuntimeError):
    """The rebuild cannot be newer than what exists; the message says why."""


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild made."""

    generation: Generation
    events: int
    territories: int
    unreadable: tuple[Unreadable, ...]


async def recount(
    kafka: str, *, progress: Progress | None = None, also: Callable[[str, int, list[Any]], None] | None = None
) -> tuple[Recount, dict[str, int]]:
    """The latest states of all entities, and the end offset of each source. `also` sees every batch as well."""
    result = Recount(counting_places())
    async with open_log(kafka, ENTITY_TOPICS, client_id="scoring-recount") as entities:
        read = 0
        async for partition, records in entities.batches():
            for start in range(0, len(records), _YIELD_EVERY):
                part = records[start : start + _YIELD_EVERY]
                for record in part:
                    result.add(partition.topic, partition.partition, record.offset, record.key, record.value)
                if also is not None:
                    also(partition.topic, partition.partition, part)
                read += len(part)
                if progress is not None:
                    progress(read, entities.size)
                await asyncio.sleep(0)
        return result, {f"{place.topic}-{place.partition}": end for place, end in entities.ends.items()}


async def rebuild(settings: ScoringSettings, identity: TopicIdentity, *, progress: Progress | None = None) -> Rebuilt:
    """Makes a new generation. Raises RebuildRefused when this machine's clock is behind the last rebuild."""
    former = await latest_generation(settings.kafka_bootstrap)
    generation = Generation(identity.digest, new_id("epoch").partition("_")[2])
    if former is not None and not generation.replaces(former.generation):
        raise RebuildRefused(
            f"the clock of this machine ({isoformat(utc_now())}) is behind the last rebuild ({former.made_at}); "
            "remedy: set the clock, then ancrage scoring rebuild"
        )
    counted, ends = await recount(settings.kafka_bootstrap, progress=progress)
    record = GenerationRecord(
        generation=str(generation),
        next=ends,
        events=counted.events,
        unreadable=len(counted.unreadable),
        made_at=isoformat(utc_now()),
    )
    await write_generation(settings, identity, counted.content, record)
    territories = len(buckets.without_empty(counted.territories))
    log.info("scoring.rebuilt", generation=str(generation), events=counted.events, territories=territories)
    return Rebuilt(generation, counted.events, territories, tuple(counted.unreadable))


async def write_generation(
    settings: ScoringSettings, identity: TopicIdentity, content: buckets.Content, record: GenerationRecord
) -> None:
    """Writes the content of every bucket and, when all are acknowledged, the record that lets packers go on behind it."""
    contents = buckets.split(content, counted_codes(), settings.scoring_buckets)
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap,
        client_id="scoring-rebuild",
        acks="all",
        enable_idempotence=True,
        compression_type="snappy",
        max_request_size=1_000_000,
    )
    await producer.start()
    try:
        sent = [
            await producer.send(
                SCORING_DELTAS,
                key=b"%d" % bucket,
                partition=buckets.partition_of(bucket, identity.deltas_partitions),
                value=buckets.encode(buckets.CompoundRecord(record.generation, content=part)),
            )
            for bucket, part in enumerate(contents)
        ]
        await asyncio.gather(*sent)
        epoch = Generation.parse(record.generation).epoch
        await producer.send_and_wait(SCORING_GENERATIONS, key=epoch.encode(), value=msgspec.json.encode(record))
    finally:
        await producer.stop()
