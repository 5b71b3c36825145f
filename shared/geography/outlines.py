"""Outlines of territories and départements as SVG paths, for maps drawn on the server.

One sheet for all of France (see `shared.geography.projection`), precomputed by `scripts.derive_outlines`.
"""

import gzip
from collections.abc import Mapping
from functools import cache

import msgspec

from shared.geography.pack import DATA


class Frame(msgspec.Struct, frozen=True):
    """Where a DROM stands on the sheet, in units of the view box."""

    departement: str
    name: str
    x: float
    y: float
    width: float
    height: float


class Box(msgspec.Struct, frozen=True, array_like=True):
    """A rectangle in units of the view box, to zoom on a département."""

    x: float
    y: float
    width: float
    height: float


class Outlines(msgspec.Struct, frozen=True):
    """`view_box` and `d` attributes for SVG, even-odd or non-zero fill alike.

    `territories` has a path for every territory of the default zoning: the polygon of its EPCI, or a small disc where a
    commune is its own territory. `points` is where each territory's people are (x, y). Département lines are simplified on
    their own: over territories they can be off by one or two units.
    """

    view_box: str
    insets: tuple[Frame, ...]
    territories: Mapping[str, str]
    points: Mapping[str, tuple[float, float]]
    departements: Mapping[str, str]
    boxes: Mapping[str, Box]


@cache
def outlines() -> Outlines:
    """The outlines that ship with the project, read once per process (about 20 ms)."""
    return msgspec.json.decode(gzip.decompress((DATA / "outlines.json.gz").read_bytes()), type=Outlines)
