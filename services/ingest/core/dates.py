"""What passing dates do to vacancies and offers: the status today, and when it next changes. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.events import OfferStatus, VacancyStatus

PARIS = ZoneInfo("Europe/Paris")


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
    following = [day for day in (stales, expires) if day is not None]
    return VacancyStatus.OPEN, start_of_day(min(following))


def offer_status(*, today: date, expires_on: date | None) -> tuple[OfferStatus, datetime | None]:
    """Status on that day and when it changes; `expires_on` is the last day it is open."""
    if expires_on is None:
        return OfferStatus.OPEN, None
    if today > expires_on:
        return OfferStatus.EXPIRED, None
    return OfferStatus.OPEN, start_of_day(expires_on + timedelta(days=1))
