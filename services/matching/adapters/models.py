"""Tables of the matching database. Only what placements need of a person is kept: no name, no address, no free text.

Outbox, positions, idempotency and the business clock are the shared tables.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, DateTime, Float, Identity, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Metadata of this database alone."""


MOMENT: Any = DateTime(timezone=True)
TEXTS: Any = ARRAY(Text)
REAL: Any = Float(53)


class HouseholdRow(Base, table=True):
    """A household of one organisation. `label` is the caseworker's own mark, checked to hold no name."""

    __tablename__ = "household"
    __table_args__ = (
        Index("household_listing", "organisation", "id"),
        Index("household_live", "id", postgresql_where=text("status = 'live'")),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    organisation: str = Field(sa_type=Text)
    caseworker: str = Field(sa_type=Text)
    version: int
    label: str | None = Field(default=None, sa_type=Text)
    size: int
    adults: int | None = None
    rome: list[str] = Field(sa_type=TEXTS)
    territories: list[str] = Field(sa_type=TEXTS)
    excluded: list[str] = Field(sa_type=TEXTS)
    programme: str = Field(sa_type=Text)
    income_eur_per_month: float | None = Field(default=None, sa_type=REAL)
    driving_licence: bool | None = None
    accessible_needed: bool | None = None
    max_commute_minutes: int | None = None
    priorities: list[str] = Field(sa_type=TEXTS)
    contingents: list[str] = Field(
        default_factory=list, sa_type=TEXTS, sa_column_kwargs={"server_default": text("'{}'")}
    )
    moves_from: date | None = None
    moves_by: date | None = None
    candidate_until: date | None = None
    waiting_since: date
    status: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=MOMENT)
    updated_at: datetime = Field(sa_type=MOMENT)


class HouseholdContactRow(Base, table=True):
    """How a household is reached, sealed. Apart from `household`: the engine reads that one and has no use for this."""

    __tablename__ = "household_contact"

    household: str = Field(primary_key=True, sa_type=Text)
    sealed: bytes = Field(sa_type=LargeBinary)
    updated_at: datetime = Field(sa_type=MOMENT)


class VacancyRow(Base, table=True):
    """Mirror of a published vacancy; a withdrawn one is gone."""

    __tablename__ = "vacancy"
    __table_args__ = (Index("vacancy_territory", "territory", postgresql_where=text("status = 'open'")),)

    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    status: str = Field(sa_type=Text)
    landlord: str = Field(sa_type=Text)
    commune: str = Field(sa_type=Text)
    territory: str = Field(sa_type=Text)
    zone: str = Field(sa_type=Text)
    typology: str = Field(sa_type=Text)
    surface_m2: float = Field(sa_type=REAL)
    rent_eur_per_month: float = Field(sa_type=REAL)
    charges_eur_per_month: float | None = Field(default=None, sa_type=REAL)
    available_from: date
    available_until: date | None = None
    accessible: bool | None = None
    floor: int | None = None
    lift: bool | None = None
    reservation: str | None = Field(default=None, sa_type=Text)
    seen_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs={"server_default": text("now()")})


class OfferRow(Base, table=True):
    """Mirror of a published offer that has a commune; nothing stays of a withdrawn one.

    `leads` counts the live placements that rely on it.
    """

    __tablename__ = "offer"
    __table_args__ = (
        Index("offer_place", "zone", "rome", postgresql_where=text("status = 'open'")),
        Index("offer_origin", "origin", postgresql_where=text("origin IS NOT NULL")),
        CheckConstraint("leads >= 0", name="offer_leads"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    status: str = Field(sa_type=Text)
    commune: str = Field(sa_type=Text)
    zone: str = Field(sa_type=Text)
    rome: str = Field(sa_type=Text)
    contract: str = Field(sa_type=Text)
    duration_months: float | None = Field(default=None, sa_type=REAL)
    openings: int | None = None
    leads: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    wage_eur_per_month: float | None = Field(default=None, sa_type=REAL)
    part_time: bool | None = None
    licence_required: bool | None = None
    expires_at: date | None = None
    source_name: str = Field(sa_type=Text)
    source_licence: str | None = Field(default=None, sa_type=Text)
    source_url: str | None = Field(default=None, sa_type=Text)
    source_updated_at: str | None = Field(default=None, sa_type=Text)
    origin: str | None = Field(default=None, sa_type=Text)  # what offers that are the same have in common
    seen_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs={"server_default": text("now()")})


class CommitmentRow(Base, table=True):
    """Mirror of a territory's commitment; key is programme:code."""

    __tablename__ = "commitment"

    key: str = Field(primary_key=True, sa_type=Text)
    version: int
    programme: str = Field(sa_type=Text)
    code: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    capacity_households: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    name: str | None = Field(default=None, sa_type=Text)
    area: list[str] = Field(sa_type=TEXTS, sa_column_kwargs={"server_default": text("'{}'")})
    capacity_persons: int | None = None
    period: str = Field(sa_type=Text, sa_column_kwargs={"server_default": text("'at_once'")})


class PlacementRow(Base, table=True):
    """A placement. `option` is the state of the world when it was proposed: home, post, terms, what is to confirm.

    `household` becomes None by erasure, and `option` loses the terms then. `sent_at`: when it was first approved; before
    that nobody but its caseworkers sees it. `installed_at`: when the household moved in.
    """

    __tablename__ = "placement"
    __table_args__ = (
        Index("placement_organisation", "organisation", "id"),
        Index("placement_landlord", "landlord", "id"),
        Index("placement_territory", "territory", "id"),
        Index("placement_household", "household"),
        Index("placement_vacancy", "vacancy"),
        Index("placement_offer", "offer"),
        Index("placement_proposed", "caseworker", postgresql_where=text("step = 'proposed'")),
        Index("placement_due", "due_at", postgresql_where=text("step IN ('proposed', 'approved')")),
        Index("placement_verifying", "verify_at", postgresql_where=text("step = 'verifying'")),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    version: int
    household: str | None = Field(default=None, sa_type=Text)
    organisation: str = Field(sa_type=Text)
    caseworker: str = Field(sa_type=Text)
    vacancy: str = Field(sa_type=Text)
    offer: str | None = Field(default=None, sa_type=Text)
    typology: str = Field(sa_type=Text)
    persons: int | None = None  # of the household when it was proposed: what counts against a territory's capacity
    territory: str = Field(sa_type=Text)
    landlord: str = Field(sa_type=Text)
    programme: str = Field(sa_type=Text)
    programme_version: int
    commitment: str | None = Field(default=None, sa_type=Text)
    step: str = Field(sa_type=Text)
    verifying_for: str | None = Field(default=None, sa_type=Text)
    verify_at: datetime | None = Field(default=None, sa_type=MOMENT)
    verify_attempts: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    due_at: datetime | None = Field(default=None, sa_type=MOMENT)
    deadline_rule: str | None = Field(default=None, sa_type=Text)
    outcome: str | None = Field(default=None, sa_type=Text)
    refusal: str | None = Field(default=None, sa_type=Text)
    option: dict[str, Any] = Field(sa_type=JSONB)
    tick: int | None = Field(default=None, sa_type=BigInteger)
    created_at: datetime = Field(sa_type=MOMENT)
    changed_at: datetime = Field(sa_type=MOMENT)
    sent_at: datetime | None = Field(default=None, sa_type=MOMENT)
    installed_at: datetime | None = Field(default=None, sa_type=MOMENT)


class PlacementEventRow(Base, table=True):
    """History: one row a transition, never changed. `actor`: a bearer or person id, "engine", or "household"."""

    __tablename__ = "placement_event"

    placement: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True)
    step: str = Field(sa_type=Text)
    command: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)


