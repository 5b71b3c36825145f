"""The clock job: each date that passes (opens, goes stale, expires, pauses, was announced) becomes an ordinary event.

So counters need no clock.
"""

import threading
import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlmodel import Session

from services.ingest.adapters.commitments import advance_commitments
from services.ingest.adapters.registry import OFFERS, VACANCIES, advance_dates
from services.ingest.core.states import Horizon
from shared import telemetry
from shared.clock import BusinessClock, utc_now

log = telemetry.logger(__name__)


class ClockJob:
    """Looks every `period_seconds`; several copies may run, rows are locked one by one. `upkeep` is called each time."""

    def __init__(
        self,
        engine: Engine,
        clock: BusinessClock,
        horizon: Horizon,
        *,
        period_seconds: float = 5.0,
        upkeep: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._horizon = horizon
        self._period = period_seconds
        self._upkeep = upkeep
        self._stopping = threading.Event()
        self.active = False
        self.progressed_at = time.monotonic()

    def stop(self) -> None:
        """Ends `run` after the chunk in hand."""
        self._stopping.set()

    def run(self) -> None:
        """Until stopped. A lost database ends the process, which is started again."""
        self.active = True
        while not self._stopping.is_set():
            with Session(self._engine) as session:
                now, at = self._clock.now(), utc_now()
                moved = advance_dates(session, VACANCIES, now=now, at=at, horizon=self._horizon)
                moved += advance_dates(session, OFFERS, now=now, at=at, horizon=self._horizon)
                moved += advance_commitments(session, now=now, at=at)
                session.commit()
            self._upkeep()
            self.progressed_at = time.monotonic()
            if moved:
                log.info("clock.dates_passed", entities=moved)
            else:
                self._stopping.wait(self._period)
        self.active = False
