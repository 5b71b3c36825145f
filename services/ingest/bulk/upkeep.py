"""Upkeep of files received, by the clock job: what a dead process left is marked or finished, old reports are removed."""

import time
from datetime import timedelta
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session

from services.ingest.adapters.runs import mark_abandoned, remove_old
from services.ingest.adapters.snapshots import being_applied, waiting
from services.ingest.bulk.withdrawing import KINDS, withdraw_absent
from shared import telemetry
from shared.clock import BusinessClock

ABANDONED_AFTER: Final = timedelta(minutes=10)
LEFT_AFTER: Final = timedelta(minutes=1)
PERIOD_SECONDS: Final = 15.0

log = telemetry.logger(__name__)


class Upkeep:
    """Called often, works at most every 15 seconds."""

    def __init__(
        self, engine: Engine, clock: BusinessClock, *, retention_days: int, period_seconds: float = PERIOD_SECONDS
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._retention = timedelta(days=retention_days)
        self._period = period_seconds
        self._worked_at: float | None = None

    def __call__(self) -> None:
        """Marks, finishes and removes what is due, and counts what waits."""
        if self._worked_at is not None and time.monotonic() - self._worked_at < self._period:
            return
        now = self._clock.now()
        with Session(self._engine) as session:
            abandoned = mark_abandoned(session, now=now, after=ABANDONED_AFTER)
            removed = remove_old(session, before=now - self._retention)
            session.commit()
            left = [(row.id, row.kind) for row in being_applied(session, untouched_since=now - LEFT_AFTER)]
            telemetry.SNAPSHOTS_WAITING.set(waiting(session))
        for identifier, kind in left:
            withdraw_absent(self._engine, self._clock, KINDS[kind], identifier)
        if abandoned or removed or left:
            log.info("runs.upkeep", abandoned=abandoned, removed=removed, withdrawals_finished=len(left))
        self._worked_at = time.monotonic()
