"""Whether an alert interrupts now, waits for the digest, or stays away. Pure.

Order of the rules: what the person has switched off; what it wants in the digest, or found not useful; what would be one
interruption too many that day; else at once, or when its hours allow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from services.notify.core.alerts import AlertKind
from services.notify.core.sending_hours import Quiet, next_digest, next_moment, paris_day

# How long a kind that was found not useful waits for the digest; each further mark within it doubles the time.
FIRST_REST: Final = timedelta(days=30)
LONGEST_REST: Final = timedelta(days=365)


class AlertMode(StrEnum):
    """How a kind of alert reaches a person."""

    IMMEDIATE = "immediate"
    DIGEST = "digest"
    OFF = "off"


@dataclass(frozen=True)
class Wishes:
    """What holds for one person. `quiet`: hours of silence in France."""

    modes: Mapping[AlertKind, AlertMode]
    daily_maximum: int
    quiet: Quiet
    working_days_only: bool
    digest_at: time


@dataclass(frozen=True)
class Decision:
    """What becomes of an alert. `send_at` is None for OFF; `day`, for IMMEDIATE, is the day in France that it counts on."""

    mode: AlertMode
    send_at: datetime | None = None
    day: date | None = None


@dataclass(frozen=True)
class Tuning:
    """« Pas utile » of one person on one kind: how often, and until when the kind rests."""

    marks: int
    until: datetime


def decide(
    kind: AlertKind, wishes: Wishes, *, tuning: Tuning | None, sent: Mapping[date, int], now: datetime
) -> Decision:
    """What becomes of an alert of `kind` now. `sent`: interruptions by day, those that are to come included."""
    mode = wishes.modes[kind]
    if mode is AlertMode.OFF:
        return Decision(AlertMode.OFF)
    digest = Decision(AlertMode.DIGEST, next_digest(now, wishes.digest_at, working_days_only=wishes.working_days_only))
    if mode is AlertMode.DIGEST or (tuning is not None and now < tuning.until):
        return digest
    at = next_moment(now, wishes.quiet, working_days_only=wishes.working_days_only)
    day = paris_day(at)
    if sent.get(day, 0) >= wishes.daily_maximum:
        return digest
    return Decision(AlertMode.IMMEDIATE, at, day)


def not_useful(known: Tuning | None, now: datetime) -> Tuning:
    """The tuning after one more « pas utile »."""
    marks = known.marks + 1 if known is not None and now < known.until else 1
    rest = FIRST_REST * 2.0 ** min(marks - 1, 10)
    return Tuning(marks, now + min(rest, LONGEST_REST))
