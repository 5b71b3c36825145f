"""Polygons of EPCI with as many points as a zoom of a web map shows, valid and without gaps between neighbours."""

import gzip
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, Final

import orjson

from shared.geography.pack import geojson
from shared.geography.tracing import Cell, Ring, simplified

CELLS_PER_DEGREE: Final = 10_000  # the grid of the reference polygons
TILE_PIXELS: Final = 256
COARSEST: Final = 4  # all of France in a tile or two: farther away nobody tells EPCI apart
WHOLE_FROM: Final = 9  # a pixel is finer than the points of the reference polygons

Layer = Mapping[str, Sequence[Ring]]


def level_of(zoom: int | None) -> int | None:
    """The level that serves a zoom of Web Mercator tiles of 256 pixels; None: the whole polygons."""
    return None if zoom is None or zoom >= WHOLE_FROM else max(COARSEST, zoom)


@cache
def collection(level: int | None) -> dict[str, Any]:
    """GeoJSON of all EPCI, not to be changed. At a level borders stand at most a pixel from the reference's (half of one in
    longitude); the same border of two neighbours stays the same. Made once per process, in a second or so."""
    whole: dict[str, Any] = orjson.loads(gzip.decompress(geojson("epci")))
    if level is None:
        return whole
    layer = {feature["properties"]["code"]: _rings(feature["geometry"]) for feature in whole["features"]}
    lighter = lightened(layer, CELLS_PER_DEGREE * 360 / TILE_PIXELS / 2**level / 2)
    features = [
        {**feature, "geometry": _geometry(feature["geometry"], lighter[feature["properties"]["code"]])}
        for feature in whole["features"]
    ]
    return {**whole, "features": features}


def lightened(layer: Layer, tolerance: float) -> dict[str, list[Ring]]:
    """`simplified`, in which a unit that would vanish, cross itself or turn over keeps its borders whole."""
    spared: frozenset[str] = frozenset()
    sound: dict[str, list[Ring]] = {}
    while True:
        found = simplified(layer, tolerance, spared)
        broken = set()
        for unit, rings in found.items():
            if unit in spared or sound.get(unit) == rings:
                continue
            if _stands(rings, layer[unit]):
                sound[unit] = rings
            else:
                broken.add(unit)
        if not broken:
            return found
        spared |= broken


def _stands(rings: Sequence[Ring], before: Sequence[Ring]) -> bool:
    """Whether a unit is sound with these rings. One that is as before may have been left whole because it would vanish, and
    its neighbours have to know."""
    pairs = list(zip(rings, before, strict=True))
    if any(ring == former or (area(ring) > 0) != (area(former) > 0) for ring, former in pairs):
        return False
    return not crosses(rings)


def area(ring: Ring) -> float:
    """Signed, in cells; above zero for a ring that turns to the left."""
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise((*ring, ring[0]))) / 2


def crosses(rings: Sequence[Ring]) -> bool:
    """Whether borders of one unit meet elsewhere than at the ends that they share."""
    edges = sorted((min(one, other), max(one, other)) for ring in rings for one, other in pairwise((*ring, ring[0])))
    near: list[tuple[Cell, Cell]] = []
    for edge in edges:
        near = [one for one in near if one[1][0] >= edge[0][0]]
        if any(_meet(edge, one) for one in near):
            return True
        near.append(edge)
    return False


def _meet(one: tuple[Cell, Cell], other: tuple[Cell, Cell]) -> bool:
    (a, b), (c, d) = one, other
    if max(a[1], b[1]) < min(c[1], d[1]) or max(c[1], d[1]) < min(a[1], b[1]):
        return False
    loose_one, loose_other = {a, b} - {c, d}, {c, d} - {a, b}
    if len(loose_one) < 2:
        # One end shared: they may only lie upon each other. Both: the same edge twice.
        return not loose_one or any(_on(c, d, end) for end in loose_one) or any(_on(a, b, end) for end in loose_other)
    if (_side(a, b, c) > 0) != (_side(a, b, d) > 0) and (_side(c, d, a) > 0) != (_side(c, d, b) > 0):
        return True
    return _on(a, b, c) or _on(a, b, d) or _on(c, d, a) or _on(c, d, b)


def _side(a: Cell, b: Cell, point: Cell) -> int:
    return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])


def _on(a: Cell, b: Cell, point: Cell) -> bool:
    inside = min(a[0], b[0]) <= point[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= point[1] <= max(a[1], b[1])
    return inside and _side(a, b, point) == 0


def _polygons(geometry: Mapping[str, Any]) -> list[list[Any]]:
    return list(geometry["coordinates"]) if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]


def _rings(geometry: Mapping[str, Any]) -> list[Ring]:
    return [
        tuple((round(x * CELLS_PER_DEGREE), round(y * CELLS_PER_DEGREE)) for x, y in ring[:-1])
        for polygon in _polygons(geometry)
        for ring in polygon
    ]


def _geometry(before: Mapping[str, Any], rings: Sequence[Ring]) -> dict[str, Any]:
    """The same polygons and holes, of these rings in their order."""
    left = iter(rings)
    polygons = [[_closed(next(left)) for _ in polygon] for polygon in _polygons(before)]
    several = before["type"] == "MultiPolygon"
    return {"type": before["type"], "coordinates": polygons if several else polygons[0]}


def _closed(ring: Ring) -> list[list[float]]:
    return [[x / CELLS_PER_DEGREE, y / CELLS_PER_DEGREE] for x, y in (*ring, ring[0])]
