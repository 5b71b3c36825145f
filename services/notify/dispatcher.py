"""The dispatcher: leases due deliveries, sends them, records what came of it.

A lease is committed before anything is sent. A dispatcher that dies loses nothing: its leases are given back when its next
life begins, or end by themselves, and the same message goes out again under the same webhook-id. Deliveries are leased
ahead, some windows for each endpoint, so that sending does not wait for SQL; results are written in bulk.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from random import SystemRandom
from typing import Any, Final, TypeVar

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.exc import InterfaceError, OperationalError

from services.notify.adapters import leases, messages, outcomes
from services.notify.adapters.intake import DELIVERY_CHANNEL
from services.notify.adapters.leases import Destination, Leased
from services.notify.adapters.mail_channel import MailChannel
from services.notify.adapters.recipients import Recipients
from services.notify.adapters.secrets import SecretBox
from services.notify.adapters.sender import Sender
from services.notify.adapters.sms_channel import SmsChannel
from services.notify.adapters.smtp import Smtp
from services.notify.adapters.tried import Tried
from services.notify.adapters.webhook_channel import ChannelSender, WebhookChannel
from services.notify.alerting import AlertSweep
from services.notify.core.channels import Channel
from services.notify.core.fairness import Due, share
from services.notify.core.lanes import Lanes
from services.notify.core.schedule import Answer, Outcome, verdict
from services.notify.settings import NotifySettings
from shared import telemetry
from shared.clock import BusinessClock, utc_now

LEASE_MARGIN: Final = timedelta(seconds=15)
POLL_SECONDS: Final = 0.5
# Leases are asked for at most this often: what is ready meanwhile comes in one go.
LEASE_SECONDS: Final = 0.004
STOP_SECONDS: Final = 3.0
PURGE_SECONDS: Final = 600.0
SWEEP_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 30.0

T = TypeVar("T")
log = telemetry.logger(__name__)


class Dispatcher:
    """One dispatcher. Copies run side by side under different ANCRAGE_INSTANCE; a second one of the same name waits.

    `senders` makes a sender per channel; deliveries of other channels are left to other dispatchers. `sweep` turns alerts
    into deliveries, now and then.
    """

    def __init__(
        self,
        settings: NotifySettings,
        engine: Engine,
        senders: Callable[[], Mapping[Channel, ChannelSender]],
        sweep: AlertSweep | None = None,
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._make_senders = senders
        self._sweep = sweep
        self._senders: Mapping[Channel, ChannelSender] = {}
        self._holder = f"notify.dispatcher-{settings.instance}"
        self._stopping = threading.Event()
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="sql")
        self._draw = SystemRandom().random
        self._lanes: Lanes[Leased] = Lanes(settings.webhook_endpoint_concurrency, lambda delivery: delivery.id)
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: list[Tried] = []
        self._returned: list[str] = []
        self._wake = asyncio.Event()
        self._to_record = asyncio.Event()
        self.active = False
        self.progressed_at = time.monotonic()

    def stop(self) -> None:
        """Ends `run`; tries in hand get 3 s."""
        self._stopping.set()

    def run(self) -> None:
        """Waits to be the only one of its name, then dispatches until stopped. Raises when the database stays away."""
        dsn = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(dsn, autocommit=True) as connection:
            while not self._try_lock(connection):
                self.progressed_at = time.monotonic()
                if self._stopping.wait(1.0):
                    return
            with self._engine.begin() as own:
                given_back = leases.release(own, self._holder)
            if given_back:
                log.warning("dispatcher.leases_given_back", count=given_back)
            connection.execute(f"LISTEN {DELIVERY_CHANNEL}")
            asyncio.run(self._dispatch(connection))

    def _try_lock(self, connection: psycopg.Connection[Any]) -> bool:
        row = connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (self._holder,)).fetchone()
        return bool(row and row[0])

    async def _dispatch(self, connection: psycopg.Connection[Any]) -> None:
        loop = asyncio.get_running_loop()
        listening = loop.run_in_executor(None, self._listen, connection, loop)
        recording = asyncio.create_task(self._record_until_stopped())
        self._senders = self._make_senders()
        purge_at = sweep_at = time.monotonic()
        try:
            await self._in_thread(self._announce)
            self.active = True
            while not self._stopping.is_set():
                for task in (listening, recording):
                    if task.done():
                        task.result()
                if time.monotonic() >= purge_at:
                    purge_at = time.monotonic() + PURGE_SECONDS
                    await self._in_thread(self._purge)
                if self._sweep is not None and time.monotonic() >= sweep_at:
                    sweep_at = time.monotonic() + SWEEP_SECONDS
                    await self._in_thread(self._sweep.run)
                self._wake.clear()
                more = await self._lease()
                telemetry.NOTIFY_IN_FLIGHT.set(self._lanes.in_flight)
                self.progressed_at = time.monotonic()
                if not more:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
                await asyncio.sleep(LEASE_SECONDS)
        finally:
            self.active = False
            self._stopping.set()
            await self._end(recording)
            await listening

    async def _end(self, recording: "asyncio.Task[None]") -> None:
        self._lanes.take_waiting()  # released below
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=STOP_SECONDS)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._to_record.set()
        try:
            await recording
            await self._in_thread(self._release)
        finally:
            for sender in self._senders.values():
                await sender.close()

    def _listen(self, connection: psycopg.Connection[Any], loop: asyncio.AbstractEventLoop) -> None:
        while not self._stopping.is_set():
            for _ in connection.notifies(timeout=1.0, stop_after=1):
                loop.call_soon_threadsafe(self._wake.set)

    async def _lease(self) -> bool:
        """Takes what is due and fair into the lanes. Returns whether there may be more."""
        now = time.monotonic()
        load = self._lanes.load(now)
        if load.free(self._settings.webhook_concurrency) <= 0:
            return False
        asked = 0

        def wanted(found: list[Destination]) -> dict[str, int]:
            nonlocal asked
            due = [
                Due(
                    one.id,
                    one.failing or self._lanes.is_slow(one.id, now),
                    self._lanes.most(one.id, failing=one.failing),
                )
                for one in found
            ]
            places = share(due, load, capacity=self._settings.webhook_concurrency)
            asked = sum(places.values())
            return places

        leased = await self._in_thread(partial(self._take, wanted))
        by_endpoint: dict[str, list[Leased]] = {}
        for delivery in leased:
            by_endpoint.setdefault(delivery.endpoint, []).append(delivery)
        for endpoint, deliveries in by_endpoint.items():
            self._lanes.add(endpoint, deliveries)
            self._start(endpoint)
        return 0 < asked <= len(leased)

    def _start(self, endpoint: str) -> None:
        if self._stopping.is_set():
            return
        latest = utc_now() + timedelta(seconds=self._settings.webhook_timeout_seconds)
        for delivery in self._lanes.start(endpoint, time.monotonic()):
            task = asyncio.create_task(self._deliver(delivery, in_time=delivery.until > latest))
            self._tasks.add(task)
            task.add_done_callback(self._forget)

    def _forget(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            # Its lease ends by itself and the delivery is tried again.
            log.error("dispatcher.try_failed", error=repr(task.exception()))

    async def _deliver(self, delivery: Leased, *, in_time: bool) -> None:
        delivered: bool | None = None
        try:
            if in_time:
                delivered = await self._try(delivery)
            else:
                # It waited so long behind others that its lease would not outlive the try.
                self._returned.append(delivery.id)
        finally:
            returned = self._lanes.end(delivery.endpoint, delivery, time.monotonic(), delivered=delivered)
            self._returned += [one.id for one in returned]
            self._to_record.set()
            self._start(delivery.endpoint)
            if self._lanes.is_low(delivery.endpoint):
                self._wake.set()

    async def _try(self, delivery: Leased) -> bool:
        at = utc_now()
        try:
            outcome = await self._senders[delivery.destination.channel].send(delivery, at)
        except Exception as error:  # a defect: judged like an answer that never came, so that it is not tried in a loop
            log.exception("dispatcher.sender_failed", delivery=delivery.id)
            outcome = Outcome(Answer(None, f"defect_{type(error).__name__}"[:60]), 0)
        judged = verdict(outcome.answer, delivery.tries + 1, utc_now(), self._draw())
        telemetry.NOTIFY_TRIES.labels(judged.state.value).inc()
        telemetry.NOTIFY_TRY_SECONDS.observe(outcome.latency_ms / 1000)
        self._ended.append(Tried(delivery, at, outcome, judged))
        # What a recipient's mailbox answers says nothing of the lane that all mail goes through.
        return judged.delivered or outcome.answer.of_recipient

    async def _record_until_stopped(self) -> None:
        """Writes what ended, all that is at hand in one transaction; retries for 30 s where the database is away."""
        while self._ended or self._returned or self._tasks or not self._stopping.is_set():
            await self._to_record.wait()
            self._to_record.clear()
            ended, self._ended = self._ended, []
            returned, self._returned = self._returned, []
            give_up_at = time.monotonic() + RETRY_SECONDS
            while ended or returned:
                try:
                    await self._in_thread(partial(self._record, ended, returned))
                    ended, returned = [], []
                except (OperationalError, InterfaceError) as error:
                    if time.monotonic() > give_up_at:
                        raise
                    log.warning("dispatcher.record_retry", error=type(error).__name__)
                    await asyncio.sleep(0.5)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _take(self, wanted: Callable[[list[Destination]], dict[str, int]]) -> list[Leased]:
        now = utc_now()
        with self._engine.begin() as connection:
            # A lease lost with the server is a lease given back.
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            found = leases.due(connection, now, self._senders)
            if not found:
                return []
            return leases.lease(
                connection,
                wanted(found),
                {one.id: one for one in found},
                holder=self._holder,
                now=now,
                life=timedelta(seconds=self._settings.webhook_timeout_seconds) * 2 + LEASE_MARGIN,
            )

    def _record(self, ended: list[Tried], returned: list[str]) -> None:
        with self._engine.begin() as connection:
            disabled = outcomes.record(connection, ended, holder=self._holder, now=utc_now())
            if returned:
                leases.give_back(connection, returned, self._holder)
        for endpoint in disabled:
            log.warning("dispatcher.endpoint_disabled", endpoint=endpoint)

    def _release(self) -> None:
        with self._engine.begin() as connection:
            leases.release(connection, self._holder)

    def _purge(self) -> None:
        with self._engine.begin() as connection:
            removed = outcomes.purge(connection, utc_now() - timedelta(days=self._settings.delivery_retention_days))
        if removed:
            log.info("deliveries.purged", count=removed)
        if self._sweep is not None:
            self._sweep.purge(utc_now() - timedelta(days=self._settings.delivery_retention_days))

    def _announce(self) -> None:
        with self._engine.begin() as connection:
            messages.announce(connection, self._senders, at=utc_now(), sms_per_minute=self._settings.sms_per_minute)
        missing = [channel.value for channel in Channel if channel not in self._senders]
        if missing:
            log.warning("dispatcher.channels_not_configured", channels=missing)


def build(settings: NotifySettings, engine: Engine) -> Dispatcher:
    """The dispatcher, wired."""

    def senders() -> Mapping[Channel, ChannelSender]:
        sender = Sender(allowed=settings.allowed_networks, timeout_seconds=settings.webhook_timeout_seconds)
        made: dict[Channel, ChannelSender] = {Channel.WEBHOOK: WebhookChannel(sender, SecretBox(settings))}
        if settings.smtp_host:
            made[Channel.EMAIL] = MailChannel(settings, Smtp(settings), Recipients(settings))
        if settings.sms_url:
            made[Channel.SMS] = SmsChannel(settings, Recipients(settings))
        return made

    return Dispatcher(settings, engine, senders, AlertSweep(engine, BusinessClock(engine, movable=settings.test_clock)))
