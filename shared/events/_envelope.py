"""The CloudEvents envelope and the change it carries."""

from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Channel(StrEnum):
    """The way by which a change came in."""

    API = "api"  # one entity by HTTP
    BULK = "bulk"  # a file or a snapshot by HTTP
    FOLDER = "folder"  # a file left in a watched folder
    FRANCE_TRAVAIL = "france-travail"  # pulled from its API
    CLOCK = "clock"  # a date that passed
    OPERATOR = "operator"  # a repair by hand
    DUPLICATES = "duplicates"  # the same offer came or went by another feed


class Lineage(Struct, frozen=True, omit_defaults=True, gc=False):
    """Where a change comes from. Never part of an entity's content: the same content by another way is unchanged."""

    source: str  # one of Channel
    feed: str  # organisation id of the landlord, feed or territory
    licence: str | None = None  # of the data as the feed states it, such as "Licence Ouverte 2.0"; None = unstated
    fetched_at: str | None = None  # RFC 3339: when a pulled content was read from its source; None = it was pushed


class Change(Struct, Generic[T], frozen=True, omit_defaults=True, gc=False):
    """One version of an entity: its whole state before and after, and where that came from (None = not recorded)."""

    version: int
    before: T | None
    after: T | None
    lineage: Lineage | None = None


class Event(Struct, Generic[T], frozen=True, gc=False):
    """CloudEvents 1.0 attributes used by Ancrage. `sequence` is 16 decimal digits, "" until the relay gives one."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    dataschema: str
    data: T
    sequence: str = ""
