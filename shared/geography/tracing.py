"""From polygons to short SVG paths, without opening gaps between neighbours.

Points are on a grid of a tenth of a unit, as integers. Borders are cut into arcs where three or more polygons meet; each
arc is simplified once, in one direction, so both neighbours get the same line.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

GRID: Final = 10  # cells to the unit

Cell = tuple[int, int]
Ring = tuple[Cell, ...]  # closed, the first cell is not repeated


def ring_on_grid(points: Iterable[tuple[float, float]]) -> Ring:
    """A closed ring on the grid, without repeated cells; fewer than three cells mean that it has vanished."""
    cells: list[Cell] = []
    for x, y in points:
        cell = (round(x * GRID), round(y * GRID))
        if not cells or cells[-1] != cell:
            cells.append(cell)
    while len(cells) > 1 and cells[0] == cells[-1]:
        cells.pop()
    return tuple(cells) if len(cells) > 2 else ()


def simplified(
    layer: Mapping[str, Sequence[Ring]], tolerance: float, spared: frozenset[str] = frozenset()
) -> dict[str, list[Ring]]:
    """Every unit's rings with fewer points: no point of the border is further than `tolerance` cells from the new one.

    A ring that would vanish stays as it is, and so do all borders of the units that are `spared`, their neighbours' too.
    """
    neighbours: dict[Cell, set[Cell]] = defaultdict(set)
    for rings in layer.values():
        for ring in rings:
            for index, cell in enumerate(ring):
                neighbours[ring[index - 1]].add(cell)
                neighbours[cell].add(ring[index - 1])
    junctions = {cell for cell, around in neighbours.items() if len(around) != 2}
    known: dict[Ring, Ring] = {}

    def arc(cells: Ring) -> Ring:
        forward = cells <= cells[::-1]
        canonical = cells if forward else cells[::-1]
        if canonical not in known:
            known[canonical] = _douglas_peucker(canonical, tolerance)
        return known[canonical] if forward else known[canonical][::-1]

    for ring in (ring for unit in spared for ring in layer[unit]):
        for part in _arcs(ring, junctions):
            canonical = min(part, part[::-1])
            known[canonical] = canonical

    result: dict[str, list[Ring]] = {}
    for unit, rings in layer.items():
        result[unit] = []
        for ring in rings:
            cells = tuple(cell for part in _arcs(ring, junctions) for cell in arc(part)[:-1])
            result[unit].append(cells if len(cells) > 2 else ring)
    return result


def _arcs(ring: Ring, junctions: set[Cell]) -> list[Ring]:
    """A ring cut at its junctions, each arc with both ends; a ring without any is cut where its two owners would both."""
    cuts = [index for index, cell in enumerate(ring) if cell in junctions]
    if not cuts:
        cuts = sorted({ring.index(min(ring)), ring.index(max(ring))})
    around = ring + ring
    ends = [*cuts[1:], cuts[0] + len(ring)]
    return [around[start : end + 1] for start, end in zip(cuts, ends, strict=True)]


def _douglas_peucker(cells: Ring, tolerance: float) -> Ring:
    kept = {0, len(cells) - 1}
    spans = [(0, len(cells) - 1)]
    while spans:
        first, last = spans.pop()
        (ax, ay), (bx, by) = cells[first], cells[last]
        dx, dy = bx - ax, by - ay
        length = (dx * dx + dy * dy) ** 0.5
        worst, worst_at = tolerance, None
        for index in range(first + 1, last):
            x, y = cells[index]
            if length:
                along = ((x - ax) * dx + (y - ay) * dy) / length
                inside = min(max(along, 0.0), length) / length
                distance = ((ax + inside * dx - x) ** 2 + (ay + inside * dy - y) ** 2) ** 0.5
            else:
                distance = ((x - ax) ** 2 + (y - ay) ** 2) ** 0.5
            if distance > worst:
                worst, worst_at = distance, index
        if worst_at is not None:
            kept.add(worst_at)
            spans += [(first, worst_at), (worst_at, last)]
    return tuple(cells[index] for index in sorted(kept))


def path(rings: Iterable[Ring]) -> str:
    """The value of an SVG `d` attribute: one subpath a ring, relative lines, one decimal, no space that is not needed."""
    parts: list[str] = []
    for ring in rings:
        steps = (step for (ax, ay), (bx, by) in pairwise(ring) for step in (bx - ax, by - ay))
        parts.append(f"M{_joined(ring[0])}l{_joined(steps)}z")
    return "".join(parts)


def _joined(cells: Iterable[int]) -> str:
    """Numbers without the separators that a sign, or a second decimal point, makes needless."""
    parts: list[str] = []
    last = "."
    for cell in cells:
        number = _decimal(cell)
        glued = not parts or number[0] == "-" or (number[0] == "." and "." in last)
        parts.append(number if glued else f" {number}")
        last = number
    return "".join(parts)


def _decimal(cell: int) -> str:
    whole, tenth = divmod(abs(cell), GRID)
    digits = (str(whole) if whole or not tenth else "") + (f".{tenth}" if tenth else "")
    return f"-{digits}" if cell < 0 else digits
