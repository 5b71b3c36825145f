"""The contest: the harness' measuring, the product's events, and the proof that the product's state is whole.

The product's contender starts as on a running platform: its topics exist and an empty generation has been made. Its final
state is read from the changelog topic after its processes have ended: what is not there is not durable. It is compared
with a recount of every counter (national.expected), and what was published with the state.
"""

import asyncio
import json
import os
import sys
import time
from argparse import Namespace
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from benchmarks.streams import national
from benchmarks.streams.broker import Broker
from deploy.topics import apply
from services.scoring.adapters.generations import GenerationRecord
from services.scoring.adapters.log_reading import open_log
from services.scoring.adapters.rebuild import write_generation
from services.scoring.adapters.topic_identity import ENTITY_TOPICS, read_identity
from services.scoring.adapters.verification import read_output, read_states
from services.scoring.core import buckets
from services.scoring.core.comparison import compare
from services.scoring.core.counters import Counters
from services.scoring.settings import ScoringSettings
from shared.clock import isoformat, utc_now
from shared.ids import new_id
from shared.topics import CATALOGUE, SCORING_CHANGELOG, TERRITORY_COUNTERS

PRODUCT: Final = "Ancrage"
_RESULTS: Final = (SCORING_CHANGELOG, TERRITORY_COUNTERS)
_OWN: Final = frozenset(topic.name for topic in CATALOGUE)


def contest_class(run: ModuleType, workload: ModuleType) -> Any:
    """The harness' Bench, with the product's events and the product among the contenders."""

    class Contest(run.Bench):  # type: ignore[misc,name-defined]
        def __init__(self, broker: Broker, folder: Path, data: Path, options: Namespace, settings: ScoringSettings):
            self.broker, self.folder, self.options, self.settings = broker, folder, options, settings
            self.zone = national.zones(workload.zones(data))
            workload.write_zones(self.zone, folder / "zones.json")
            self.events = workload.generate(data)
            self.loaded: dict[int, Any] = {}
            self.whole: dict[int, dict[str, Counters]] = {}
            self.everything = int(len(self.events) * options.scale)
            self.product = False
            broker.create(dict.fromkeys(national.TOPICS, settings.topic_partitions))

        def load(self, count: int) -> Any:
            if count not in self.loaded:
                events = self.events[:count]
                # The whole replay is on the product's own topics, which every contender then reads.
                everything = count == self.everything
                topics = list(national.TOPICS) if everything else [f"{name}-{count}" for name in national.TOPICS]
                if not everything:
                    self.broker.create(dict.fromkeys(topics, self.settings.topic_partitions))
                size = national.produce(self.broker.bootstrap, topics, events)
                print(f"loaded {count:,} events, {size / count:.0f} bytes each", flush=True)
                self.loaded[count] = topics, workload.expected(events, self.zone)
                if everything:
                    self.whole[count] = national.expected(events)
                    _agree(self.whole[count], self.loaded[count][1])
            topics, peers = self.loaded[count]
            return topics, self.whole[count] if self.product else peers

        def throughput(self, contender: Any) -> dict[str, Any]:
            self.product = contender.name.startswith(PRODUCT)
            if self.product:
                self.load(self.everything)
                new_topics(self.broker, self.settings)
                asyncio.run(empty_generation(self.settings))
            row: dict[str, Any] = super().throughput(contender)
            return row

        def wait(self, process: Any) -> float | None:
            used: float | None = super().wait(process)
            if self.product and used is not None:
                out = self.folder / "out.json"
                report = json.loads(out.read_text()) | asyncio.run(read_back(self.settings.kafka_bootstrap))
                out.write_text(json.dumps(report))
                tell_differences(report["state"], self.whole[self.everything])
            return used

        def tidy(self) -> None:
            known = _OWN | {topic for topics, _ in self.loaded.values() for topic in topics}
            extra = [topic for topic in self.broker.topics() if topic not in known and not topic.startswith("__")]
            if extra:
                self.broker.delete(extra)

    return Contest


def _agree(whole: dict[str, Counters], peers: dict[str, Counters]) -> None:
    """The product's counters and the peers', each expected in its own way, say the same of what both count."""
    ours = {place: national.as_peers_count(counters) for place, counters in whole.items()}
    theirs = {place: national.as_peers_count(counters) for place, counters in peers.items()}
    if {place: one for place, one in ours.items() if one} != {place: one for place, one in theirs.items() if one}:
        raise RuntimeError("the product's counters and the peers' do not agree about the replay")


def product(run: ModuleType, settings: ScoringSettings, packers: int, workers: int) -> Any:
    """The product's own processes as a contender."""
    name = PRODUCT if packers == workers == 1 else f"{PRODUCT}, {packers} packers, {workers} workers"
    environment = {
        "ANCRAGE_KAFKA": settings.kafka_bootstrap,
        "ANCRAGE_HOME": str(settings.home),
        "ANCRAGE_PORT_BASE": str(settings.port_base),
        "PACKERS": str(packers),
        "WORKERS": str(workers),
    }
    command = [sys.executable, str(Path(__file__).with_name("replay.py"))]
    return run.Contender(name, command, "changelog + counters published, exact under kill -9", environment)


def new_topics(broker: Broker, settings: ScoringSettings) -> None:
    """The product's topics as on a first day, but for those that hold the replay."""
    own = [name for name in broker.topics() if name in _OWN and name not in national.TOPICS]
    if own:
        broker.delete(own)
    while broker.topics() & set(own):
        time.sleep(0.1)
    # The broker's clock says when a result was in the log.
    broker.create(dict.fromkeys(_RESULTS, settings.topic_partitions), {"message.timestamp.type": "LogAppendTime"})
    apply(settings)


async def empty_generation(settings: ScoringSettings) -> None:
    """The generation that a rebuild makes while all topics are empty."""
    identity = read_identity(settings)
    record = GenerationRecord(
        generation=f"{identity.digest}-{new_id('epoch').partition('_')[2]}",
        next={f"{topic}-{number}": 0 for topic in ENTITY_TOPICS for number in range(identity.partitions[topic])},
        events=0,
        unreadable=0,
        made_at=isoformat(utc_now()),
    )
    await write_generation(settings, identity, buckets.Content({}, {}), record)


async def read_back(kafka: str) -> dict[str, Any]:
    """What the log holds after the run: `state`, empty if what was published differs from it; `durable`, when the last
    result was written (epoch seconds, the broker's clock)."""
    state = buckets.merged((await read_states(kafka)).values())
    published = {code: one.counters for code, one in (await read_output(kafka)).items() if one.counters}
    if any(counters != state.get(code) for code, counters in published.items()) or not published:
        print("what was published is not the state", flush=True)
        state = {}
    last = 0
    async with open_log(kafka, _RESULTS, client_id="contest") as results:
        async for _, records in results.batches():
            last = max(last, *(record.timestamp for record in records))
    return {"state": state, "durable": last / 1000}


def tell_differences(found: dict[str, Counters], wanted: dict[str, Counters]) -> None:
    """Prints the first counters that differ."""
    differences = compare("state", wanted, found)
    for difference in differences[:5]:
        print(f"{len(differences)} differences: {difference}", flush=True)


def inherited() -> None:
    """Settings of whoever runs the contest are not those of the contenders."""
    for name in [name for name in os.environ if name.startswith("ANCRAGE_")]:
        del os.environ[name]
