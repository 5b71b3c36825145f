"""The fairness report: exposure and service by group, beside the best in hindsight. Reckoned aside, in the slow process.

The optimum of a window takes seconds to minutes: nobody waits for it. A report is reckoned when it is first asked for, and
again when it is older than `fairness_minutes`, while someone still looks at it.
"""

import threading
import time
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine
from sqlmodel import Session

from services.matching.adapters import fairness_reports
from services.matching.adapters.fairness import MOST_HOUSEHOLDS, window
from services.matching.core.acceptance import Calibration
from services.matching.core.fairness import FEWEST, Dimension, Group, report
from services.matching.core.pricing.duals import HindsightError
from services.matching.settings import MatchingSettings
from shared.clock import BusinessClock, isoformat, paris_date, utc_now
from shared.telemetry import logger

_LOOK_SECONDS: Final = 2.0
_LONGEST_SECONDS: Final = 900.0  # one report that takes longer is taken for a process that hangs

log = logger(__name__)


class FairnessLoop:
    """Reckons the reports that are due, one at a time. Several copies do no harm: a report twice."""

    def __init__(self, engine: Engine, clock: BusinessClock, settings: MatchingSettings) -> None:
        self._engine = engine
        self._clock = clock
        self._settings = settings
        self._stopping = threading.Event()
        self._reckoning_since: float | None = None
        self._progressed_at = time.monotonic()
        self.active = False

    @property
    def progressed_at(self) -> float:
        """Now, while a report is being reckoned and has not taken too long."""
        now, since = time.monotonic(), self._reckoning_since
        return now if since is not None and now - since < _LONGEST_SECONDS else self._progressed_at

    def stop(self) -> None:
        """Ends `run` after the report in hand."""
        self._stopping.set()

    def run(self) -> None:
        """Until stopped. A lost database ends the process, which is started again."""
        self.active = True
        while not self._stopping.is_set():
            if not self.turn():
                self._stopping.wait(_LOOK_SECONDS)
            self._progressed_at = time.monotonic()
        self.active = False

    def turn(self) -> bool:
        """Reckons one report if any is due. Returns whether it did."""
        fresh = timedelta(minutes=self._settings.fairness_minutes)
        with Session(self._engine) as session:
            days = fairness_reports.due(session, utc_now(), fresh)
        if days is None:
            return False
        self._reckoning_since = begun = time.monotonic()
        try:
            with Session(self._engine) as session:
                found = reckoned(session, now=self._clock.now(), days=days, seed=self._settings.engine_seed)
        except HindsightError as error:
            log.warning("fairness.failed", days=days, error=str(error))
            with Session(self._engine) as session, session.begin():
                fairness_reports.failed(session, days, utc_now())
            return False
        finally:
            self._reckoning_since = None
        seconds = time.monotonic() - begun
        with Session(self._engine) as session, session.begin():
            fairness_reports.keep(session, days, found, now=utc_now(), seconds=round(seconds, 3))
        log.info("fairness.reckoned", days=days, seconds=round(seconds, 1))
        return True


def reckoned(session: Session, *, now: datetime, days: int, seed: int) -> dict[str, Any]:
    """By household size, accessibility need, waiting time, priority and territory. Groups under five are not told.
    Codes and figures: the words are added when it is read."""
    found = window(session, now=now, days=days, seed=seed)
    groups = report(found.subjects, paris_date(now))
    return {
        "as_of": isoformat(now),
        "days": days,
        "households": found.known,
        "sample": len(found.subjects) if found.known > MOST_HOUSEHOLDS else None,
        "homes": found.homes,
        "fewest": FEWEST,
        "dimensions": [
            {
                "code": dimension.value,
                "groups": [_group(group) for group in groups[dimension]],
            }
            for dimension in Dimension
        ],
        "acceptance": _acceptance(found.answers),
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "code": group.code,
        "households": group.households,
        "exposed": _share(group.exposed),
        "served": _share(group.served),
        "optimum": _share(group.optimum),
        "median_wait_months": group.median_wait_months,
    }


def _acceptance(found: Calibration) -> dict[str, Any]:
    """What was expected of households' answers beside what came, over all households together."""
    enough = found.answers >= FEWEST
    return {
        "answers": found.answers if enough or not found.answers else None,
        "expected": _share(found.expected) if enough else None,
        "accepted": _share(found.accepted) if enough else None,
        "squared_error": _share(found.brier) if enough else None,
        "bins": [
            {
                "from": one.low,
                "to": one.high,
                "answers": one.answers,
                "expected": _share(one.expected),
                "accepted": _share(one.accepted),
            }
            for one in found.bins
            if one.answers >= FEWEST
        ],
    }


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
