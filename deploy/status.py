"""What runs and how far it is: processes, topics, lag of each consumer group, freshness of what was consumed.

Asks run.json for what the supervisor started, each process's /readyz and /metrics, and the broker. Works as well where
the processes run elsewhere (compose): there is no record then, and the state is what /readyz says.
"""

import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prometheus_client.parser import text_string_to_metric_families

from deploy.local.home import Running, recorded
from deploy.local.states import State
from deploy.local.supervisor import SERVER_NAMES
from deploy.local.wire import refusal_in
from shared.processes import PROCESSES, Process
from shared.settings import Settings
from shared.topics import CATALOGUE

if TYPE_CHECKING:
    from kafka import TopicPartition

CONSUMED_AT = "ancrage_consumed_at_seconds"
OUTBOX_PENDING = "ancrage_outbox_pending_rows"
SNAPSHOTS_WAITING = "ancrage_ingest_snapshots_waiting"
SCORING_SUSPECT = "ancrage_scoring_suspect_records"
HTTP_SECONDS = 2.0


@dataclass(frozen=True)
class ProcessStatus:
    """One process. The counts come from its metrics, None where it has none of the kind; `refused` is why it does not
    work until somebody acts, in its own words with the remedy."""

    name: str
    ready: bool
    port: int
    pid: int | None = None
    started: float | None = None
    restarts: int | None = None
    consumed_at: float | None = None
    outbox_pending: int | None = None
    snapshots_waiting: int | None = None
    suspect: int | None = None
    refused: str | None = None


@dataclass(frozen=True)
class ServerStatus:
    """An embedded server, as the supervisor recorded it."""

    name: str
    ready: bool
    pid: int
    started: float
    restarts: int


@dataclass(frozen=True)
class TopicStatus:
    """A topic of the catalogue. `end` is the sum of its partitions' end offsets; None where the topic is missing."""

    name: str
    partitions: int | None
    end: int | None


@dataclass(frozen=True)
class GroupStatus:
    """A consumer group's lag on one topic: records not yet committed, over all its partitions."""

    group: str
    topic: str
    lag: int


@dataclass(frozen=True)
class Status:
    """Everything; `broker` is None where it answered, else why not. `servers` are the embedded ones that run."""

    servers: tuple[ServerStatus, ...]
    processes: tuple[ProcessStatus, ...]
    topics: tuple[TopicStatus, ...]
    groups: tuple[GroupStatus, ...]
    broker: str | None

    @property
    def snapshots_waiting(self) -> int:
        """Full lists whose withdrawals wait for a person."""
        return sum(one.snapshots_waiting or 0 for one in self.processes)

    @property
    def suspect(self) -> int:
        """Records that the counters could not read: the sums are in doubt."""
        return sum(one.suspect or 0 for one in self.processes)

    @property
    def all_ready(self) -> bool:
        topics_there = all(topic.partitions is not None for topic in self.topics)
        all_units: tuple[ServerStatus | ProcessStatus, ...] = (*self.servers, *self.processes)
        return self.broker is None and topics_there and all(unit.ready for unit in all_units)


def newest_gauge(exposition: str, name: str) -> float | None:
    """Largest value of a gauge in a /metrics answer, over its labels; None where it has no sample above 0.

    A gauge declared and never set shows 0, which is no time at which something was consumed.
    """
    values = [
        sample.value
        for family in text_string_to_metric_families(exposition)
        if family.name == name
        for sample in family.samples
    ]
    return max((value for value in values if value > 0), default=None)


def sum_of_gauge(exposition: str, name: str) -> int | None:
    """Sum of a gauge over its labels; None where the process does not have it."""
    values = [
        sample.value
        for family in text_string_to_metric_families(exposition)
        if family.name == name
        for sample in family.samples
    ]
    return int(sum(values)) if values else None


def lag_by_topic(committed: Mapping["TopicPartition", int], ends: Mapping["TopicPartition", int]) -> dict[str, int]:
    """Records between committed and end offsets, summed by topic; partitions whose end is unknown are left out."""
    lag: dict[str, int] = {}
    for partition, offset in committed.items():
        if partition in ends and offset >= 0:
            lag[partition.topic] = lag.get(partition.topic, 0) + max(0, ends[partition] - offset)
    return lag


