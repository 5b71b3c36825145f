"""Comparing counters, to the last integer."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.scoring.core.counters import Counters


@dataclass(frozen=True)
class Difference:
    """A counter that is not what it should be. `where`: state, output or ingest."""

    where: str
    territory: str
    counter: str
    expected: int
    found: int


def compare(where: str, expected: Mapping[str, Counters], found: Mapping[str, Counters]) -> list[Difference]:
    """Every counter that differs, by territory and name; absent is 0."""
    return [
        Difference(where, territory, name, left.get(name, 0), right.get(name, 0))
        for territory in sorted(expected.keys() | found.keys())
        for left, right in ((expected.get(territory, {}), found.get(territory, {})),)
        for name in sorted(left.keys() | right.keys())
        if left.get(name, 0) != right.get(name, 0)
    ]
