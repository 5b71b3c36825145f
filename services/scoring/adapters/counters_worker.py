"""The Faust application of the counters, and the process that runs it."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Iterable
from typing import Any, Final

import faust
import msgspec
from faust.sensors import Monitor
from faust.transport.drivers.aiokafka import Consumer
from faust.types import TP

from services.scoring.adapters.counters_publication import CountersTopic
from services.scoring.adapters.counters_table import (
    EXIT_DEFECT,
    EXIT_SEND_FAILED,
    EXIT_TOPICS_CHANGED,
    NAME,
    CountersKeeper,
    FurthestStateTable,
    Output,
    Watchdog,
    end_process,
)
from services.scoring.adapters.generations import latest_generation
from services.scoring.adapters.rebuild import rebuild
from services.scoring.adapters.topic_identity import TopicIdentity, changed_identity, read_identity
from services.scoring.settings import ScoringSettings
from shared import telemetry
from shared.topics import SCORING_APP_ID, SCORING_DELTAS, SCORING_TABLE, TERRITORY_COUNTERS, dlq
from shared.web.health import HealthServer

BEAT_SECONDS: Final = 15.0
REBUILD_PAUSE_SECONDS: Final = 60.0
SIZE_CHECK_SECONDS: Final = 300.0
IDENTITY_SECONDS: Final = 30.0

log = telemetry.logger(__name__)


class CrashingMonitor(Monitor):  # type: ignore[misc]
    """A changelog or output record that was not written would leave the state behind the offsets."""

    def on_send_error(self, _producer: Any, exc: BaseException, _state: Any) -> None:
        end_process(EXIT_SEND_FAILED, "worker.produce_failed", error=repr(exc))


def _application(settings: ScoringSettings, identity: TopicIdentity) -> Any:
    """The Faust application, without its agent (settings: docs/adr/0003)."""
    session = settings.scoring_session_seconds
    return faust.App(
        SCORING_APP_ID,
        broker=";".join(f"kafka://{server}" for server in settings.kafka_bootstrap.split(",")),
        store="memory://",
        version=1,
        datadir=settings.home / "scoring-worker",
        topic_partitions=identity.deltas_partitions,
        topic_replication_factor=settings.topic_replication,
        topic_allow_declare=False,
        topic_disable_leader=True,
        processing_guarantee="at_least_once",
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=f"worker-{settings.instance}",
        consumer_max_fetch_size=4 * 2**20,
        broker_session_timeout=session,
        broker_heartbeat_interval=session / 6,
        broker_rebalance_timeout=60,
        broker_request_timeout=90,
        # aiokafka lets nobody join again who has not polled for this long, and a worker that has to join again does not
        # poll: with a full buffer on a slow machine it stood still for ever. See `CountersKeeper.check`.
        broker_max_poll_interval=86_400,
        broker_commit_interval=1.0,
        broker_commit_every=10_000,
        stream_buffer_maxsize=65_536,
        stream_wait_empty=True,
        stream_recovery_delay=0.0,
        stream_processing_timeout=60,
        producer_acks=-1,
        # The changelog's alone: what is published goes another way (CountersTopic). A request for each record is a third of
        # the worker's time; what a kill leaves unwritten is counted again from where the state says.
        producer_linger=0.02,
        producer_max_batch_size=262_144,
        producer_max_request_size=1_000_000,
        producer_compression_type="snappy",  # aiokafka compresses by LZ4 at its slowest level, and by it only
        table_standby_replicas=0,
        Table=FurthestStateTable,
        cython_optimizations=True,
        web_enabled=False,
        debug=False,
        worker_redirect_stdouts=False,
        monitor=CrashingMonitor(),
    )


def build(settings: ScoringSettings, identity: TopicIdentity) -> tuple[Any, CountersKeeper]:
    """The application and the keeper behind its agent."""
    app = _application(settings, identity)
    raw: dict[str, Any] = {
        "key_type": bytes,
        "value_type": bytes,
        "key_serializer": "raw",
        "value_serializer": "raw",
    }
    keeper = CountersKeeper(
        table=app.Table(SCORING_TABLE, partitions=identity.deltas_partitions, key_type=int),
        output=Output(
            CountersTopic(settings.kafka_bootstrap, identity.partitions[TERRITORY_COUNTERS]),
            app.topic(dlq(SCORING_DELTAS), **raw),
        ),
        digest=identity.digest,
        bucket_count=settings.scoring_buckets,
        partitions=identity.deltas_partitions,
        watchdog=Watchdog(settings.scoring_session_seconds / 2),
    )
    app.transport.Consumer = _consumer_of(keeper)

    async def count(stream: Any) -> None:
        async for event in stream.events():
            try:
                await keeper.handle(event)
            except Exception as error:  # noqa: BLE001 - Faust would acknowledge the record and go on without it
                end_process(EXIT_DEFECT, "worker.failed", error=repr(error))

    duties = _Duties(app, keeper, settings, identity)
    app.agent(app.topic(SCORING_DELTAS, **raw), concurrency=1)(count)
    app.timer(1.0, on_leader=False)(duties.check)
    app.timer(SIZE_CHECK_SECONDS, on_leader=False)(duties.measure)
    app.timer(IDENTITY_SECONDS, on_leader=False)(duties.look_at_topics)
    app.task(duties.rebuild_when_wanted)
    app.task(duties.publish)
    app.on_before_shutdown.connect(duties.publish_the_rest, weak=False)
    app.on_partitions_assigned.connect(duties.on_assigned, weak=False)
    app.on_partitions_revoked.connect(duties.on_revoked, weak=False)
    return app, keeper


class _Duties:
    """What runs beside the agent: checks, publication after a recovery, rebuilds."""

    def __init__(self, app: Any, keeper: CountersKeeper, settings: ScoringSettings, identity: TopicIdentity) -> None:
        self._app = app
        self._keeper = keeper
        self._settings = settings
        self._identity = identity
        self._published: set[int] = set()

    async def check(self) -> None:
        app = self._app
        ready = app.started and not app.should_stop and not app.rebalancing and not app.in_recovery
        held = (
            {place.partition for place in app.consumer.assignment() if place.topic == SCORING_DELTAS}
            if ready
            else set()
        )
        await self._keeper.check(app.consumer, held, ready=ready)
        new = held - self._published
        if ready and new:
            self._published |= new
            self._keeper.republish(sorted(new))

    async def publish(self) -> None:
        """Publishes what changes, for ever."""
        try:
            await self._keeper.publication.run(self._keeper.watchdog.check)
        except Exception as error:  # noqa: BLE001 - counters that were not published would stay wrong for readers
            end_process(EXIT_DEFECT, "worker.publish_failed", error=repr(error))

    async def publish_the_rest(self, *_: Any, **__: Any) -> None:
        """At an orderly end."""
        await self._keeper.publication.close()

    async def measure(self) -> None:
        self._keeper.size_check(msgspec.json.encode)

    async def look_at_topics(self) -> None:
        """Topics that were made anew have other offsets: what this process knows of them is void."""
        if await asyncio.to_thread(changed_identity, self._settings, self._identity):
            end_process(EXIT_TOPICS_CHANGED, "worker.topics_changed")

    async def on_assigned(self, _: Any, assigned: set[TP], **__: Any) -> None:
        self._keeper.rebalanced()
        log.info("worker.assigned", partitions=len(assigned))

    async def on_revoked(self, _: Any, revoked: set[TP], **__: Any) -> None:
        self._keeper.rebalanced()
        self._published -= {place.partition for place in revoked}

    async def rebuild_when_wanted(self) -> None:
        while not self._app.should_stop:
            await asyncio.sleep(1.0)
            reason, self._keeper.rebuild_wanted = self._keeper.rebuild_wanted, None
            if reason is not None:
                await asyncio.to_thread(_rebuild_once, self._settings, self._identity, reason)
                await asyncio.sleep(REBUILD_PAUSE_SECONDS)
                self._keeper.rebuild_wanted = None


def _consumer_of(keeper: CountersKeeper) -> type:
    """Faust's consumer, which after each recovery goes where the state says before it reads a record.

    Faust resumes the partitions first and seeks afterwards: records fetched in between would overwrite its read offset.
    """

    class PositionedConsumer(Consumer):  # type: ignore[misc]
        def resume_partitions(self, tps: Iterable[TP]) -> None:
            super().resume_partitions({place for place in tps if keeper.may_read(place)})

        async def perform_seek(self) -> None:
            await super().perform_seek()
            super().resume_partitions(await keeper.position(self))

    return PositionedConsumer


def _rebuild_once(settings: ScoringSettings, identity: TopicIdentity, reason: str) -> None:
    """Makes a new generation, unless there has been none: then the packer is about to make the first."""

    async def make() -> None:
        latest = await latest_generation(settings.kafka_bootstrap)
        if latest is None or latest.generation.digest != identity.digest:
            log.warning("worker.waits_for_rebuild", reason=reason)
            return
        log.warning("worker.rebuilds", reason=reason)
        await rebuild(settings, identity)

    asyncio.run(make())


def run_worker(settings: ScoringSettings) -> None:
    """Runs until SIGTERM. Alive while its event loop turns, ready when its partitions are recovered and counted."""
    identity = read_identity(settings)
    logging.getLogger("faust").setLevel(logging.WARNING)
    logging.getLogger("mode").setLevel(logging.WARNING)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    app, keeper = build(settings, identity)
    progress = keeper.progress
    started = time.monotonic()

    def alive() -> bool:
        # The timers, and with them the beat, start when the tables are recovered.
        recovering = not progress.ready and time.monotonic() - started < 120.0
        return recovering or time.monotonic() - progress.beat_at < BEAT_SECONDS

    def status() -> dict[str, Any]:
        return {
            "active": progress.ready,
            "records": progress.records,
            "entries": progress.entries,
            "dropped": progress.dropped,
            "refused": progress.refused,
            "threads": threading.active_count(),
        }

    with (
        HealthServer(
            settings.port(NAME), alive=alive, ready=lambda: progress.ready, status=status, host=settings.http_host
        ),
        contextlib.suppress(SystemExit),
    ):
        faust.Worker(
            app, loglevel="INFO", override_logging=False, redirect_stdouts=False, loop=loop, quiet=True
        ).execute_from_commandline()
