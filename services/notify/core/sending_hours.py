"""When people may be written to: working days and hours in France. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shared.working_days import is_working_day

PARIS: Final = ZoneInfo("Europe/Paris")
# Longer than any run of days that are not worked.
_SEARCHED_DAYS: Final = 15

Quiet = tuple[time, time]


def paris_day(moment: datetime) -> date:
    """The calendar day in France at that instant."""
    return moment.astimezone(PARIS).date()


def is_quiet(at: time, quiet: Quiet | None) -> bool:
    """Whether a time of day lies in the quiet hours [start, end), which may pass midnight; equal ends mean none."""
    if quiet is None or quiet[0] == quiet[1]:
        return False
    start, end = quiet
    return start <= at < end if start < end else at >= start or at < end


def may_send(moment: datetime, quiet: Quiet | None, *, working_days_only: bool) -> bool:
    """Whether someone may be written to at that instant."""
    local = moment.astimezone(PARIS)
    return not is_quiet(local.time(), quiet) and (not working_days_only or is_working_day(local.date()))


def next_moment(moment: datetime, quiet: Quiet | None, *, working_days_only: bool) -> datetime:
    """The first instant from `moment` on, UTC, at which someone may be written to."""
    if may_send(moment, quiet, working_days_only=working_days_only):
        return moment
    first = paris_day(moment)
    starts = {time(), quiet[1]} if quiet else {time()}
    candidates = sorted(
        datetime.combine(first + timedelta(days=days), start, PARIS).astimezone(UTC)
        for days in range(_SEARCHED_DAYS)
        for start in starts
    )
    return next(
        candidate
        for candidate in candidates
        if candidate > moment and may_send(candidate, quiet, working_days_only=working_days_only)
    )


def next_digest(moment: datetime, at: time, *, working_days_only: bool) -> datetime:
    """The first digest after `moment`, UTC: at that time of day in France, on a working day where only those count."""
    day = paris_day(moment)
    while True:
        candidate = datetime.combine(day, at, PARIS).astimezone(UTC)
        if candidate > moment and (not working_days_only or is_working_day(day)):
            return candidate
        day += timedelta(days=1)
