"""Tables around commissions: landlords' rules, homes held back, shortlists with their candidates."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.matching.adapters.models import MOMENT, REAL, TEXTS, Base


class LandlordRuleRow(Base, table=True):
    """What a landlord asks of a budget: it holds for all his homes. None: no rule of his own."""

    __tablename__ = "landlord_rule"

    organisation: str = Field(primary_key=True, sa_type=Text)
    effort_ceiling: float | None = Field(default=None, sa_type=REAL)
    left_eur_per_day: float | None = Field(default=None, sa_type=REAL)
    updated_at: datetime = Field(sa_type=MOMENT)
    updated_by: str = Field(sa_type=Text)


class HeldHomeRow(Base, table=True):
    """A home that the engine keeps for later, in whose name nobody has a right: until a moment at most, for a reason.

    `forced_at`: someone asked for a proposal now; the engine does not hold it again. `facts` say the reason in figures.
    """

    __tablename__ = "held_home"
    __table_args__ = (Index("held_home_until", "until"),)

    vacancy: str = Field(primary_key=True, sa_type=Text)
    since: datetime = Field(sa_type=MOMENT)
    until: datetime = Field(sa_type=MOMENT)
    reason: str = Field(sa_type=Text)
    facts: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSONB, sa_column_kwargs={"server_default": text("'{}'")}
    )
    forced_at: datetime | None = Field(default=None, sa_type=MOMENT)
    forced_by: str | None = Field(default=None, sa_type=Text)


class ShortlistRow(Base, table=True):
    """Candidates for one home, ranked, as a commission keeps them. It holds nothing: what is taken since is passed over.

    `placement` is that of the candidate at `reached`; None while nothing was proposed. `closed_at`: no further promotion.
    """

    __tablename__ = "shortlist"
    __table_args__ = (
        Index("shortlist_listing", "organisation", "id"),
        Index("shortlist_open", "organisation", "vacancy", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("shortlist_placement", "placement", postgresql_where=text("closed_at IS NULL")),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    organisation: str = Field(sa_type=Text)
    vacancy: str = Field(sa_type=Text)
    reached: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    placement: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=MOMENT)
    created_by: str = Field(sa_type=Text)
    closed_at: datetime | None = Field(default=None, sa_type=MOMENT)


class CandidateRow(Base, table=True):
    """A household on a shortlist, with the lead it would have and why it stands there."""

    __tablename__ = "shortlist_candidate"
    __table_args__ = (Index("shortlist_candidate_household", "household"),)

    shortlist: str = Field(primary_key=True, sa_type=Text)
    rank: int = Field(primary_key=True)
    household: str = Field(sa_type=Text)
    offer: str | None = Field(default=None, sa_type=Text)
    reasons: list[str] | list[list[str]] = Field(sa_type=TEXTS)
