"""Tables of files received: the run, its lines' fates, the references it held, and what a full list decided."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.ingest.adapters.models import Base


def _moment(*, nullable: bool = False) -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=nullable)


def _count() -> Column[int]:
    return Column(BigInteger, nullable=False)


class RunRow(Base, table=True):
    """One file received. Counts are of its lines so far; `digest` is of the lines so far, for a repetition under `key`.

    `attempt` grows when a repetition takes over: what an older request would still write finds another number.
    `observed_at` is as stated by the sender, else when the run began. `known_before` counts what the
    owner had published then, for a full list. Times are business time.
    """

    __tablename__ = "run"
    __table_args__ = (
        Index("run_key", "owner", "kind", "key", unique=True, postgresql_where=text("key IS NOT NULL")),
        Index("run_owner", "owner", "id"),
        Index("run_updated", "updated_at"),
    )

    id: str = Field(primary_key=True)
    owner: str
    owner_name: str
    sent_by: str
    kind: str
    mode: str
    form: str
    dry_run: bool
    lang: str
    key: str | None = None
    attempt: int = 1
    state: str
    stated: bool
    observed_at: datetime = Field(sa_column=_moment())
    started_at: datetime = Field(sa_column=_moment())
    updated_at: datetime = Field(sa_column=_moment())
    finished_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    chunks: int = 0
    digest: bytes = Field(sa_type=LargeBinary)
    known_before: int = 0
    found: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    created: int = Field(default=0, sa_column=_count())
    updated: int = Field(default=0, sa_column=_count())
    unchanged: int = Field(default=0, sa_column=_count())
    superseded: int = Field(default=0, sa_column=_count())
    rejected: int = Field(default=0, sa_column=_count())
    ignored: int = Field(default=0, sa_column=_count())
    withdrawn: int = Field(default=0, sa_column=_count())
    unreadable: int = Field(default=0, sa_column=_count())

    @property
    def lines(self) -> int:
        """Lines whose fate is written."""
        return self.created + self.updated + self.unchanged + self.superseded + self.rejected + self.ignored


class RunChunkRow(Base, table=True):
    """Fates of the lines that one transaction wrote; `held` is the set of fates among them."""

    __tablename__ = "run_chunk"

    run: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    held: int
    fates: bytes = Field(sa_type=LargeBinary)


class RunReferenceRow(Base, table=True):
    """A reference that a full list holds (also on a rejected line), or that a dry run has met, with what it last said."""

    __tablename__ = "run_reference"

    run: str = Field(primary_key=True)
    reference: str = Field(primary_key=True)
    said: bytes | None = Field(default=None, sa_type=LargeBinary)


class SnapshotRow(Base, table=True):
    """What a full list decided about the absent, with the figures and limits of the decision."""

    __tablename__ = "snapshot"
    __table_args__ = (
        Index("snapshot_owner", "owner", "kind", "observed_at"),
        Index("snapshot_waiting", "id", postgresql_where=text("state IN ('quarantined', 'applying')")),
    )

    id: str = Field(primary_key=True)
    run: str = Field(unique=True)
    owner: str
    owner_name: str
    kind: str
    state: str
    observed_at: datetime = Field(sa_column=_moment())
    made_at: datetime = Field(sa_column=_moment())
    updated_at: datetime = Field(sa_column=_moment())
    decided_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    decided_by: str | None = None
    cause: str
    known: int
    absent: int
    unreadable: int
    max_percent: int
    minimum: int
    withdrawn: int = 0