def read_status(settings: Settings) -> Status:
    """Asks everything, in parallel; takes a few seconds at most."""
    running = {one.name: one for one in recorded(settings.home)}
    with ThreadPoolExecutor(len(PROCESSES)) as pool:
        processes = tuple(pool.map(lambda one: _process_status(one, settings, running.get(one.name)), PROCESSES))
    servers = tuple(
        ServerStatus(one.name, one.state == State.READY, one.pid, one.started, one.restarts)
        for one in running.values()
        if one.name in SERVER_NAMES and one.process()
    )
    topics, groups, broker = _broker_status(settings)
    return Status(servers, processes, topics, groups, broker)


def _process_status(process: Process, settings: Settings, running: Running | None) -> ProcessStatus:
    port = settings.port_base + process.port_offset
    alive = running if running and running.process() else None
    ready = _get(port, "/readyz") is not None
    exposition = _get(port, "/metrics") if ready else None
    return ProcessStatus(
        name=process.name,
        ready=ready,
        port=port,
        pid=alive.pid if alive else None,
        started=alive.started if alive else None,
        restarts=alive.restarts if alive else None,
        consumed_at=newest_gauge(exposition, CONSUMED_AT) if exposition else None,
        outbox_pending=sum_of_gauge(exposition, OUTBOX_PENDING) if exposition else None,
        snapshots_waiting=sum_of_gauge(exposition, SNAPSHOTS_WAITING) if exposition else None,
        suspect=sum_of_gauge(exposition, SCORING_SUSPECT) if exposition else None,
        refused=None if ready else refusal_in(_get(port, "/status")),
    )


def _get(port: int, path: str) -> str | None:
    """Body of a 200 answer on this host, else None."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=HTTP_SECONDS) as answer:
            body: bytes = answer.read()
            return body.decode()
    except (urllib.error.URLError, OSError, ValueError):
        return None


def _broker_status(settings: Settings) -> tuple[tuple[TopicStatus, ...], tuple[GroupStatus, ...], str | None]:
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    names = [topic.name for topic in CATALOGUE]
    unknown = tuple(TopicStatus(name, None, None) for name in names)
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=settings.kafka_bootstrap, request_timeout_ms=5_000, bootstrap_timeout_ms=3_000
        )
    except KafkaError as error:
        return unknown, (), f"{settings.kafka_bootstrap}: {type(error).__name__}"
    try:
        return _ask_broker(admin, names)
    except KafkaError as error:
        return unknown, (), f"{settings.kafka_bootstrap}: {type(error).__name__}"
    finally:
        admin.close()


def _ask_broker(
    admin: Any, names: Iterable[str]
) -> tuple[tuple[TopicStatus, ...], tuple[GroupStatus, ...], str | None]:
    from kafka import TopicPartition
    from kafka.admin import OffsetSpec

    existing = set(admin.list_topics())
    described = admin.describe_topics([name for name in names if name in existing])
    partitions = {topic["name"]: len(topic["partitions"]) for topic in described}
    committed = {
        group: {partition: position.offset for partition, position in positions.items()}
        for group, positions in admin.list_group_offsets({one["group_id"]: None for one in admin.list_groups()}).items()
    }
    wanted = {TopicPartition(name, number) for name, count in partitions.items() for number in range(count)}
    wanted |= {partition for positions in committed.values() for partition in positions if partition.topic in existing}
    found = admin.list_partition_offsets(dict.fromkeys(wanted, OffsetSpec.LATEST)) if wanted else {}
    ends = {partition: position.offset for partition, position in found.items()}
    topics = tuple(
        TopicStatus(
            name,
            partitions.get(name),
            sum(ends[TopicPartition(name, number)] for number in range(partitions[name]))
            if name in partitions
            else None,
        )
        for name in names
    )
    groups = tuple(
        GroupStatus(group, topic, lag)
        for group, positions in sorted(committed.items())
        for topic, lag in sorted(lag_by_topic(positions, ends).items())
    )
    return topics, groups, None
