"""How much of an outbox waits for Kafka, and when that is too much to accept more.

Rows that wait are safe. But a broker that is away for hours would fill the disk with them, and a reader would learn of it
too late; so callers are told to come back. One query a second, not one a request: what this process adds in between is
added up.
"""

import threading
import time
from typing import Final

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from shared import telemetry
from shared.web.problems import Problem, ProblemType

EVERY_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 5
_WAITING: Final = text(
    "SELECT count(*) AS rows, coalesce(sum(count), 0) AS events,"
    " coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) AS seconds"
    " FROM (SELECT count, created_at FROM outbox ORDER BY id LIMIT :rows) AS oldest"
)

_FULL: Final = (
    "Trop d'événements attendent Kafka : {events} (limite {most}), le plus ancien depuis {seconds:.0f} s (limite "
    "{longest:.0f} s). Revenez dans {retry} s.",
    "Too many events wait for Kafka: {events} (limit {most}), the oldest for {seconds:.0f} s (limit {longest:.0f} s). Come "
    "back in {retry} s.",
)

log = telemetry.logger(__name__)


class Backlog:
    """The outbox of one service as one process knows it. `start` begins to look, `close` ends it."""

    def __init__(self, engine: Engine, service: str, *, max_events: int, max_seconds: float) -> None:
        self._engine = engine
        self._service = service
        self._max_events = max_events
        self._max_seconds = max_seconds
        self._events = 0
        self._seconds = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox backlog", daemon=True)

    def start(self) -> None:
        """Looks every second from now on."""
        self._thread.start()

    def close(self) -> None:
        """Ends looking."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def added(self, events: int) -> None:
        """Counts what this process has just kept, until the next look."""
        self._events += events

    def admit(self, wait_seconds: float = 0.0, *, lang: str = "fr") -> None:
        """Returns when more may be accepted, at once or within `wait_seconds`. Raises Problem 503 with Retry-After.

        Its words, in `lang` ("fr" or "en"), leave to the caller to say what of the request was kept.
        """
        give_up = time.monotonic() + wait_seconds
        while self.full:
            if time.monotonic() >= give_up:
                detail = _FULL[1 if lang == "en" else 0].format(
                    events=self._events,
                    most=self._max_events,
                    seconds=self._seconds,
                    longest=self._max_seconds,
                    retry=RETRY_SECONDS,
                )
                headers = {"Retry-After": str(RETRY_SECONDS)}
                raise Problem(ProblemType.UNAVAILABLE, detail, headers=headers)
            self._ended.wait(0.2)

    @property
    def full(self) -> bool:
        """Whether too many events wait, or one for too long."""
        return self._events > self._max_events or self._seconds > self._max_seconds

    def look(self) -> None:
        """Asks the database once. Its figures stay as they were where it does not answer."""
        with self._engine.connect() as connection:
            # Rows beyond the limit are not counted: it is enough to know that it is passed.
            found = connection.execute(_WAITING, {"rows": self._max_events + 1}).one()
        self._events, self._seconds = int(found.events), float(found.seconds)
        telemetry.OUTBOX_PENDING.labels(self._service).set(found.rows)
        telemetry.OUTBOX_OLDEST_SECONDS.labels(self._service).set(self._seconds)

    def _run(self) -> None:
        was_full = False
        while not self._ended.is_set():
            began = time.monotonic()
            try:
                self.look()
            except SQLAlchemyError as error:
                log.warning("backlog.unknown", error=type(error).__name__)
            if self.full != was_full:
                was_full = self.full
                log.warning("backlog.full" if was_full else "backlog.below", events=self._events, seconds=self._seconds)
            # Counting many rows takes a while: never more than a twentieth of the time.
            self._ended.wait(max(EVERY_SECONDS, 20 * (time.monotonic() - began)))
