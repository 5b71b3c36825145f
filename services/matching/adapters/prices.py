"""Lists of prices in SQL: published by the price process, read by the engine between two ticks.

A list is a row; quotes made after it are rows that name it as their base. No row is ever changed, and each publication
waits for the one before, so that a number says exactly what was in force: the rows of its base up to it.
"""

import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import NoResultFound
from sqlmodel import Session, col, select

from services.matching.adapters import held_homes
from services.matching.adapters.price_models import ComparedDayRow, PriceListRow
from services.matching.core.comparison import ComparedDay
from services.matching.core.policy import LawfulRanking
from services.matching.core.price_list import NO_PRICES, PriceList, Quote
from services.matching.core.pricing.shadow import Verdict as Compared

_LOCK: Final = 0x70726963  # "pric": one publication at a time


class Verdict(StrEnum):
    """What the engine does with a list. The newest one that is not `quotes` counts, with the quotes made since."""

    USED = "used"
    FALLBACK = "fallback"  # played again, prices brought less than none: the engine ranks without
    TOO_LITTLE = "too_little_history"
    QUOTES = "quotes"  # more of the list that it names


NUMBER_IN_FORCE: Final = (
    f"(SELECT CASE WHEN verdict IN ('{Verdict.USED}', '{Verdict.QUOTES}') THEN number ELSE 0 END"  # noqa: S608 - constants
    " FROM price_list ORDER BY number DESC LIMIT 1)"
)
"""SQL: the number of the list in force, 0 where the newest is not used, NULL without any."""


def publish(
    session: Session,
    prices: PriceList,
    verdict: Verdict,
    figures: Mapping[str, Any],
    *,
    window: tuple[date, date],
    now: datetime,
) -> int:
    """Adds a list, quotes and scale included; returns its number. Homes that the one before made wait are judged anew."""
    _one_at_a_time(session)
    number = _add(session, prices, verdict, figures, window=window, now=now, base=None)
    held_homes.look_again(session)
    return number


def publish_quotes(session: Session, base: PriceListRow, quotes: Mapping[str, Quote], now: datetime) -> int | None:
    """Adds quotes to a list; returns their number, None where another list has come meanwhile."""
    _one_at_a_time(session)
    last = newest(session)
    if last is None or last.number != base.number or last.verdict != Verdict.USED:
        return None
    window = (base.first_day, base.last_day)
    more = PriceList(quotes=quotes)
    return _add(session, more, Verdict.QUOTES, {"quotes": len(quotes)}, window=window, now=now, base=base.number)


def newest(session: Session) -> PriceListRow | None:
    """The last list, whatever became of it."""
    query = select(PriceListRow).where(col(PriceListRow.base).is_(None))
    return session.exec(query.order_by(col(PriceListRow.number).desc()).limit(1)).one_or_none()


def in_force(session: Session, policy: LawfulRanking) -> LawfulRanking:
    """The policy with the prices that count now: the same object while nothing has changed."""
    while True:
        number = session.execute(text(f"SELECT {NUMBER_IN_FORCE}")).scalar_one() or 0
        found = _with(session, policy, number)
        if found is not None:
            return found


def taken_up(session: Session, policy: LawfulRanking, told: int) -> LawfulRanking:
    """`with_list` for a number told a moment ago. A list forgotten since has been replaced: then what is in force now."""
    return _with(session, policy, told) or in_force(session, policy)


def with_list(session: Session, policy: LawfulRanking, number: int) -> LawfulRanking:
    """The policy with what was in force under a number, 0 for no prices: the same object where it has them.

    Where only quotes were added since, they alone are read; `policy` must not be used any more then. Raises NoResultFound
    for a number that no list has.
    """
    found = _with(session, policy, number)
    if found is None:
        raise NoResultFound(f"no list of prices has the number {number}")
    return found


def of_number(session: Session, number: int) -> PriceList:
    """The prices in force under a number of the journal. Raises NoResultFound for one that no list has."""
    return with_list(session, LawfulRanking(), number).prices


def forget(session: Session, before: datetime) -> None:
    """Removes lists made before a moment, but the newest and its quotes."""
    last = newest(session)
    session.execute(
        text("DELETE FROM price_list WHERE created_at < :before AND number <> :last AND base IS DISTINCT FROM :last"),
        {"before": before, "last": last.number if last else 0},
    )


def compared_days(session: Session, most: int) -> list[ComparedDay]:
    """The last days compared, oldest first."""
    rows = session.exec(select(ComparedDayRow).order_by(col(ComparedDayRow.day).desc()).limit(most)).all()
    return [ComparedDay(row.day, row.with_prices, row.without, row.scale) for row in reversed(rows)]


def keep_compared(session: Session, day: ComparedDay, number: int, verdict: Compared) -> None:
    """Records a day's comparison; one that is known already is replaced."""
    session.merge(
        ComparedDayRow(
            day=day.day,
            number=number,
            with_prices=day.with_prices,
            without=day.without,
            scale=day.scale,
            verdict=verdict.value,
        )
    )


def _add(
    session: Session,
    prices: PriceList,
    verdict: Verdict,
    figures: Mapping[str, Any],
    *,
    window: tuple[date, date],
    now: datetime,
    base: int | None,
) -> int:
    row = PriceListRow(
        digest=prices.digest,
        first_day=window[0],
        last_day=window[1],
        verdict=verdict.value,
        figures=dict(figures),
        content=zlib.compress(prices.to_bytes()),
        created_at=now,
        base=base,
        scale=prices.scale,
    )
    session.add(row)
    session.flush()
    assert row.number is not None  # noqa: S101 - an identity column
    return row.number


# A list is forgotten with its quotes, at any moment: one statement sees all of it or nothing.
_ROWS: Final = text(
    "SELECT one.number, one.base, one.scale, one.content FROM price_list told JOIN price_list one"
    " ON one.number IN (told.number, told.base) OR one.base = told.base AND one.number < told.number"
    " WHERE told.number = :number"
    " AND (one.number > :known OR told.base IS DISTINCT FROM :known_base OR told.number < :known) ORDER BY one.number"
)


def _with(session: Session, policy: LawfulRanking, number: int) -> LawfulRanking | None:
    if number == policy.price_number:
        return policy
    if number == 0:
        return policy.with_prices(NO_PRICES)
    asked = {"number": number, "known": policy.price_number, "known_base": policy.price_base}
    rows = session.execute(_ROWS, asked).all()
    if not rows:
        return None
    first = rows[0]
    if first.base is not None:
        return policy.with_quotes(number, _quotes(rows))
    listed = PriceList.from_bytes(_unpacked(first.content), first.number, scale=first.scale, base=first.number)
    quotes = _quotes(rows[1:])
    return policy.with_prices(listed if number == first.number else listed.with_quotes(number, quotes))


def _quotes(rows: Sequence[Any]) -> dict[str, Quote]:
    found: dict[str, Quote] = {}
    for row in rows:
        found |= PriceList.from_bytes(_unpacked(row.content), 0).quotes
    return found


def _unpacked(content: bytes) -> bytes:
    """Lists of before quotes were not compressed."""
    return content if content.startswith(b"{") else zlib.decompress(content)


def _one_at_a_time(session: Session) -> None:
    """Numbers are given in the order of commits: who read one has seen all before."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
