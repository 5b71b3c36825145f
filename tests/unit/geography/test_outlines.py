"""Outlines for maps: projection, simplification without gaps, and the shipped paths."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.geography import geography
from shared.geography.outlines import outlines
from shared.geography.projection import INSETS, SHEET_HEIGHT, SHEET_WIDTH, lambert93, projection_of
from shared.geography.tracing import GRID, Cell, Ring, path, ring_on_grid, simplified

PLACES = geography()
OUTLINES = outlines()
NUMBER = re.compile(r"-?(?:\d+(?:\.\d)?|\.\d)")


def drawn(d: str) -> Iterator[list[Cell]]:
    """Reads a path the way a browser does: absolute start, relative lines."""
    for subpath in d.split("M")[1:]:
        start, lines = subpath.removesuffix("z").split("l")
        x, y = (round(float(number) * GRID) for number in NUMBER.findall(start))
        cells = [(x, y)]
        steps = [round(float(number) * GRID) for number in NUMBER.findall(lines)]
        for dx, dy in zip(steps[::2], steps[1::2], strict=True):
            cells.append((cells[-1][0] + dx, cells[-1][1] + dy))
        yield cells


def doubled_area(ring: Ring) -> int:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))


def edges(layer: dict[str, list[Ring]]) -> list[frozenset[Cell]]:
    return [frozenset(pair) for rings in layer.values() for r in rings for pair in zip(r, r[1:] + r[:1], strict=True)]


def test_lambert93_has_its_origin_where_the_ign_put_it() -> None:
    assert lambert93(3.0, 46.5) == pytest.approx((700_000, 6_600_000), abs=0.01)


def test_lambert93_keeps_angles_and_lengths_near_the_standard_parallels() -> None:
    a, north, east = lambert93(2.0, 44.0), lambert93(2.0, 44.01), lambert93(2.01, 44.0)
    up, across = (north[0] - a[0], north[1] - a[1]), (east[0] - a[0], east[1] - a[1])
    assert up[0] * across[0] + up[1] * across[1] == pytest.approx(0, abs=500)
    assert (up[0] ** 2 + up[1] ** 2) ** 0.5 == pytest.approx(1_111.0, abs=1.0)


def test_every_commune_stands_on_the_sheet_and_in_its_frame() -> None:
    frames = {inset.departement: inset for inset in INSETS}
    for commune in PLACES.communes.values():
        x, y = projection_of(commune.departement)(commune.longitude, commune.latitude)
        assert 0 < x < SHEET_WIDTH
        assert 0 < y < SHEET_HEIGHT
        frame = frames.get(commune.departement)
        if frame is None:
            assert y < INSETS[0].y
        else:
            assert frame.x < x < frame.x + frame.width
            assert frame.y < y < frame.y + frame.height


def test_north_is_up_and_east_is_right_everywhere() -> None:
    for departement, longitude, latitude in (("15", 2.4, 44.9), ("971", -61.5, 16.2), ("974", 55.5, -21.1)):
        project = projection_of(departement)
        x, y = project(longitude, latitude)
        assert project(longitude, latitude + 0.1)[1] < y
        assert project(longitude + 0.1, latitude)[0] > x


def test_a_ring_on_the_grid_repeats_no_cell_and_a_dot_vanishes() -> None:
    assert ring_on_grid([(0, 0), (0.04, 0), (1, 0), (1, 1), (0, 0)]) == ((0, 0), (10, 0), (10, 10))
    assert ring_on_grid([(0, 0), (0.01, 0), (0.02, 0.01), (0, 0)]) == ()


# Two units side by side, with a crooked common border from (10, 0) to (10, 40).
crooked = st.lists(st.integers(-3, 3), min_size=9, max_size=9)


@given(crooked, st.floats(0, 8))
def test_neighbours_keep_the_same_border(offsets: list[int], tolerance: float) -> None:
    border = [(100 + offset, 4 * (step + 1)) for step, offset in enumerate(offsets)]
    left: Ring = ((0, 0), (100, 0), *border, (100, 40), (0, 40))
    right: Ring = ((200, 0), (200, 40), (100, 40), *reversed(border), (100, 0))
    result = simplified({"left": [left], "right": [right]}, tolerance)
    # Signed areas of the two, in opposite senses, make the whole rectangle: neither a gap nor an overlap.
    assert abs(doubled_area(result["left"][0])) + abs(doubled_area(result["right"][0])) == 2 * 200 * 40
    shared = [edge for edge in edges(result) if edges(result).count(edge) == 2]
    assert shared
    assert set(result["left"][0]) <= set(left)


def test_a_border_within_the_tolerance_becomes_straight() -> None:
    left: Ring = ((0, 0), (100, 0), (101, 20), (100, 40), (0, 40))
    right: Ring = ((200, 0), (200, 40), (100, 40), (101, 20), (100, 0))
    result = simplified({"left": [left], "right": [right]}, 1.5)
    assert (101, 20) not in result["left"][0]
    assert (101, 20) not in result["right"][0]
    assert (101, 20) in simplified({"left": [left], "right": [right]}, 0.5)["left"][0]


def test_an_enclave_and_its_hole_stay_the_same_line() -> None:
    hole: Ring = ((40, 40), (60, 41), (61, 60), (50, 62), (40, 60))
    outside: Ring = ((0, 0), (100, 0), (100, 100), (0, 100))
    enclave: Ring = hole[2:] + hole[:2]
    result = simplified({"around": [outside, hole], "within": [enclave[::-1]]}, 3.0)
    assert set(result["around"][1]) == set(result["within"][0])


def test_a_ring_that_would_vanish_stays() -> None:
    island: Ring = ((0, 0), (2, 0), (1, 1))
    assert simplified({"island": [island]}, 50.0) == {"island": [island]}


cells = st.tuples(st.integers(-20_000, 20_000), st.integers(-20_000, 20_000))


@given(st.lists(st.lists(cells, min_size=3, max_size=8).map(tuple), min_size=1, max_size=3))
def test_a_path_is_read_back_cell_by_cell(rings: list[Ring]) -> None:
    assert [tuple(cells) for cells in drawn(path(rings))] == rings


def test_paths_carry_one_decimal_and_no_needless_character() -> None:
    assert path([((0, 5), (15, 3), (10, 13))]) == "M0 .5l1.5-.2-.5 1z"


def test_every_territory_and_departement_has_a_path_on_the_sheet() -> None:
    assert set(OUTLINES.territories) == set(OUTLINES.points) == set(PLACES.territories)
    assert set(OUTLINES.departements) == set(OUTLINES.boxes) == set(PLACES.departements)
    for d in (*OUTLINES.territories.values(), *OUTLINES.departements.values()):
        for cells in drawn(d):
            assert len(cells) >= 3
            assert all(0 <= x <= SHEET_WIDTH * GRID and 0 <= y <= SHEET_HEIGHT * GRID for x, y in cells)


def test_territory_paths_are_small_enough_for_a_page() -> None:
    assert sum(map(len, OUTLINES.territories.values())) < 450_000


def test_a_departement_box_holds_the_points_of_its_territories() -> None:
    box = OUTLINES.boxes["15"]
    inside = [t.code for t in PLACES.territories.values() if t.departements == ("15",)]
    assert inside
    for code in inside:
        x, y = OUTLINES.points[code]
        assert box.x < x < box.x + box.width
        assert box.y < y < box.y + box.height


def test_borders_between_territories_are_drawn_once_for_both() -> None:
    """Most inner edges belong to exactly two territories: simplification has opened no gap."""
    count: dict[frozenset[Cell], int] = {}
    for d in OUTLINES.territories.values():
        for found in drawn(d):
            for pair in zip(found, found[1:] + found[:1], strict=True):
                count[frozenset(pair)] = count.get(frozenset(pair), 0) + 1
    assert max(count.values()) == 2
    shared = sum(times == 2 for times in count.values())
    assert shared / len(count) > 0.7
