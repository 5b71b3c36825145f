"""INSEE's movements of communes, on small made files."""

import csv
from datetime import date

import pytest

from deploy.reference.movements import passages_of
from shared.geography import Passage, PassageKind

HEADER = "mod,date_eff,typecom_av,com_av,typecom_ap,com_ap"


def read(*rows: str) -> list[Passage]:
    return passages_of(csv.DictReader([HEADER, *rows]))


def test_a_commune_nouvelle_takes_in_a_delegated_commune_and_goes_on_itself() -> None:
    found = read(
        "32,2024-01-01,COM,69152,COM,69149",
        "32,2024-01-01,COM,69152,COMD,69152",
        "32,2024-01-01,COM,69149,COM,69149",
        "32,2024-01-01,COM,69149,COMD,69149",
    )
    assert found == [
        Passage(date(2024, 1, 1), PassageKind.MERGED, "69149", ("69149",)),
        Passage(date(2024, 1, 1), PassageKind.DELEGATED, "69152", ("69149",)),
    ]


def test_a_restored_commune_is_cut_out_of_the_one_that_held_it() -> None:
    (found,) = read(
        "21,2024-01-01,COM,85084,COM,85084",
        "21,2024-01-01,COM,85084,COM,85165",
        "21,2024-01-01,COMD,85165,COM,85165",
    )
    assert found == Passage(date(2024, 1, 1), PassageKind.RESTORED, "85084", ("85084", "85165"))


def test_a_commune_shared_out_has_several_heirs() -> None:
    (shared,) = (
        one
        for one in read(
            "30,1968-03-02,COM,08227,COM,08203",
            "30,1968-03-02,COM,08227,COM,08454",
            "30,1968-03-02,COM,08203,COM,08203",
            "30,1968-03-02,COM,08454,COM,08454",
        )
        if one.before == "08227"
    )
    assert (shared.kind, shared.after) == (PassageKind.SPLIT, ("08203", "08454"))


def test_a_merger_and_a_new_code_on_one_day_become_one_passage() -> None:
    found = {one.before: one for one in read("32,2018-01-01,COM,14513,COM,50649", "41,2018-01-01,COM,50649,COM,50592")}
    assert found["14513"].after == ("50592",)


@pytest.mark.parametrize(
    ("row", "kind", "before", "after"),
    [
        ("50,2025-01-01,COM,49069,COM,49126", PassageKind.RENUMBERED, "49069", ("49126",)),
        ("20,1950-01-01,,,COM,97357", PassageKind.CREATED, "", ("97357",)),
        ("30,2007-02-23,COM,97123,,", PassageKind.ENDED, "97123", ()),
    ],
)
def test_new_codes_creations_and_ends(row: str, kind: PassageKind, before: str, after: tuple[str, ...]) -> None:
    (found,) = read(row)
    assert (found.kind, found.before, found.after) == (kind, before, after)


def test_a_change_of_name_moves_nothing() -> None:
    assert read("10,2024-01-01,COM,04045,COM,04045") == []


def test_a_movement_without_a_date_keeps_its_date_unknown() -> None:
    (found,) = read("31,,COM,01001,COM,01002")
    assert found.effective_on is None


def test_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid isoformat"):
        read("31,01/01/2024,COM,01001,COM,01002")
