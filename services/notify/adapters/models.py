"""Tables of the notify database."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.notify.core.channels import Channel


class Base(SQLModel, registry=registry()):
    """Metadata of this database alone."""


def _moment(*, nullable: bool = True) -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=nullable)


def _texts(*, given: bool = True) -> Column[Any]:
    return Column(ARRAY(TEXT), nullable=False, server_default=None if given else "{}")


class Endpoint(Base, table=True):
    """Where someone receives, by one channel. Rights are those of the owner's role when it was made.

    A webhook has a `url`; other channels have a `recipient`, a reference whose address is asked for when sending.
    `secret` and `headers` are encrypted; after a rotation `previous_secret` signs as well until `previous_until`. An
    endpoint whose `consecutive_failures` is not 0 is failing since `failing_since`; nothing is sent before
    `paused_until`. `rate_next_at`: when the rate limit lets the next one through (`core/rate.py`).
    """

    __tablename__ = "endpoint"

    id: str = Field(primary_key=True)
    organisation: str = Field(index=True)
    owner: str
    role: str
    owner_territories: list[str] = Field(sa_column=_texts())
    channel: str = Field(
        default=Channel.WEBHOOK.value, sa_column=Column(Text, nullable=False, server_default=Channel.WEBHOOK.value)
    )
    recipient: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    url: str
    types: list[str] = Field(sa_column=_texts())
    territories: list[str] = Field(sa_column=_texts())
    landlords: list[str] = Field(default_factory=list, sa_column=_texts(given=False))
    caseworkers: list[str] = Field(default_factory=list, sa_column=_texts(given=False))
    programmes: list[str] = Field(default_factory=list, sa_column=_texts(given=False))
    minimum_score_change: float = Field(sa_column=Column(Float, nullable=False))
    description: str | None = None
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    previous_secret: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    previous_until: datetime | None = Field(default=None, sa_column=_moment())
    headers: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    header_names: list[str] = Field(default_factory=list, sa_column=_texts(given=False))
    rate_per_minute: int | None = None
    rate_next_at: datetime | None = Field(default=None, sa_column=_moment())
    paused_until: datetime | None = Field(default=None, sa_column=_moment())
    enabled: bool = True
    disabled_reason: str | None = None
    created_at: datetime = Field(sa_column=_moment(nullable=False))
    updated_at: datetime = Field(sa_column=_moment(nullable=False))
    delivered_count: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    failed_tries_count: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    consecutive_failures: int = 0
    failing_since: datetime | None = Field(default=None, sa_column=_moment())
    last_success_at: datetime | None = Field(default=None, sa_column=_moment())
    last_failure_at: datetime | None = Field(default=None, sa_column=_moment())


class Delivery(Base, table=True):
    """One message for one endpoint. `id` is the webhook-id of all its tries, replays included.

    `recipient`: whom it is for where the endpoint alone does not say. `payload` is the exact text that is signed.
    `tries` counts those of this round (a replay begins a new one), `attempts` all. `lease` names the dispatcher's hold,
    until `leased_until`.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("delivery_once", "endpoint_id", "event_id", "recipient", unique=True),
        Index("delivery_due", "endpoint_id", "next_attempt_at", postgresql_where=text("state = 'pending'")),
        Index("delivery_listing", "organisation", "id"),
        Index("delivery_subject", "subject"),
        Index("delivery_ended", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
    )

    id: str = Field(primary_key=True)
    endpoint_id: str = Field(sa_column=Column(Text, ForeignKey("endpoint.id", ondelete="CASCADE"), nullable=False))
    organisation: str
    channel: str = Field(
        default=Channel.WEBHOOK.value, sa_column=Column(Text, nullable=False, server_default=Channel.WEBHOOK.value)
    )
    recipient: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    event_id: str
    type: str
    subject: str
    territory: str | None = None
    payload: str = Field(sa_column=Column(Text, nullable=False))
    state: str
    tries: int = 0
    attempts: int = 0
    next_attempt_at: datetime | None = Field(default=None, sa_column=_moment())
    lease: str | None = None
    leased_until: datetime | None = Field(default=None, sa_column=_moment())
    last_status: int | None = None
    last_error: str | None = None
    last_latency_ms: int | None = None
    created_at: datetime = Field(sa_column=_moment(nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=_moment())


class Attempt(Base, table=True):
    """One try of a delivery. `excerpt`: the beginning of the answer's body, at most 2 kB."""

    __tablename__ = "attempt"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    delivery_id: str = Field(
        sa_column=Column(Text, ForeignKey("delivery.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    number: int
    at: datetime = Field(sa_column=_moment(nullable=False))
    status: int | None = None
    error: str | None = None
    latency_ms: int
    excerpt: str | None = Field(default=None, sa_column=Column(Text))


class LiveEventRow(Base, table=True):
    """A live event with its audience. `seq` has no gap: it is given in the transaction that keeps the event."""

    __tablename__ = "live_event"

    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    type: str
    subject: str | None = Field(default=None, index=True)
    territory: str | None = None
    organisation: str | None = None
    landlord: str | None = None
    account: str | None = None
    audience_territory: str | None = None
    all_caseworkers: bool = Field(sa_column=Column(Boolean, nullable=False))
    everyone: bool = Field(sa_column=Column(Boolean, nullable=False))
    payload: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))


class LiveCounter(Base, table=True):
    """One row: the last number given, and an `epoch` that names this database's numbering in Redis."""

    __tablename__ = "live_counter"

    one: bool = Field(default=True, sa_column=Column(Boolean, primary_key=True, server_default=text("true")))
    last: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
    epoch: str = Field(sa_column=Column(Text, nullable=False, server_default=text("gen_random_uuid()::text")))


class ForgottenEvent(Base, table=True):
    """A live event erased in SQL whose copy in Redis is still to be removed."""

    __tablename__ = "forgotten_event"

    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class SharedPlacement(Base, table=True):
    """A placement that has been approved once: its end may be told outside the caseworker's organisation."""

    __tablename__ = "shared_placement"

    id: str = Field(primary_key=True)


class ScoreSeen(Base, table=True):
    """Guard and last values of one territory's score. `told`: minimum change -> [score, class] last told at it."""

    __tablename__ = "score_seen"

    code: str = Field(primary_key=True)
    generation: str
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    score: float | None = Field(default=None, sa_column=Column(Float))
    score_class: int | None = None
    told: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class PreferenceRow(Base, table=True):
    """What one actor (person or key) wants to be told."""

    __tablename__ = "preference"

    actor: str = Field(primary_key=True)
    organisation: str
    document: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    updated_at: datetime = Field(sa_column=_moment(nullable=False))
