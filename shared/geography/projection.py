"""From WGS 84 to the page: France on one sheet, the five DROM as insets below the métropole.

The métropole is in Lambert-93, the official projection (IGN), so that areas and angles look as people know them; each DROM
is in a plane of its own, at a larger scale.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Point = tuple[float, float]

SHEET_WIDTH: Final = 1000.0
SHEET_HEIGHT: Final = 1100.0

# Lambert-93: constants of the IGN for the GRS 80 ellipsoid, parallels 44° and 49°, origin 46.5° N 3° E.
_N: Final = 0.7256077650532670
_C: Final = 11_754_255.426096
_X_POLE: Final = 700_000.0
_Y_POLE: Final = 12_655_612.049876
_ECCENTRICITY: Final = 0.08181919104281579
_LONGITUDE_ORIGIN: Final = math.radians(3)

# Bounds of the métropole with Corsica in Lambert-93, in metres, with a margin.
_WEST, _EAST, _SOUTH, _NORTH = 90_000.0, 1_250_000.0, 6_040_000.0, 7_118_000.0


@dataclass(frozen=True)
class Inset:
    """A DROM on the sheet: its frame, and the bounds in degrees that fill it."""

    departement: str
    name: str
    x: float
    y: float
    width: float
    height: float
    bounds: tuple[float, float, float, float]  # west, south, east, north


_TOP, _WIDTH, _HEIGHT, _GAP = 945.0, 184.0, 150.0, 20.0


def _inset(position: int, departement: str, name: str, bounds: tuple[float, float, float, float]) -> Inset:
    return Inset(departement, name, position * (_WIDTH + _GAP), _TOP, _WIDTH, _HEIGHT, bounds)


INSETS: Final = (
    _inset(0, "971", "Guadeloupe", (-61.82, 15.82, -60.99, 16.53)),
    _inset(1, "972", "Martinique", (-61.24, 14.38, -60.80, 14.89)),
    _inset(2, "973", "Guyane", (-54.62, 2.10, -51.60, 5.77)),
    _inset(3, "974", "La Réunion", (55.20, -21.40, 55.85, -20.86)),
    _inset(4, "976", "Mayotte", (45.01, -13.02, 45.31, -12.62)),
)


def lambert93(longitude: float, latitude: float) -> Point:
    """Easting and northing in metres (EPSG:2154)."""
    phi = math.radians(latitude)
    e_sin = _ECCENTRICITY * math.sin(phi)
    isometric = math.log(math.tan(math.pi / 4 + phi / 2) * ((1 - e_sin) / (1 + e_sin)) ** (_ECCENTRICITY / 2))
    radius = _C * math.exp(-_N * isometric)
    gamma = _N * (math.radians(longitude) - _LONGITUDE_ORIGIN)
    return _X_POLE + radius * math.sin(gamma), _Y_POLE - radius * math.cos(gamma)


def _on_the_main_sheet(longitude: float, latitude: float) -> Point:
    east, north = lambert93(longitude, latitude)
    scale = SHEET_WIDTH / (_EAST - _WEST)
    return (east - _WEST) * scale, (_NORTH - north) * scale


def _in(inset: Inset) -> Callable[[float, float], Point]:
    """Equirectangular about the middle of the inset, as large as its frame allows, centred in it."""
    west, south, east, north = inset.bounds
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min(inset.width / ((east - west) * squeeze), inset.height / (north - south))
    left = inset.x + (inset.width - (east - west) * squeeze * scale) / 2
    top = inset.y + (inset.height - (north - south) * scale) / 2

    def project(longitude: float, latitude: float) -> Point:
        return left + (longitude - west) * squeeze * scale, top + (north - latitude) * scale

    return project


_INSET_PROJECTIONS: Final = {inset.departement: _in(inset) for inset in INSETS}


def projection_of(departement: str) -> Callable[[float, float], Point]:
    """The projection of a département: (longitude, latitude) in degrees to (x, y) on the sheet, y downwards."""
    return _INSET_PROJECTIONS.get(departement, _on_the_main_sheet)
