"""Verification: the live counters against a recount of the topics, to the last integer, while events go on.

The state of the worker is read first, then the topics to their ends. What the worker has not applied by then is applied to
a copy, by the packer's and the worker's own code and behind the state's own guards; the copy must equal the recount. So the
comparison is exact at any moment, and nothing needs to stop.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from services.scoring.adapters.counting_places import counting_places
from services.scoring.adapters.generations import latest_generation
from services.scoring.adapters.ingest_truth import IngestTruth, Row
from services.scoring.adapters.log_reading import open_log
from services.scoring.adapters.rebuild import Progress, recount
from services.scoring.adapters.topic_identity import read_identity
from services.scoring.core import buckets
from services.scoring.core.buckets import BucketState
from services.scoring.core.comparison import Difference, compare
from services.scoring.core.counters import SUSPECT, Counters
from services.scoring.core.generation import REMEDY, Generation, GenerationRefused
from services.scoring.core.packing import Packed, Packer
from services.scoring.core.recompute import Recount, Unreadable
from services.scoring.settings import ScoringSettings
from shared.events import TerritoryCounters, decode
from shared.topics import SCORING_CHANGELOG, TERRITORY_COUNTERS

OUTPUT_ATTEMPTS: Final = 6
OUTPUT_PAUSE_SECONDS: Final = 0.5
EXACT, DIFFERENT, INCONCLUSIVE = 0, 1, 2


@dataclass
class Verification:
    """`unapplied`: entries that the worker had still to apply. `reason` says why nothing can be concluded."""

    generation: str | None = None
    events: int = 0
    repeated: int = 0
    unapplied: int = 0
    territories: int = 0
    counters: int = 0
    totals: Counters = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    ingest: dict[str, int] | None = None
    reason: str | None = None

    @property
    def exit_code(self) -> int:
        """0 exact, 1 different, 2 inconclusive."""
        if self.differences:
            return DIFFERENT
        return INCONCLUSIVE if self.reason is not None or self.unreadable else EXACT


async def verify(
    settings: ScoringSettings, *, progress: Progress | None = None, truth: IngestTruth | None = None
) -> Verification:
    """Compares. `truth` reads ingest's SQL, before the topics; None leaves it out."""
    result = Verification()
    published = await latest_generation(settings.kafka_bootstrap)
    if published is None:
        result.reason = "no counters yet: the packer has not made a first generation"
        return result
    result.generation = str(published.generation)
    identity = await asyncio.to_thread(read_identity, settings)
    if identity.digest != published.generation.digest:
        result.reason = str(GenerationRefused(published.generation, identity.digest))
        return result
    rows = await asyncio.to_thread(truth.read) if truth is not None else None
    states = await read_states(settings.kafka_bootstrap)
    missing = [
        bucket
        for bucket in range(settings.scoring_buckets)
        if bucket not in states or states[bucket]["g"] != result.generation
    ]
    if missing:
        result.reason = f"{len(missing)} buckets are not of generation {result.generation} yet; else: {REMEDY}"
        return result
    result.differences += await _output_differences(settings.kafka_bootstrap, states)
    forward = _Forward(states, published.generation, settings.scoring_buckets)
    counted, _ = await recount(settings.kafka_bootstrap, progress=progress, also=forward.take)
    result.events, result.repeated, result.unapplied = counted.events, counted.repeated, forward.applied
    result.unreadable = counted.unreadable
    expected = buckets.without_empty(counted.territories)
    found = buckets.merged(states.values())
    suspect = found.pop(SUSPECT, None)
    if suspect and not result.unreadable:
        result.reason = f"the state is suspect: {suspect} records could not be read; remedy: {REMEDY}"
    result.territories = len(expected)
    result.counters = sum(len(counters) for counters in expected.values())
    for counters in expected.values():
        for name, amount in counters.items():
            result.totals[name] = result.totals.get(name, 0) + amount
    result.differences += compare("state", expected, found)
    if rows is not None and truth is not None:
        result.ingest = _against_ingest(result, truth, rows, counted)
    return result


