"""Occupations of the ROME v3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.occupations import MAJOR_DOMAINS, Occupation, Occupations, Related, UnknownOccupationError, occupations

CATALOGUE = occupations()


def test_the_whole_rome_v3_is_there() -> None:
    assert len(CATALOGUE.all) == 532
    assert CATALOGUE.label("F1703") == "Maçonnerie"
    assert CATALOGUE.label("A1416") == "Polyculture, élevage"
    assert {occupation.code[0] for occupation in CATALOGUE.all.values()} == set(MAJOR_DOMAINS)


def test_an_unknown_code_is_unknown_and_has_no_neighbours() -> None:
    assert CATALOGUE.known("F1703")
    assert not CATALOGUE.known("F9999")
    assert CATALOGUE.near("F9999") == ()
    with pytest.raises(UnknownOccupationError, match="n'est pas un code ROME v3"):
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
        ("F1709", "« F1709 » n'est pas un code ROME v3. Les plus proches : "),
        ("Z1234", "« Z1234 » : aucun domaine du ROME ne commence par Z."),
        ("maçonnerie", "« maçonnerie » n'est pas un code ROME. Métiers de ce nom : F1703 (Maçonnerie)."),
        ("maconerie", "« maconerie » n'est pas un code ROME. Métiers de ce nom : F1703 (Maçonnerie)."),
        ("12345", "« 12345 » n'est pas un code ROME. Attendu : un code ROME"),
    ],
)
def test_an_unknown_code_gets_a_remedy(given_code: str, remedy: str) -> None:
    assert CATALOGUE.suggest(given_code).startswith(remedy)


@given(st.text(max_size=300))
def test_any_text_gets_a_short_remedy_without_control_characters(text: str) -> None:
    remedy = CATALOGUE.suggest(text)
    assert 0 < len(remedy) < 400
    assert remedy.isprintable()
