"""How much of a service's outbox waits for Kafka, looked at every second and told in the metrics.

Runs in a thread of its own: the figures matter most while the process waits for a broker that does not answer.
"""

import threading
import time
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from shared import telemetry

EVERY_SECONDS: Final = 1.0
COUNTED_ROWS: Final = 500_000  # more are not counted: it is enough to know that there are so many
_WAITING: Final = text(
    "SELECT count(*) AS rows, coalesce(sum(count), 0) AS events,"
    " coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) AS seconds"
    " FROM (SELECT count, created_at FROM outbox ORDER BY id LIMIT :rows) AS oldest"
)

log = telemetry.logger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What an outbox holds: rows, the events in them, and the age of the oldest row in seconds (0 for none)."""

    rows: int
    events: int
    seconds: float


class OutboxGauge:
    """The outbox of one service as one process knows it. `start` begins to look, `close` ends it."""

    def __init__(self, engine: Engine, service: str, *, counted_rows: int = COUNTED_ROWS) -> None:
        self._engine = engine
        self._service = service
        self._counted_rows = counted_rows
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox gauge", daemon=True)

    def start(self) -> None:
        """Looks every second from now on."""
        self._thread.start()

    def close(self) -> None:
        """Ends looking."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def look(self) -> Waiting:
        """Asks the database once. Raises SQLAlchemyError where it does not answer; the metrics stay as they were."""
        with self._engine.connect() as connection:
            found = connection.execute(_WAITING, {"rows": self._counted_rows}).one()
        waiting = Waiting(int(found.rows), int(found.events), float(found.seconds))
        telemetry.OUTBOX_PENDING.labels(self._service).set(waiting.rows)
        telemetry.OUTBOX_OLDEST_SECONDS.labels(self._service).set(waiting.seconds)
        return waiting

    def looked(self) -> None:
        """Called after each look of the thread, answered or not."""

    def _run(self) -> None:
        while not self._ended.is_set():
            began = time.monotonic()
            try:
                self.look()
            except SQLAlchemyError as error:
                log.warning("outbox.unknown", service=self._service, error=type(error).__name__)
            self.looked()
            # Counting many rows takes a while: never more than a twentieth of the time.
            self._ended.wait(max(EVERY_SECONDS, 20 * (time.monotonic() - began)))
