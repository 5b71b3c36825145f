"""A try that ended."""

from dataclasses import dataclass
from datetime import datetime

from services.notify.adapters.leases import Leased
from services.notify.core.schedule import Outcome, Verdict


@dataclass(frozen=True)
class Tried:
    """A try that ended, and what becomes of its delivery."""

    delivery: Leased
    at: datetime
    outcome: Outcome
    verdict: Verdict
