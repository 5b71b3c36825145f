"""Tables of the ingest database."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, Column, DateTime, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Metadata of this database alone."""


class EntityRow(Base):
    """One episode of a vacancy or an offer. `state` is the `after` of its last event, exactly.

    `lineage` is where its last version came from (None in rows older than that column).

    `private` holds what its owner alone may read of it: it never enters an event.

    `changed_at` is when its last version was made; `changes_at` when a date alone will make the next one. `confirmed_by` is
    the person or the key that said last that it stands.

    `current` is true for the newest episode of (owner, reference). A withdrawn row stays, so that a late older input
    cannot revive it.
    """

    id: str = Field(primary_key=True)
    owner: str
    reference: str
    current: bool
    version: int
    commune: str | None
    status: str
    state: dict[str, Any] = Field(sa_type=JSONB)
    private: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    digest: bytes = Field(sa_type=LargeBinary)
    observed_at: datetime = Field(sa_type=DateTime(timezone=True))
    confirmed_at: datetime = Field(sa_type=DateTime(timezone=True))
    confirmed_by: str | None = None
    changed_at: datetime = Field(sa_type=DateTime(timezone=True))
    changes_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    withdrawn_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    withdrawn_reason: str | None = None
    lineage: dict[str, Any] | None = Field(default=None, sa_type=JSONB)


def _indexes(table: str) -> tuple[Index, ...]:
    return (
        Index(f"{table}_current", "owner", "reference", unique=True, postgresql_where=text("current")),
        Index(
            f"{table}_changes", "changes_at", postgresql_where=text("changes_at IS NOT NULL AND withdrawn_at IS NULL")
        ),
        Index(f"{table}_listing", "owner", "id"),
        Index(f"{table}_changed", "owner", "changed_at"),
        Index(f"{table}_commune", "commune", postgresql_where=text("withdrawn_at IS NULL")),
    )


class VacancyRow(EntityRow, table=True):
    """Vacancies; `owner` is the landlord's organisation."""

    __tablename__ = "vacancy"
    __table_args__ = _indexes("vacancy")


class OfferRow(EntityRow, table=True):
    """Offers; `owner` is the feed's organisation."""

    __tablename__ = "offer"
    __table_args__ = _indexes("offer")


class CommitmentRow(Base, table=True):
    """A territory's commitment in one programme; key is programme:code."""

    __tablename__ = "commitment"

    key: str = Field(primary_key=True)
    code: str = Field(index=True)
    programme: str
    version: int
    state: dict[str, Any] = Field(sa_type=JSONB)
    observed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    withdrawn_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class DeclarationRow(Base, table=True):
    """A territory's full set of commitments as declared, from a day on. Never changed: its history is the sum of these.

    `claims`: "programme:territory" for each territory of a named set.
    """

    __tablename__ = "territory_declaration"
    __table_args__ = (Index("territory_declaration_claims", "claims", postgresql_using="gin"),)

    code: str = Field(primary_key=True)
    effective_from: date = Field(primary_key=True)
    observed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    organisation: str
    commitments: list[dict[str, Any]] = Field(sa_type=JSONB)
    claims: list[str] = Field(sa_type=ARRAY(Text))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class TerritoryDatesRow(Base, table=True):
    """When a date alone next changes a territory's commitments; None: never."""

    __tablename__ = "territory_dates"

    code: str = Field(primary_key=True)
    changes_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), index=True))


class HostContactRow(Base, table=True):
    """A professional to speak to about a commitment. Personal data: kept here alone, replaced whole, never on a topic."""

    __tablename__ = "host_contact"

    key: str = Field(primary_key=True)  # programme:code
    position: int = Field(primary_key=True)
    name: str
    function: str | None = None
    email: str | None = None
    phone: str | None = None


class OfferOriginRow(Base, table=True):
    """An open offer that states its origin, and the offer that counts in its place (None: it counts)."""

    __tablename__ = "offer_origin"
    __table_args__ = (
        Index("offer_origin_reference", "feed", "reference", unique=True),
        Index("offer_origin_counts", "key", unique=True, postgresql_where=text("duplicate_of IS NULL")),
    )

    offer: str = Field(primary_key=True)
    key: str = Field(index=True)
    direct: bool
    published_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    feed: str
    reference: str
    duplicate_of: str | None = None
