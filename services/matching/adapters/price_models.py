"""Tables of what prices are learnt from, and of the lists learnt. No household is in them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB
from sqlmodel import Field

from services.matching.adapters.models import MOMENT, Base


class PastRow(Base, table=True):
    """A vacancy or an offer that is no longer open: its last mirrored state, and when it was seen. Kept for a window."""

    __tablename__ = "market_past"
    __table_args__ = (Index("market_past_left", "left_at"),)

    kind: str = Field(primary_key=True, sa_type=Text)
    id: str = Field(primary_key=True, sa_type=Text)
    seen_at: datetime = Field(sa_type=MOMENT)
    left_at: datetime = Field(sa_type=MOMENT)
    state: dict[str, Any] = Field(sa_type=JSONB)


class PriceListRow(Base, table=True):
    """A list of prices with its training window. `verdict` says whether the engine uses it, and why not.

    `figures`: what the window held, and what playing its end again brought with prices and without. `base`: of a row that
    only adds quotes, the list that it adds them to. `scale`: what the shadow comparison leaves of every price.
    """

    __tablename__ = "price_list"
    __table_args__ = (
        Index("price_list_used", "number", postgresql_where=text("verdict = 'used'")),
        Index("price_list_base", "base", "number", postgresql_where=text("base IS NOT NULL")),
    )

    number: int | None = Field(
        default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)]
    )
    digest: str = Field(sa_type=Text)
    first_day: date
    last_day: date
    verdict: str = Field(sa_type=Text)
    figures: dict[str, Any] = Field(sa_type=JSONB)
    content: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = Field(sa_type=MOMENT)
    base: int | None = Field(default=None, sa_type=BigInteger)
    scale: float = Field(default=1.0, sa_type=DOUBLE_PRECISION, sa_column_kwargs={"server_default": text("1")})


class ComparedDayRow(Base, table=True):
    """A day played again, with the prices that were in force at its end and without: value of its placements.

    `scale`: what the comparison left of prices after this day. No household is in it.
    """

    __tablename__ = "price_comparison"

    day: date = Field(primary_key=True)
    number: int = Field(sa_type=BigInteger)
    with_prices: float = Field(sa_type=DOUBLE_PRECISION)
    without: float = Field(sa_type=DOUBLE_PRECISION)
    scale: float = Field(sa_type=DOUBLE_PRECISION)
    verdict: str = Field(sa_type=Text)
