"""The CloudEvents envelope and the change it carries."""

from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Change(Struct, Generic[T], frozen=True):
    """One version of an entity: its whole state before and after."""

    version: int
    before: T | None
    after: T | None


class Event(Struct, Generic[T], frozen=True):
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
