"""Lists of prices in SQL: published by the price process, read by the engine between two ticks."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select

from services.matching.adapters.price_models import PriceListRow
from services.matching.core.policy import LawfulRanking
from services.matching.core.price_list import NO_PRICES, PriceList


class Verdict(StrEnum):
    """What the engine does with a list. The newest one that is `used` or `fallback` counts."""

    USED = "used"
    FALLBACK = "fallback"  # played again, prices brought less than none: the engine ranks without
    TOO_LITTLE = "too_little_history"


def publish(
    session: Session,
    prices: PriceList,
    verdict: Verdict,
    figures: Mapping[str, Any],
    *,
    window: tuple[date, date],
    now: datetime,
) -> int:
    """Adds a list; returns its number."""
    row = PriceListRow(
        digest=prices.digest,
        first_day=window[0],
        last_day=window[1],
        verdict=verdict.value,
        figures=dict(figures),
        content=prices.to_bytes(),
        created_at=now,
    )
    session.add(row)
    session.flush()
    assert row.number is not None  # noqa: S101 - an identity column
    return row.number


def newest(session: Session) -> PriceListRow | None:
    """The last list, whatever became of it."""
    return session.exec(select(PriceListRow).order_by(col(PriceListRow.number).desc()).limit(1)).one_or_none()


def in_force(session: Session, policy: LawfulRanking) -> LawfulRanking:
    """The policy with the prices that count now: the same object while nothing has changed."""
    query = select(PriceListRow.number, PriceListRow.verdict).order_by(col(PriceListRow.number).desc()).limit(1)
    found = session.exec(query).one_or_none()
    number = (found[0] or 0) if found is not None and found[1] == Verdict.USED else 0
    return with_list(session, policy, number)


def with_list(session: Session, policy: LawfulRanking, number: int) -> LawfulRanking:
    """The policy with the prices of a list, 0 for none: the same object where it has them."""
    if number == policy.price_number:
        return policy
    return replace(policy, prices=of_number(session, number) if number else NO_PRICES)


def of_number(session: Session, number: int) -> PriceList:
    """The prices of a list. Raises NoResultFound for a number that no list has."""
    return PriceList.from_bytes(session.get_one(PriceListRow, number).content, number)
