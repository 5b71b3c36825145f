"""The dispatcher: leases due deliveries, sends them, records what came of it.

A lease is committed before anything is sent. A dispatcher that dies loses nothing: its leases are given back when its next
life begins, or end by themselves, and the same message goes out again under the same webhook-id.
"""

import asyncio
import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from random import SystemRandom
from typing import Any, Final, TypeVar

import psycopg
from cryptography.fernet import InvalidToken
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from services.notify.adapters import outgoing
from services.notify.adapters.intake import DELIVERY_CHANNEL
from services.notify.adapters.outgoing import Leased, Tried
from services.notify.adapters.secrets import SecretBox
from services.notify.adapters.sender import Message, Outcome, Sender
from services.notify.core.fairness import Load, share
from services.notify.core.schedule import Answer, verdict
from services.notify.settings import NotifySettings
from shared import telemetry
from shared.clock import utc_now

LEASE_MARGIN: Final = timedelta(seconds=15)
POLL_SECONDS: Final = 0.5
STOP_SECONDS: Final = 3.0
PURGE_SECONDS: Final = 600.0
RETRY_SECONDS: Final = 30.0

T = TypeVar("T")
log = telemetry.logger(__name__)


class Dispatcher:
    """One dispatcher. Copies run side by side under different ANCRAGE_INSTANCE; a second one of the same name waits."""

    def __init__(self, settings: NotifySettings, engine: Engine, sender: Callable[[], Sender]) -> None:
        self._settings = settings
        self._engine = engine
        self._make_sender = sender
        self._secrets = SecretBox(settings)
        self._holder = f"notify.dispatcher-{settings.instance}"
        self._stopping = threading.Event()
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="sql")
        self._draw = SystemRandom().random
        self._tasks: dict[asyncio.Task[None], Leased] = {}
        self._ended: list[Tried] = []
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
                given_back = outgoing.release(own, self._holder)
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
        sender = self._make_sender()
        self.active = True
        purge_at = time.monotonic()
        try:
            while not self._stopping.is_set():
                for task in (listening, recording):
                    if task.done():
                        task.result()
                if time.monotonic() >= purge_at:
                    purge_at = time.monotonic() + PURGE_SECONDS
                    await self._in_thread(self._purge)
                self._wake.clear()
                leased = await self._in_thread(partial(self._lease, self._load()))
                for delivery in leased:
                    task = asyncio.create_task(self._deliver(sender, delivery))
                    self._tasks[task] = delivery
                    task.add_done_callback(self._forget)
                telemetry.NOTIFY_IN_FLIGHT.set(len(self._tasks))
                self.progressed_at = time.monotonic()
                if not leased:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
        finally:
            self.active = False
            self._stopping.set()
            await self._end(sender, recording)
            await listening

    async def _end(self, sender: Sender, recording: "asyncio.Task[None]") -> None:
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=STOP_SECONDS)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._to_record.set()
        await recording
        await self._in_thread(self._release)
        await sender.close()

    def _listen(self, connection: psycopg.Connection[Any], loop: asyncio.AbstractEventLoop) -> None:
        while not self._stopping.is_set():
            for _ in connection.notifies(timeout=1.0, stop_after=1):
                loop.call_soon_threadsafe(self._wake.set)

    def _forget(self, task: "asyncio.Task[None]") -> None:
        self._tasks.pop(task, None)
        self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            # Its lease ends by itself and the delivery is tried again.
            log.error("dispatcher.try_failed", error=repr(task.exception()))

    async def _deliver(self, sender: Sender, delivery: Leased) -> None:
        at = utc_now()
        try:
            secrets = self._opened(delivery)
        except InvalidToken:
            # The key that encrypted it is no longer among ANCRAGE_SECRET_KEYS.
            log.error("dispatcher.secret_unreadable", endpoint=delivery.endpoint)
            outcome = Outcome(Answer(None, "secret_unreadable"), 0)
        else:
            outcome = await sender.send(Message(delivery.id, delivery.url, delivery.payload.encode(), secrets), at)
        judged = verdict(outcome.answer, delivery.tries + 1, utc_now(), self._draw())
        telemetry.NOTIFY_TRIES.labels(judged.state.value).inc()
        telemetry.NOTIFY_TRY_SECONDS.observe(outcome.latency_ms / 1000)
        self._ended.append(
            Tried(
                delivery,
                at,
                outcome.answer.status,
                outcome.answer.error,
                outcome.latency_ms,
                outcome.excerpt,
                judged,
            )
        )
        self._to_record.set()

    def _opened(self, delivery: Leased) -> list[str]:
        sealed = [delivery.secret, *([delivery.previous_secret] if delivery.previous_secret else [])]
        return [self._secrets.open(secret) for secret in sealed]

    async def _record_until_stopped(self) -> None:
        """Writes what ended, all that is at hand in one transaction; retries for 30 s where the database is away."""
        while self._ended or self._tasks or not self._stopping.is_set():
            await self._to_record.wait()
            self._to_record.clear()
            ended, self._ended = self._ended, []
            give_up_at = time.monotonic() + RETRY_SECONDS
            while ended:
                try:
                    await self._in_thread(partial(self._record, ended))
                    ended = []
                except (OperationalError, InterfaceError) as error:
                    if time.monotonic() > give_up_at:
                        raise
                    log.warning("dispatcher.record_retry", error=type(error).__name__)
                    await asyncio.sleep(0.5)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _load(self) -> Load:
        in_hand = self._tasks.values()
        return Load(Counter(delivery.endpoint for delivery in in_hand), sum(delivery.failing for delivery in in_hand))

    def _lease(self, load: Load) -> list[Leased]:
        if load.total >= self._settings.webhook_concurrency:
            return []
        now = utc_now()
        with self._engine.begin() as connection:
            wanted = share(
                outgoing.due(connection, now),
                load,
                capacity=self._settings.webhook_concurrency,
                per_endpoint=self._settings.webhook_endpoint_concurrency,
            )
            return outgoing.lease(
                connection,
                wanted,
                holder=self._holder,
                now=now,
                life=timedelta(seconds=self._settings.webhook_timeout_seconds) + LEASE_MARGIN,
            )

    def _record(self, ended: list[Tried]) -> None:
        with self._engine.begin() as connection:
            outgoing.record(connection, ended, holder=self._holder)

    def _release(self) -> None:
        with self._engine.begin() as connection:
            outgoing.release(connection, self._holder)

    def _purge(self) -> None:
        with self._engine.begin() as connection:
            removed = outgoing.purge(connection, utc_now() - timedelta(days=self._settings.delivery_retention_days))
        if removed:
            log.info("deliveries.purged", count=removed)


def build(settings: NotifySettings, engine: Engine) -> Dispatcher:
    """The dispatcher, wired."""
    return Dispatcher(
        settings,
        engine,
        lambda: Sender(
            allowed=settings.allowed_networks,
            timeout_seconds=settings.webhook_timeout_seconds,
        ),
    )
