"""Derive shared/geography/data/outlines.json.gz from the polygons of the reference geography.

Usage: python -m scripts.derive_outlines [--out shared/geography/data]

Needs shared/geography/data in place. The same polygons give the same bytes.
"""

import argparse
import gzip
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from shared.geography import geography, geojson
from shared.geography.outlines import Box, Frame, Outlines
from shared.geography.pack import DATA, Layer
from shared.geography.projection import INSETS, SHEET_HEIGHT, SHEET_WIDTH, Point, projection_of
from shared.geography.tracing import GRID, Ring, path, ring_on_grid, simplified

# In cells of a tenth of a unit; a unit is about 1.2 km in the métropole.
TOLERANCE_CELLS = {"epci": 3.5, "departements": 2.5}
DISC_RADIUS = 2.0


def rings_of(geometry: dict[str, Any], project: Callable[[float, float], Point]) -> list[Ring]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    rings = [ring_on_grid(project(*point) for point in ring) for polygon in polygons for ring in polygon]
    return [ring for ring in rings if ring]


def layer_of(kind: Layer, departement_of: Callable[[str], str]) -> dict[str, list[Ring]]:
    features = json.loads(gzip.decompress(geojson(kind)))["features"]
    rings = {
        feature["properties"]["code"]: rings_of(
            feature["geometry"], projection_of(departement_of(feature["properties"]["code"]))
        )
        for feature in features
    }
    return simplified(rings, TOLERANCE_CELLS[kind])


def disc(centre: Point) -> list[Ring]:
    turns = [2 * math.pi * step / 12 for step in range(12)]
    return [ring_on_grid((centre[0] + DISC_RADIUS * math.cos(t), centre[1] + DISC_RADIUS * math.sin(t)) for t in turns)]


def box_of(rings: list[Ring], margin: float = 2.0) -> Box:
    xs, ys = zip(*(cell for ring in rings for cell in ring), strict=True)
    left, top = min(xs) / GRID - margin, min(ys) / GRID - margin
    width, height = max(xs) / GRID + margin - left, max(ys) / GRID + margin - top
    return Box(round(left, 1), round(top, 1), round(width, 1), round(height, 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=DATA)
    out: Path = parser.parse_args().out

    places = geography()
    points = {}
    for code, territory in places.territories.items():
        x, y = projection_of(territory.departement)(territory.longitude, territory.latitude)
        points[code] = (round(x, 1), round(y, 1))
    epci = layer_of("epci", lambda code: places.territories[code].departement)
    departements = layer_of("departements", lambda code: code)
    territories = {code: path(epci.get(code) or disc(points[code])) for code in places.territories}
    outlines = Outlines(
        view_box=f"0 0 {SHEET_WIDTH:g} {SHEET_HEIGHT:g}",
        insets=tuple(Frame(i.departement, i.name, i.x, i.y, i.width, i.height) for i in INSETS),
        territories=territories,
        points=points,
        departements={code: path(rings) for code, rings in sorted(departements.items())},
        boxes={code: box_of(rings) for code, rings in sorted(departements.items())},
    )
    packed = gzip.compress(msgspec.json.encode(outlines), compresslevel=9, mtime=0)
    (out / "outlines.json.gz").write_bytes(packed)
    for name, paths in (("territories", outlines.territories), ("departements", outlines.departements)):
        cells = sum(len(d) for d in paths.values())
        sys.stdout.write(f"{name}: {len(paths):,} paths, {cells:,} characters\n")
    sys.stdout.write(f"outlines.json.gz: {len(packed):,} bytes\n")


if __name__ == "__main__":
    main()