class ReservationRow(Base, table=True):
    """Home and household that a placement keeps to itself: the unique indexes are the rule. Soft, or a hold until a day."""

    __tablename__ = "reservation"
    __table_args__ = (
        Index("reservation_vacancy", "vacancy", unique=True, postgresql_where=text("released_at IS NULL")),
        Index("reservation_household", "household", unique=True, postgresql_where=text("released_at IS NULL")),
    )

    placement: str = Field(primary_key=True, sa_type=Text)
    vacancy: str = Field(sa_type=Text)
    household: str | None = Field(default=None, sa_type=Text)
    offer: str | None = Field(default=None, sa_type=Text)
    hold_until: datetime | None = Field(default=None, sa_type=MOMENT)
    created_at: datetime = Field(sa_type=MOMENT)
    released_at: datetime | None = Field(default=None, sa_type=MOMENT)


class BanRow(Base, table=True):
    """What a household is not offered again: `kind` is vacancy, offer or territory; for ever, or until a moment."""

    __tablename__ = "ban"

    household: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    target: str = Field(primary_key=True, sa_type=Text)
    reason: str = Field(sa_type=Text)
    until: datetime | None = Field(default=None, sa_type=MOMENT)
    created_at: datetime = Field(sa_type=MOMENT)


class ChangeRow(Base, table=True):
    """What the engine has yet to look at, kept in the transaction of the change and removed in that of the decision."""

    __tablename__ = "engine_change"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    kind: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    position: int | None = Field(default=None, sa_type=BigInteger)
    created_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")})


class JournalRow(Base, table=True):
    """One input of the engine in one tick. Personal data by its household keys: erased with them."""

    __tablename__ = "engine_journal"
    __table_args__ = (Index("engine_journal_key", "kind", "key"), Index("engine_journal_at", "at"))

    tick: int = Field(primary_key=True, sa_type=BigInteger)
    place: int = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    position: int | None = Field(default=None, sa_type=BigInteger)
    price_version: int
    seed: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=MOMENT)


class EngineRow(Base, table=True):
    """One row: the epoch of the engine in charge, and its last tick."""

    __tablename__ = "engine"
    __table_args__ = (CheckConstraint("one", name="engine_one_row"),)

    one: bool = Field(default=True, primary_key=True, sa_column_kwargs={"server_default": text("true")})
    epoch: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    tick: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})


class AnswerLinkRow(Base, table=True):
    """A household's link to one placement: only an HMAC of its token is kept.

    `reference`: of a link that is sent; its token follows from it and the platform's secret.
    """

    __tablename__ = "answer_link"
    __table_args__ = (
        Index("answer_link_placement", "placement"),
        Index("answer_link_household", "household"),
        Index("answer_link_reference", "reference", unique=True),
    )

    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    placement: str = Field(sa_type=Text)
    household: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=MOMENT)
    expires_at: datetime = Field(sa_type=MOMENT)
    reference: str | None = Field(default=None, sa_type=Text)
    answer: str | None = Field(default=None, sa_type=Text)
    answered_at: datetime | None = Field(default=None, sa_type=MOMENT)
