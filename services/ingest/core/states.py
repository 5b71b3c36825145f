"""From content to event state, and what dates make of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

import msgspec

from services.ingest.core.dates import PARIS, offer_status, unconfirmed_days, vacancy_status
from shared.events import Contract, Offer, OfferSource, OfferStatus, Vacancy, VacancyStatus

S = TypeVar("S", Vacancy, Offer)


@dataclass(frozen=True)
class Horizon:
    """Days that decide when a vacancy becomes supply and when it is no longer believed."""

    publication_days: int
    stale_days: int


@dataclass(frozen=True)
class Dated(Generic[S]):
    """A state on a day, and when a date alone will change it."""

    state: S
    changes_at: datetime | None


def digest_source(content: Mapping[str, Any]) -> bytes:
    """Canonical bytes of a content: the same fields give the same bytes in any order."""
    return msgspec.json.encode(content, order="sorted")


def vacancy_state(
    content: Mapping[str, Any], *, identifier: str, owner: str, reference: str, observed_at: str
) -> Vacancy:
    """The vacancy as published; its status is set by `dated`."""
    own = {"id": identifier, "landlord": owner, "reference": reference, "observed_at": observed_at}
    return msgspec.convert({**content, **own, "status": VacancyStatus.OPEN.value}, Vacancy)


def offer_state(
    content: Mapping[str, Any], *, identifier: str, owner: str, reference: str, observed_at: str, owner_name: str
) -> Offer:
    """The offer as published; without a stated source, its feed is the source."""
    own = {"id": identifier, "feed": owner, "reference": reference, "observed_at": observed_at}
    source = content.get("source") or {"name": owner_name}
    return msgspec.convert({**content, **own, "source": source, "status": OfferStatus.OPEN.value}, Offer)


DUPLICATE: Final = "duplicate"


def status_of(state: Vacancy | Offer) -> str:
    """The status as people see it: an offer that counts by another feed is a duplicate."""
    if isinstance(state, Offer) and state.duplicate_of is not None:
        return DUPLICATE
    status: VacancyStatus | OfferStatus = state.status
    return status.value


@lru_cache(maxsize=1024)
def _day(moment: datetime) -> date:
    return moment.astimezone(PARIS).date()


def dated_vacancy(state: Vacancy, *, today: date, confirmed_at: datetime, horizon: Horizon) -> Dated[Vacancy]:
    """The vacancy with the status it has today, and how long an open one has not been confirmed."""
    confirmed_on = _day(confirmed_at)
    status, changes_at = vacancy_status(
        today=today,
        available_from=date.fromisoformat(state.available_from),
        available_until=date.fromisoformat(state.available_until) if state.available_until else None,
        confirmed_on=confirmed_on,
        horizon_days=horizon.publication_days,
        stale_after_days=horizon.stale_days,
    )
    silent = None
    if status is VacancyStatus.OPEN:
        silent = unconfirmed_days(today=today, confirmed_on=confirmed_on, stale_after_days=horizon.stale_days)
    if (status, silent) == (state.status, state.unconfirmed_days):
        return Dated(state, changes_at)
    return Dated(msgspec.structs.replace(state, status=status, unconfirmed_days=silent), changes_at)


def dated_offer(state: Offer, *, today: date, confirmed_at: datetime, horizon: Horizon) -> Dated[Offer]:  # noqa: ARG001
    """The offer with the status it has today; its feed keeps it fresh, so only its expiry counts."""
    status, changes_at = offer_status(
        today=today, expires_on=date.fromisoformat(state.expires_at) if state.expires_at else None
    )
    return Dated(state if status is state.status else msgspec.structs.replace(state, status=status), changes_at)


def erased_offer(state: Offer) -> Offer:
    """What stays of a withdrawn offer whose licence asks for erasure: whose it was and where it came from.

    It is expired, so that it counts nowhere; every other field is empty.
    """
    return Offer(
        id=state.id,
        feed=state.feed,
        reference=state.reference,
        status=OfferStatus.EXPIRED,
        rome="",
        contract=Contract.OTHER,
        source=OfferSource(state.source.name, state.source.licence),
        observed_at=state.observed_at,
    )
