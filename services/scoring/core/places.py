"""Territories as scores need them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Official figures are None where unknown; `point`: latitude and longitude in degrees."""

    code: str
    name: str
    employment_zone: str
    departement: str
    official: Mapping[str, float | None]
    point: tuple[float, float] | None = None
