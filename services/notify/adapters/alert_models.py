"""Tables of alerts and of the wishes that govern them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Column, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.notify.adapters.models import Base

MOMENT: Any = DateTime(timezone=True)


class AlertRow(Base, table=True):
    """One alert. `person`: whose business it is; `recipient`: who is told, another during an absence.

    `state`: new → immediate | digest | off → sent (by a delivery), shown (nowhere but on screens) or obsolete (the
    placement moved on before anyone was told). `send_at` and `deadline` are business time.
    """

    __tablename__ = "alert"
    __table_args__ = (
        Index("alert_once", "person", "event_id", "kind", unique=True),
        Index("alert_new", "id", postgresql_where=text("state = 'new'")),
        Index("alert_due", "send_at", postgresql_where=text("state IN ('immediate', 'digest')")),
        Index("alert_listing", "recipient", "id"),
        Index("alert_placement", "placement"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    person: str = Field(sa_type=Text)
    organisation: str = Field(sa_type=Text)
    recipient: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    placement: str = Field(sa_type=Text)
    territory: str = Field(sa_type=Text)
    step: str = Field(sa_type=Text)
    deadline: datetime | None = Field(default=None, sa_type=MOMENT)
    event_id: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    send_at: datetime | None = Field(default=None, sa_type=MOMENT)
    delivery: str | None = Field(default=None, sa_type=Text)
    not_useful: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=text("false")))
    created_at: datetime = Field(sa_type=MOMENT)
    told_at: datetime | None = Field(default=None, sa_type=MOMENT)


class WatchedPlacementRow(Base, table=True):
    """Where a placement stands, as far as alerts need it. `alert_at` is None once its deadline has been alerted to."""

    __tablename__ = "watched_placement"
    __table_args__ = (Index("watched_due", "alert_at", postgresql_where=text("alert_at IS NOT NULL")),)

    placement: str = Field(primary_key=True, sa_type=Text)
    person: str = Field(sa_type=Text)
    organisation: str = Field(sa_type=Text)
    territory: str = Field(sa_type=Text)
    step: str = Field(sa_type=Text)
    deadline: datetime | None = Field(default=None, sa_type=MOMENT)
    alert_at: datetime | None = Field(default=None, sa_type=MOMENT)


class AlertDayRow(Base, table=True):
    """One person's day in France: events that concerned it, interruptions and digests that came of them."""

    __tablename__ = "alert_day"

    person: str = Field(primary_key=True, sa_type=Text)
    day: date = Field(primary_key=True)
    events: int = 0
    interruptions: int = 0
    digests: int = 0


class AlertTuningRow(Base, table=True):
    """« Pas utile » of one person on one kind of alert."""

    __tablename__ = "alert_tuning"

    person: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    marks: int
    until: datetime = Field(sa_type=MOMENT)


class OrganisationPreferenceRow(Base, table=True):
    """Defaults of an organisation's people."""

    __tablename__ = "organisation_preference"

    organisation: str = Field(primary_key=True, sa_type=Text)
    document: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    updated_at: datetime = Field(sa_type=MOMENT)
