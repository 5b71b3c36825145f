"""Occupations of the ROME, v3 and 4.0."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.occupations import Occupation, Occupations, Related, UnknownOccupationError, occupations

CATALOGUE = occupations()


def test_the_whole_rome_v3_is_there() -> None:
    assert sum(occupation.origin is None for occupation in CATALOGUE.all.values()) == 532
    assert CATALOGUE.label("F1703") == "Maçonnerie"
    assert CATALOGUE.label("A1416") == "Polyculture, élevage"
    assert {occupation.code[0] for occupation in CATALOGUE.all.values()} == set("ABCDEFGHIJKLMN")


def test_an_unknown_code_is_unknown_and_has_no_neighbours() -> None:
    assert CATALOGUE.known("F1703")
    assert not CATALOGUE.known("F9999")
    assert CATALOGUE.near("F9999") == ()
    with pytest.raises(UnknownOccupationError, match="n'est pas un code ROME"):
        CATALOGUE.label("F9999")


@given(st.sampled_from(sorted(CATALOGUE.all)))
def test_near_occupations_are_others_known_sorted_and_between_0_and_1(code: str) -> None:
    near = CATALOGUE.near(code)
    proximities = [proximity for _, proximity in near]
    assert code not in dict(near)
    assert len(dict(near)) == len(near)
    assert all(CATALOGUE.known(other) for other, _ in near)
    assert all(0 < proximity < 1 for proximity in proximities)
    assert proximities == sorted(proximities, reverse=True)
    domain = {other for other in CATALOGUE.all if other[:3] == code[:3]} - {code}
    assert domain <= set(dict(near))


def test_the_whole_rome_4_is_there_and_every_code_comes_from_a_sheet_of_the_v3() -> None:
    fourth = [occupation for occupation in CATALOGUE.all.values() if occupation.title is not None]
    assert len(fourth) == 1_584
    sheets = {occupation.sheet for occupation in fourth}
    assert len(sheets) == 532
    assert all(CATALOGUE.all[sheet].origin is None for sheet in sheets)
    assert {code for sheet in sheets for code in CATALOGUE.of_sheet(sheet)} == set(CATALOGUE.all)


def test_a_code_of_the_4_is_known_labelled_and_led_back_to_its_v3_sheet() -> None:
    assert CATALOGUE.known("A1102")
    assert CATALOGUE.label("A1102") == "Conducteur / Conductrice d'engins d'exploitation forestière"
    assert CATALOGUE.sheet_of("A1102") == "A1101"
    assert CATALOGUE.sheet_of("A1101") == "A1101"
    assert CATALOGUE.sheet_of("A9999") is None
    assert {"A1101", "A1102"} <= set(CATALOGUE.of_sheet("A1101"))
    assert CATALOGUE.all["A1101"].title == "Conducteur / Conductrice d'engins agricoles"


@given(st.sampled_from(sorted(CATALOGUE.all)))
def test_codes_of_one_sheet_are_nearly_the_same_whoever_asks(code: str) -> None:
    near = dict(CATALOGUE.near(code))
    for other in CATALOGUE.of_sheet(CATALOGUE.sheet_of(code) or ""):
        if other != code:
            assert near[other] == dict(CATALOGUE.near(other))[code] == 0.9
    assert all(CATALOGUE.all[other].origin is None for other, _ in CATALOGUE.near_sheets(code))


def test_a_code_of_the_4_is_near_what_its_sheet_is_near_and_its_sisters_too() -> None:
    assert CATALOGUE.sheet_of("A1206") == "F1101"  # cut out of a sheet of another domaine
    near = dict(CATALOGUE.near("A1206"))
    assert near["F1101"] == 0.9
    assert near["A1201"] == near["F1102"] == 0.5
    from_sheet = dict(CATALOGUE.near("K2204"))
    assert {from_sheet[code] for code in CATALOGUE.of_sheet("G1501")} == {from_sheet["G1501"]}


def test_a_mason_is_near_the_other_trades_of_the_shell_of_a_building() -> None:
    near = dict(CATALOGUE.near("F1703"))
    assert near["F1701"] == 0.5


def test_a_cleaner_is_near_hotel_floors_although_the_domain_differs() -> None:
    assert dict(CATALOGUE.near("K2204"))["G1501"] == pytest.approx(44 / (77 + 10))


@given(st.integers(1, 400), st.integers(0, 400))
def test_proximity_grows_with_the_bassins_that_name_a_pair(bassins: int, named: int) -> None:
    named = min(named, bassins - 1)
    assert Related("A", "B", named, bassins).proximity < Related("A", "B", named + 1, bassins).proximity < 1


def test_the_same_share_weighs_less_when_few_bassins_tell_it() -> None:
    assert Related("A", "B", 2, 2).proximity < Related("A", "B", 40, 40).proximity


def test_rare_mentions_are_left_out_and_a_mention_never_lowers_the_domain_figure() -> None:
    small = Occupations(
        [Occupation("A1101", "a"), Occupation("A1102", "b"), Occupation("B1101", "c"), Occupation("C1101", "d")],
        [Related("A1101", "A1102", 1, 90), Related("A1101", "B1101", 9, 90), Related("A1101", "C1101", 11, 90)],
        version="test",
    )
    assert small.near("A1101") == (("A1102", 0.5), ("C1101", 0.11))


@pytest.mark.parametrize(
    ("given_code", "remedy"),
    [
        ("f1703", "Le code s'écrit F1703 (Maçonnerie)."),
        ("F1999", "« F1999 » n'est pas un code ROME (v3, ou 4.0 v460). Les plus proches : "),
        ("Z1234", "« Z1234 » : aucun domaine du ROME ne commence par Z."),
        ("maçonnerie", "« maçonnerie » n'est pas un code ROME. Métiers de ce nom : F1703 (Maçonnerie)."),
        ("maconerie", "« maconerie » n'est pas un code ROME. Métiers de ce nom : F1703 (Maçonnerie)."),
        ("12345", "« 12345 » n'est pas un code ROME. Attendu : un code ROME"),
    ],
)
def test_an_unknown_code_gets_a_remedy(given_code: str, remedy: str) -> None:
    assert CATALOGUE.suggest(given_code).startswith(remedy)


@pytest.mark.parametrize(
    ("given_code", "remedy"),
    [
        ("f1703", "The code is written F1703 (Maçonnerie)."),
        ("F1999", "“F1999” is no ROME code (v3, or 4.0 v460). The nearest: "),
        ("Z1234", "“Z1234”: no field of the ROME begins with Z. Expected a ROME code"),
        ("maçonnerie", "“maçonnerie” is no ROME code. Occupations of that name: F1703 (Maçonnerie)."),
        ("12345", "“12345” is no ROME code. Expected a ROME code"),
    ],
)
def test_an_unknown_code_gets_a_remedy_in_english_too(given_code: str, remedy: str) -> None:
    assert CATALOGUE.suggest(given_code, "en").startswith(remedy)


@given(st.text(max_size=300))
def test_any_text_gets_a_short_remedy_without_control_characters(text: str) -> None:
    remedy = CATALOGUE.suggest(text)
    assert 0 < len(remedy) < 400
    assert remedy.isprintable()