class _Forward:
    """Applies to a copy of the states what they have not applied yet."""

    def __init__(self, states: Mapping[int, BucketState], generation: Generation, bucket_count: int) -> None:
        self._states = states
        self._packer = Packer(counting_places(), bucket_count, generation)
        self.applied = 0

    def take(self, topic: str, partition: int, records: list[Any]) -> None:
        packed = Packed()
        self._packer.pack(topic, partition, records, packed)
        for bucket, by_source in packed.entries.items():
            state = self._states[bucket]
            self.applied += sum(
                len(entries.beyond(state["s"].get(source, -1))) for source, entries in by_source.items()
            )
            buckets.apply_entries(state["s"], state["t"], by_source)


class _Reached(msgspec.Struct):
    """How far a state is, without its counters."""

    g: str
    p: int


async def read_states(kafka: str) -> dict[int, BucketState]:
    """The table's buckets as its changelog has them: the furthest state of each."""
    furthest: dict[int, tuple[tuple[str, int], bytes]] = {}
    reached_of = msgspec.json.Decoder(_Reached)
    async with open_log(kafka, [SCORING_CHANGELOG], client_id="scoring-verify") as changelog:
        async for _, records in changelog.batches():
            for record in records:
                if record.value is None:
                    continue
                bucket = int(record.key)
                state = reached_of.decode(record.value)
                reached = (Generation.parse(state.g).epoch, state.p)
                known = furthest.get(bucket)
                if known is None or reached >= known[0]:
                    furthest[bucket] = (reached, record.value)
    return {bucket: msgspec.json.decode(value, type=BucketState) for bucket, (_, value) in furthest.items()}


async def _output_differences(kafka: str, states: Mapping[int, BucketState]) -> list[Difference]:
    """Published counters against the state behind them, without those that the worker has published since. What is published
    only a moment after its state is asked for again."""
    differences: list[Difference] = []
    for attempt in range(OUTPUT_ATTEMPTS):
        if attempt:
            await asyncio.sleep(OUTPUT_PAUSE_SECONDS)
        output = await read_output(kafka)
        expected: dict[str, Counters] = {}
        found: dict[str, Counters] = {}
        for state in states.values():
            for territory, counters in state["t"].items():
                published = output.get(territory)
                if published is None or _place(published) <= _reach(state):
                    expected[territory] = counters
                    found[territory] = published.counters if published else {}
        differences = compare("output", expected, found)
        if not differences:
            break
    return differences


async def read_output(kafka: str) -> dict[str, TerritoryCounters]:
    """territory-counters as a reader takes them: the latest generation and position of each territory."""
    output: dict[str, TerritoryCounters] = {}
    async with open_log(kafka, [TERRITORY_COUNTERS], client_id="scoring-verify") as counters:
        async for _, records in counters.batches():
            for record in records:
                if record.value is None:
                    continue
                one: TerritoryCounters = decode(TERRITORY_COUNTERS, record.value).data
                known = output.get(one.code)
                if known is None or _place(one) >= _place(known):
                    output[one.code] = one
    return output


def _reach(state: BucketState) -> tuple[str, int]:
    return Generation.parse(state["g"]).epoch, state["p"]


def _place(record: TerritoryCounters) -> tuple[str, int]:
    return Generation.parse(record.generation).epoch, record.position


def _against_ingest(result: Verification, truth: IngestTruth, rows: list[Row], counted: Recount) -> dict[str, int]:
    compared = truth.compare(rows, counted)
    result.differences += compared.differences
    if compared.unpublished and result.reason is None:
        result.reason = f"{compared.unpublished} versions of ingest are not on the topics yet"
    return {
        "rows": len(rows),
        "newer_on_topics": compared.newer,
        "unpublished": compared.unpublished,
        "unknown_to_ingest": compared.unknown,
    }
