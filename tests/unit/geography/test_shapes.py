"""Polygons for web maps: lighter where a map is small, and still polygons, with one border between neighbours."""

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.geography import geojson
from shared.geography.shapes import COARSEST, WHOLE_FROM, area, collection, crosses, level_of, lightened
from shared.geography.tracing import Ring, simplified

LEVELS = range(COARSEST, WHOLE_FROM)


def rings_of(geometry: Mapping[str, Any]) -> list[list[tuple[float, float]]]:
    several = geometry["type"] == "MultiPolygon"
    polygons = geometry["coordinates"] if several else [geometry["coordinates"]]
    return [[tuple(point) for point in ring] for polygon in polygons for ring in polygon]


@cache
def layer(level: int | None) -> dict[str, list[Ring]]:
    return {
        one["properties"]["code"]: [
            tuple((round(x * 10_000), round(y * 10_000)) for x, y in ring[:-1]) for ring in rings_of(one["geometry"])
        ]
        for one in collection(level)["features"]
    }


def size(level: int | None) -> int:
    return sum(len(ring) for rings in layer(level).values() for ring in rings)


def coast(units: Mapping[str, Sequence[Ring]]) -> set[tuple[int, int]]:
    """Ends of the edges that one polygon alone has: the coast and the frontier."""
    owned = Counter(
        (min(edge), max(edge)) for rings in units.values() for ring in rings for edge in pairwise((*ring, ring[0]))
    )
    return {end for edge, owners in owned.items() if owners == 1 for end in edge}


def test_each_zoom_has_fewer_points_than_the_next_and_the_coarsest_a_quarter_of_all() -> None:
    sizes = [size(level) for level in [*LEVELS, None]]
    assert sizes == sorted(set(sizes))
    assert sizes[0] < sizes[-1] / 4


@pytest.mark.parametrize("level", LEVELS)
def test_lighter_polygons_are_polygons_and_turn_as_before(level: int) -> None:
    features = collection(level)["features"]
    assert len(features) == 1255
    for feature in features:
        for ring in rings_of(feature["geometry"]):
            assert ring[0] == ring[-1]
            assert len(ring) > 3
    for code, rings in layer(level).items():
        assert not crosses(rings), code
        assert [area(ring) > 0 for ring in rings] == [area(ring) > 0 for ring in layer(None)[code]]


@pytest.mark.parametrize("level", LEVELS)
def test_no_gap_opens_between_neighbours(level: int) -> None:
    assert coast(layer(level)) <= coast(layer(None)), "an edge of one polygon alone, where two met"


@pytest.mark.parametrize("level", LEVELS)
def test_no_point_that_was_not_there_and_no_territory_much_smaller(level: int) -> None:
    for code, rings in layer(level).items():
        before = layer(None)[code]
        assert {cell for ring in rings for cell in ring} <= {cell for ring in before for cell in ring}
    whole = sum(area(ring) for rings in layer(None).values() for ring in rings)
    assert sum(area(ring) for rings in layer(level).values() for ring in rings) == pytest.approx(whole, rel=0.01)


def test_a_zoom_is_served_by_its_level_and_near_ones_by_the_whole_polygons() -> None:
    assert [level_of(zoom) for zoom in (None, 0, 4, 6, 8, 9, 24)] == [None, 4, 4, 6, 8, None, None]
    assert collection(None) == json.loads(gzip.decompress(geojson("epci")))


def test_borders_that_meet_elsewhere_than_at_their_ends_are_seen() -> None:
    square: Ring = ((0, 0), (0, 9), (9, 9), (9, 0))
    assert not crosses([square])
    assert crosses([((0, 0), (9, 9), (9, 0), (0, 9))])
    assert crosses([((0, 0), (0, 9), (9, 9), (9, 0), (5, 9))]), "a corner upon another border"
    assert not crosses([square, ((2, 2), (4, 2), (4, 4))])
    assert crosses([square, ((2, 2), (12, 2), (4, 4))]), "a hole that leaves its polygon"
    assert crosses([((0, 0), (9, 0), (5, 0))]), "back along the same line"


SPIKES = st.lists(st.integers(-9, 9), min_size=12, max_size=40)


@settings(max_examples=60, deadline=None)
@given(heights=SPIKES, tolerance=st.floats(1, 60))
def test_two_neighbours_of_any_border_stay_sound_and_keep_it_in_common(heights: list[int], tolerance: float) -> None:
    border = tuple((10 * step, height) for step, height in enumerate(heights))
    right = border[-1][0]
    above: Ring = (*border, (right, 400), (0, 400))
    below: Ring = (*border[::-1], (0, -40), (right, -40))
    found = lightened({"above": [above], "below": [below]}, tolerance)
    assert not crosses(found["above"])
    assert not crosses(found["below"])
    assert coast(found) <= coast({"above": [above], "below": [below]})


def test_a_spared_unit_keeps_its_borders_and_so_do_its_neighbours() -> None:
    wave = tuple((step, step % 2) for step in range(20))
    layer_of_two = {"up": [(*wave, (19, 50), (0, 50))], "down": [(*wave[::-1], (0, -50), (19, -50))]}
    assert len(simplified(layer_of_two, 5.0)["down"][0]) < 6
    kept = simplified(layer_of_two, 5.0, frozenset({"up"}))
    assert set(wave) <= set(kept["up"][0]) & set(kept["down"][0])
