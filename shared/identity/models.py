"""Tables of the identity database."""

from datetime import datetime

from sqlalchemy import Column, DateTime, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Base(SQLModel, registry=registry()):
    """Metadata of this database alone."""


def _moment(*, nullable: bool = True) -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=nullable)


class Organisation(Base, table=True):
    """A landlord, a feed, an association, a host territory, an operator. `contact` is sealed (`contacts.py`)."""

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    contact: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    created_at: datetime = Field(sa_column=_moment(nullable=False))


class Person(Base, table=True):
    """A professional who signs in. `password` is an argon2id hash; `contact` is sealed (`contacts.py`)."""

    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    login: str = Field(unique=True)
    display_name: str
    password: str
    role: str
    territories: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(TEXT), nullable=False))
    contact: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    disabled_at: datetime | None = Field(default=None, sa_column=_moment())
    created_at: datetime = Field(sa_column=_moment(nullable=False))


class Bearer(Base, table=True):
    """What opens the APIs: an API key (no person) or a person's session. Only an HMAC of the secret is kept."""

    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    person_id: str | None = Field(default=None, foreign_key="person.id", index=True)
    role: str
    territories: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(TEXT), nullable=False))
    label: str
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_column=_moment(nullable=False))
    expires_at: datetime | None = Field(default=None, sa_column=_moment())
    revoked_at: datetime | None = Field(default=None, sa_column=_moment())
