"""The view for a need follows the reference of the published scores: each territory is judged by the one its score names."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from itertools import islice

import msgspec
import numpy as np
import pytest

from services.scoring.core.drawing import drawn, with_breaks
from services.scoring.core.need_scores import NeedScores, ReferenceAbsent, score_need, score_published
from services.scoring.core.needs import Need
from services.scoring.core.published_columns import PublishedColumns
from services.scoring.core.reference import Reference
from services.scoring.core.scores import ScoreBoard
from shared.events import TerritoryScore, Typology
from tests.unit.scoring.published_country import PLACES, REFERENCE, Country, country, ground

NEED = Need((("F1703", 1.0),), (Typology.T3,))
ALL = range(len(PLACES))


@cache
def typical() -> Country:
    return country(7, 1_500)


@cache
def other_reference() -> Reference:
    """Another version, in which every figure stands elsewhere."""
    shrunk = {name: values * 0.25 for name, values in REFERENCE.quantiles.items()}
    return replace(REFERENCE, version="other", quantiles=shrunk, class_breaks=(10.0, 20.0, 30.0, 40.0))


def told_by(reference: Reference) -> dict[str, TerritoryScore]:
    """The scores of the same counters, as they are published by a reference."""
    board = ScoreBoard(PLACES, reference)
    for place, counted in typical().counters.items():
        board.update(place, counted)
    return {
        code: msgspec.structs.replace(
            typical().published[code],
            score=scored.score,
            score_class=scored.score_class,
            blocks=scored.blocks,
            contributions=scored.contributions,
            reference_version=reference.version,
        )
        for code, scored in board.compute().items()
    }


@cache
def told() -> tuple[dict[str, TerritoryScore], dict[str, TerritoryScore]]:
    """By the shipped reference, and by the other one."""
    return told_by(REFERENCE), told_by(other_reference())


def published(others: Iterable[int]) -> PublishedColumns:
    """Columns in which these rows are told by the other reference, and all others by the shipped one."""
    columns, chosen = PublishedColumns(PLACES), set(others)
    shipped, other = told()
    columns.replace((other if row in chosen else shipped)[place.code] for row, place in enumerate(PLACES))
    return columns


def view(columns: PublishedColumns, *references: Reference) -> NeedScores:
    known = {reference.version: reference for reference in references}
    return score_published(NEED, columns, typical().occupations, ground(), known)


def same(one: NeedScores, other: NeedScores, rows: Iterable[int]) -> bool:
    picked = list(rows)
    pairs = [(one.score, other.score), (one.score_class, other.score_class)]
    pairs += [(one.blocks[name], other.blocks[name]) for name in one.blocks]
    return all(np.array_equal(left[picked], right[picked], equal_nan=True) for left, right in pairs)


def test_the_view_is_scored_by_the_reference_that_the_published_scores_name() -> None:
    columns = published(ALL)
    found = view(columns, REFERENCE, other_reference())
    assert found.reference_version == "other"
    assert same(found, score_need(NEED, columns, typical().occupations, ground(), other_reference()), ALL)
    assert not same(found, score_need(NEED, columns, typical().occupations, ground(), REFERENCE), ALL)


def test_while_two_references_stand_beside_each_other_each_territory_is_judged_by_its_own() -> None:
    others = [row for row in ALL if row % 3 == 0]
    shipped = [row for row in ALL if row % 3]
    mixed = view(published(others), REFERENCE, other_reference())
    assert mixed.reference_version is None
    assert same(mixed, view(published(ALL), other_reference()), others)
    assert same(mixed, view(published(()), REFERENCE), shipped)
    assert not same(mixed, view(published(()), REFERENCE), others)


def test_without_any_wish_the_view_is_the_published_score_of_whatever_reference() -> None:
    columns = published(row for row in ALL if row % 2)
    known = {"0": REFERENCE, "other": other_reference()}
    found = score_published(Need(), columns, typical().occupations, ground(), known)
    assert found.score == pytest.approx(columns.score, abs=0.05, nan_ok=True)
    classes = {code: score.score_class or 0 for code, score in told()[1].items()}
    rows = list(islice((row for row in ALL if row % 2 and classes[PLACES[row].code]), 50))
    assert rows
    near_a_break = sum(found.score_class[row] != classes[PLACES[row].code] for row in rows)
    assert near_a_break <= 1, "ranks are published with four digits"


def test_a_reference_that_is_not_at_hand_is_never_replaced_by_another() -> None:
    with pytest.raises(ReferenceAbsent, match="other"):
        view(published([3]), REFERENCE)
    with pytest.raises(ReferenceAbsent):
        view(PublishedColumns(PLACES), REFERENCE)


def test_a_drawn_reference_gives_a_view_of_its_own_version() -> None:
    board = ScoreBoard(PLACES, REFERENCE)
    for place, counted in typical().counters.items():
        board.update(place, counted)
    reference = drawn("20261127-040000", REFERENCE, board.all())
    board.refer_to(reference)
    reference = Reference.parse(with_breaks(reference, board.all()).document())
    columns = PublishedColumns(PLACES)
    columns.replace(told_by(reference).values())
    assert columns.references == (reference.version,)
    assert view(columns, reference).reference_version == reference.version


def test_a_territory_that_is_told_anew_names_its_new_reference_alone() -> None:
    columns = published(())
    columns.put(told()[1][PLACES[5].code])
    assert list(columns.references) == ["0", "other"]
    assert columns.reference[5] == "other"
    columns.replace([])
    assert columns.references == ()
