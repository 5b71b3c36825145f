"""How often the demonstration's caseworkers are interrupted, and how often each event would have interrupted them."""

from dataclasses import dataclass

from deploy.demo.accounts import Accounts
from deploy.demo.api import Api
from shared.settings import Settings


@dataclass(frozen=True)
class AlertLoad:
    """Per caseworker and day with events, on average; `most` of the fullest day of anyone."""

    caseworker_days: int
    events_per_day: float
    interruptions_per_day: float
    digests_per_day: float
    most_events: int
    most_interruptions: int


def measured(settings: Settings, accounts: Accounts) -> AlertLoad | None:
    """What notify has counted so far; None where nobody has been told anything."""
    days = []
    for key in accounts.caseworkers:
        with Api(settings, key) as caseworker:
            days += caseworker.call("GET", "notify", "/v1/alerts/days")["items"]
    if not days:
        return None

    def mean(what: str) -> float:
        return round(sum(int(day[what]) for day in days) / len(days), 2)

    return AlertLoad(
        caseworker_days=len(days),
        events_per_day=mean("events"),
        interruptions_per_day=mean("interruptions"),
        digests_per_day=mean("digests"),
        most_events=max(day["events"] for day in days),
        most_interruptions=max(day["interruptions"] for day in days),
    )
