"""How much of an outbox waits for Kafka, and when that is too much to accept more.

Rows that wait are safe. But a broker that is away for hours would fill the disk with them, and a reader would learn of it
too late; so callers are told to come back. One query a second, not one a request: what this process adds in between is
added up.
"""

import time
from typing import Final

from sqlalchemy import Engine

from shared import telemetry
from shared.sql.outbox_gauge import OutboxGauge, Waiting
from shared.web.problems import Problem, ProblemType

RETRY_SECONDS: Final = 5

_FULL: Final = (
    "Trop d'événements attendent Kafka : {events} (limite {most}), le plus ancien depuis {seconds:.0f} s (limite "
    "{longest:.0f} s). Revenez dans {retry} s.",
    "Too many events wait for Kafka: {events} (limit {most}), the oldest for {seconds:.0f} s (limit {longest:.0f} s). Come "
    "back in {retry} s.",
)

log = telemetry.logger(__name__)


class Backlog(OutboxGauge):
    """The outbox of one service, with a limit of events and of age."""

    def __init__(self, engine: Engine, service: str, *, max_events: int, max_seconds: float) -> None:
        # Rows beyond the limit are not counted: it is enough to know that it is passed.
        super().__init__(engine, service, counted_rows=max_events + 1)
        self._max_events = max_events
        self._max_seconds = max_seconds
        self._events = 0
        self._seconds = 0.0
        self._was_full = False

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

    def look(self) -> Waiting:
        """Asks the database once. Its figures stay as they were where it does not answer."""
        waiting = super().look()
        self._events, self._seconds = waiting.events, waiting.seconds
        return waiting

    def looked(self) -> None:
        """Logs when the limit was passed, and when it no longer is."""
        if self.full != self._was_full:
            self._was_full = self.full
            log.warning(
                "backlog.full" if self._was_full else "backlog.below", events=self._events, seconds=self._seconds
            )
