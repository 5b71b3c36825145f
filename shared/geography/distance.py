"""Great-circle distance between places."""

import math
from typing import Final, Protocol

EARTH_RADIUS_KM: Final = 6371.0088


class Located(Protocol):
    """Anything with a point in WGS 84 degrees."""

    @property
    def latitude(self) -> float: ...

    @property
    def longitude(self) -> float: ...


def distance_km(a: Located, b: Located) -> float:
    """Distance as the crow flies (haversine, mean sphere: within 0.5 % of the ellipsoid); not a travel distance."""
    latitude_a, latitude_b = math.radians(a.latitude), math.radians(b.latitude)
    half_latitude = (latitude_b - latitude_a) / 2
    half_longitude = math.radians(b.longitude - a.longitude) / 2
    chord = math.sin(half_latitude) ** 2 + math.cos(latitude_a) * math.cos(latitude_b) * math.sin(half_longitude) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))
