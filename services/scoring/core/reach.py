"""Where the people of a territory can work: its zone d'emploi, and what lies within 45 minutes.

The sparse matrix of reach is made once from the territories' points (the mean of their inhabitants). The time by road is a
model, stated and easy to check: 35 km as the crow flies in 45 minutes, as the matcher has it, which is some 47 km of road
at 63 km/h outside towns. No water is crossed but where the zone d'emploi says that people do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

REACH_MINUTES: Final = 45.0
KM_PER_MINUTE: Final = 35.0 / 45.0
_EARTH_KM: Final = 6371.0088


@dataclass(frozen=True)
class Reach:
    """For each territory the rows within reach of it, itself among them, one after the other."""

    rows: NDArray[np.intp]
    starts: NDArray[np.intp]

    def sums(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """For each column (first axis) its sum over what each territory reaches; what is unknown is left out."""
        summed: NDArray[np.float64] = np.add.reduceat(
            np.nan_to_num(columns, nan=0.0)[:, self.rows], self.starts, axis=1
        )
        return summed

    def of(self, row: int) -> list[int]:
        """The rows within reach of a territory."""
        end = self.starts[row + 1] if row + 1 < len(self.starts) else len(self.rows)
        found: list[int] = self.rows[self.starts[row] : end].tolist()
        return found


def reach_of(zones: Sequence[str], points: Sequence[tuple[float, float] | None]) -> Reach:
    """Reach from zones d'emploi and points (latitude and longitude in degrees; None: the zone alone)."""
    names = np.unique(np.array(zones), return_inverse=True)[1]
    known = np.array([point is not None for point in points])
    degrees = np.array([point if point is not None else (0.0, 0.0) for point in points], dtype=np.float64)
    latitude, longitude = np.radians(degrees).T
    rows, starts, length = [], [], 0
    for row in range(len(zones)):
        near = names == names[row]
        if known[row]:
            distance = _distance_km(latitude, longitude, row)
            near |= known & (distance / KM_PER_MINUTE <= REACH_MINUTES)
        found = np.flatnonzero(near)
        rows.append(found)
        starts.append(length)
        length += len(found)
    return Reach(np.concatenate(rows), np.array(starts, dtype=np.intp))


def _distance_km(latitude: NDArray[np.float64], longitude: NDArray[np.float64], row: int) -> NDArray[np.float64]:
    """Great-circle distances from one point, in km."""
    half = np.sin((latitude - latitude[row]) / 2) ** 2
    half += np.cos(latitude) * np.cos(latitude[row]) * np.sin((longitude - longitude[row]) / 2) ** 2
    distances: NDArray[np.float64] = 2 * _EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return distances
