"""Tables of what the engine's decisions were made on and what they came to. Households are in them: erased with them."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Identity, Index, Text, text
from sqlmodel import Field

from services.matching.adapters.models import MOMENT, TEXTS, Base


class DecisionStateRow(Base, table=True):
    """A part of the engine's market as decisions saw it, from one tick on and until another. `state` is compact JSON."""

    __tablename__ = "decision_state"
    __table_args__ = (
        Index("decision_state_current", "kind", "key", postgresql_where=text("until_tick IS NULL")),
        Index("decision_state_past", "until_tick", postgresql_where=text("until_tick IS NOT NULL")),
        Index("decision_state_household", "household", postgresql_where=text("household IS NOT NULL")),
    )

    kind: str = Field(primary_key=True, sa_type=Text)
    key: str = Field(primary_key=True, sa_type=Text)
    from_tick: int = Field(primary_key=True, sa_type=BigInteger)
    until_tick: int | None = Field(default=None, sa_type=BigInteger)
    household: str | None = Field(default=None, sa_type=Text)
    state: str = Field(sa_type=Text)


class DecisionRow(Base, table=True):
    """One decision of the engine: what it was given beside the market and the journal, and the homes it held back.

    `code`: digest of everything that decides and is part of the programme.
    """

    __tablename__ = "decision"
    __table_args__ = (Index("decision_at", "at"),)

    tick: int = Field(primary_key=True, sa_type=BigInteger)
    at: datetime = Field(sa_type=MOMENT)
    day: date
    seed: int = Field(sa_type=BigInteger)
    cap: int
    price_version: int
    code: str = Field(sa_type=Text)
    held: list[str] = Field(sa_type=TEXTS)


class DecidedProposalRow(Base, table=True):
    """A proposal as it was decided, in its place, whatever became of it. `content` is compared byte for byte."""

    __tablename__ = "decided_proposal"
    __table_args__ = (Index("decided_proposal_household", "household"),)

    tick: int = Field(primary_key=True, sa_type=BigInteger)
    place: int = Field(primary_key=True)
    household: str = Field(sa_type=Text)
    content: str = Field(sa_type=Text)


class DecisionGapRow(Base, table=True):
    """Ticks whose market held a household that was erased since: what is decided again there proves nothing.

    `last_tick` None: the engine has not yet forgotten it.
    """

    __tablename__ = "decision_gap"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    first_tick: int = Field(sa_type=BigInteger)
    last_tick: int | None = Field(default=None, sa_type=BigInteger)
