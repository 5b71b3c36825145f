"""What "still vacant" does to a vacancy, by what is known of it. Pure."""

from datetime import datetime
from enum import StrEnum

from services.ingest.core.entities import Known
from shared.events import VacancyStatus


class Confirmation(StrEnum):
    """End of one confirmation."""

    CONFIRMED = "confirmed"
    SUPERSEDED = "superseded"  # something observed later is known
    EXPIRED = "expired"  # its last day has passed: that is changed by a change, not by a confirmation
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


def on_confirmation(known: Known, status: VacancyStatus, observed_at: datetime) -> Confirmation:
    """The end of confirming what is known."""
    if known.withdrawn:
        return Confirmation.WITHDRAWN
    if status is VacancyStatus.EXPIRED:
        return Confirmation.EXPIRED
    return Confirmation.CONFIRMED if observed_at > known.observed_at else Confirmation.SUPERSEDED
