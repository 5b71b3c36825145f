"""The real stock of the demonstration: its form, exact totals and filters."""

import lzma
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.demo import stock
from deploy.demo.stock.columns import CorruptColumnsError, decode, encode
from shared.geography import geography
from shared.occupations import occupations

names = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1, max_size=6)
tables = st.dictionaries(st.tuples(names, names), st.integers(0, 2**70), max_size=30)


@cache
def france() -> stock.Stock:
    return stock.load()


def test_every_offer_and_every_vacant_dwelling_of_the_sources_is_there() -> None:
    assert france().offers_total == 925_168
    assert france().vacancies_total == 113_113
    assert france().unlocated == 71_775 + 7_259
    assert france().outside == 36


def test_every_pair_of_commune_and_code_comes_once_and_every_code_is_known() -> None:
    assert len({row[:2] for row in france().offers}) == len(france().offers) == 286_059
    assert all(occupations().known(rome) for rome in {row.rome for row in france().offers})
    assert min(row.offers for row in france().offers) >= 1


def test_a_secret_vacancy_is_unknown() -> None:
    assert sum(row.vacant is None for row in france().vacancies) == 5_451
    assert all(
        row.social_dwellings is not None and row.social_dwellings < 11
        for row in france().vacancies
        if row.vacant is None
    )


def test_the_regions_share_out_every_located_row() -> None:
    parts = [france().in_region(region) for region in geography().regions]
    assert sum(part.offers_total for part in parts) == 925_168 - france().unlocated - france().outside
    assert sum(part.vacancies_total for part in parts) == 113_113
    assert all(part.unlocated == part.outside == 0 for part in parts)


def test_a_departement_lies_within_its_region() -> None:
    cantal, auvergne_rhone_alpes = france().in_departement("15"), france().in_region("84")
    assert set(cantal.offers) < set(auvergne_rhone_alpes.offers)
    assert {row.commune[:2] for row in cantal.offers if row.commune} == {"15"}
    assert cantal.vacancies_total > 0


def test_arrondissements_belong_to_the_departement_of_their_city() -> None:
    assert {"69381", "69389"} <= {row.commune for row in france().in_departement("69").offers}


def test_an_unknown_area_is_refused_with_a_remedy() -> None:
    with pytest.raises(ValueError, match=r"84 \(Auvergne-Rhône-Alpes\)"):
        france().in_region("Auvergne")
    with pytest.raises(ValueError, match="15 pour le Cantal"):
        france().in_departement("150")


@settings(max_examples=30)
@given(tables)
def test_columns_give_back_what_they_were_given(table: dict[tuple[str, str], int]) -> None:
    rows = [(place, kind, count) for (place, kind), count in table.items()]
    assert list(decode(encode(rows))) == sorted(rows)


def test_the_same_rows_in_another_order_give_the_same_bytes() -> None:
    rows = [("15014", "F1703", 3), ("", "A1101", 1), ("15014", "A1101", 200)]
    assert encode(rows) == encode(reversed(rows))


def test_columns_refuse_a_pair_twice_and_a_negative_count() -> None:
    with pytest.raises(ValueError, match="twice"):
        encode([("a", "b", 1), ("a", "b", 2)])
    with pytest.raises(ValueError, match="negative"):
        encode([("a", "b", -1)])


@pytest.mark.parametrize(
    "damaged",
    [
        lambda content: content[:-1],
        lambda content: content + b"\0",
        lambda content: content[1:],
        lambda content: content[:0],
    ],
)
def test_damaged_columns_are_refused(damaged: Callable[[bytes], bytes]) -> None:
    content = lzma.decompress(encode([("15014", "F1703", 300), ("15014", "F1704", 2)]))
    with pytest.raises(CorruptColumnsError):
        list(decode(lzma.compress(damaged(content))))


def test_bytes_that_are_not_xz_are_refused() -> None:
    with pytest.raises(CorruptColumnsError):
        decode(b"not xz")
