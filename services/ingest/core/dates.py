"""What passing dates do to vacancies and offers: the status today, and when it next changes. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from shared.events import OfferStatus, VacancyStatus

PARIS = ZoneInfo("Europe/Paris")
# A vacancy that its landlord does not confirm is believed less and less before it is stale: thirds of that time.
STEPS_TO_STALE: Final = 3


def unconfirmed_steps(stale_after_days: int) -> tuple[int, ...]:
    """Days without confirmation, growing, at which a vacancy is believed less; the last is when it goes stale."""
    return tuple(sorted({-(-stale_after_days * step // STEPS_TO_STALE) for step in range(1, STEPS_TO_STALE + 1)}))


def unconfirmed_days(*, today: date, confirmed_on: date, stale_after_days: int) -> int | None:
    """The last step that has passed without confirmation; None before the first."""
    silent = (today - confirmed_on).days
    return max((step for step in unconfirmed_steps(stale_after_days) if silent >= step), default=None)


@lru_cache(maxsize=4096)
def start_of_day(day: date) -> datetime:
    """First instant of a day in France, UTC."""
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


@lru_cache(maxsize=16_384)
def vacancy_status(
    *,
    today: date,
    available_from: date,
    available_until: date | None,
    confirmed_on: date,
    horizon_days: int,
    stale_after_days: int,
) -> tuple[VacancyStatus, datetime | None]:
    """Status on that day, and the instant at which a date alone changes it (None: never)."""
    opens = available_from - timedelta(days=horizon_days)
    stales = confirmed_on + timedelta(days=stale_after_days)
    expires = available_until + timedelta(days=1) if available_until else None
    if expires is not None and today >= expires:
        return VacancyStatus.EXPIRED, None
    if today >= stales:
        return VacancyStatus.STALE, start_of_day(expires) if expires else None
    if today < opens:
        following = [day for day in (opens, stales, expires) if day is not None]
        return VacancyStatus.UPCOMING, start_of_day(min(following))
    steps = (confirmed_on + timedelta(days=step) for step in unconfirmed_steps(stale_after_days))
    following = [day for day in (*steps, expires) if day is not None and day > today]
    return VacancyStatus.OPEN, start_of_day(min(following))


def offer_status(*, today: date, expires_on: date | None) -> tuple[OfferStatus, datetime | None]:
    """Status on that day and when it changes; `expires_on` is the last day it is open."""
    if expires_on is None:
        return OfferStatus.OPEN, None
    if today > expires_on:
        return OfferStatus.EXPIRED, None
    return OfferStatus.OPEN, start_of_day(expires_on + timedelta(days=1))
