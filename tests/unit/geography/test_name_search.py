"""Finding what a person meant by a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.geography import geography
from shared.name_search import NameIndex, plain

INDEX = NameIndex(
    [
        ("Aurillac", "15014", 25_000),
        ("Auriac", "19014", 200),
        ("Saint-Denis", "93066", 150_000),
        ("Saint-Denis", "11339", 500),
    ]
)
COMMUNES = geography().communes
ALL = NameIndex((commune.name, commune.code, commune.population) for commune in COMMUNES.values())


@pytest.mark.parametrize(
    ("name", "expected"),
    [("L'Île-d'Yeu", "l ile d yeu"), ("  SAINT--DENIS ", "saint denis"), ("Œuilly", "oeuilly"), ("…", "")],
)
def test_plain_keeps_letters_and_digits_only(name: str, expected: str) -> None:
    assert plain(name) == expected


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("aurillac", ["15014"]),
        ("AURI", ["15014", "19014"]),
        ("aurilac", ["15014", "19014"]),
        ("saint denis", ["93066", "11339"]),
        ("denis", ["93066", "11339"]),
        ("au", []),
        ("15014", []),
        ("zzz", []),
    ],
)
def test_the_best_kind_of_fit_comes_heaviest_first(text: str, codes: list[str]) -> None:
    assert INDEX.find(text, 3) == codes


def test_no_more_than_the_limit() -> None:
    assert INDEX.find("auri", 1) == ["15014"]


@given(st.sampled_from(sorted(COMMUNES)))
def test_every_commune_is_found_by_its_name_or_shares_it_with_more_populous_ones(code: str) -> None:
    name = COMMUNES[code].name
    if len(plain(name)) >= 3:
        found = ALL.find(name, 100)
        assert code in found
        assert {plain(COMMUNES[other].name) for other in found} == {plain(name)}
