"""What a cell means: as people in France write it, never guessed, never 0 for unknown."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.core import cells
from services.ingest.core.cells import CellUnreadable


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("410,50", 410.5),
        ("410.5", 410.5),
        ("1 234,56", 1234.56),
        ("1\u202f234,56\u00a0€", 1234.56),
        ("1.234,56", 1234.56),
        ("1,234.56", 1234.56),
        ("1.234.567", 1234567.0),
        ("1'234,5", 1234.5),
        ("62 m²", 62.0),
        ("410 €/mois", 410.0),
        ("-12,5", -12.5),
        ("0,125", 0.125),
        ("1234,567", 1234.567),
        ("", None),
        (" - ", None),
        ("NC", None),
    ],
)
def test_numbers_as_french_files_have_them(cell: str, number: float | None) -> None:
    assert cells.decimal(cell) == number


@pytest.mark.parametrize("cell", ["1,234", "12.500", "410,000"])
def test_a_number_that_may_be_read_in_two_ways_is_refused(cell: str) -> None:
    with pytest.raises(CellUnreadable, match="may be"):
        cells.decimal(cell)


@pytest.mark.parametrize(
    ("cell", "separator", "number"), [("1,234", ",", 1.234), ("1,234", ".", 1234.0), ("1.234,5", ",", 1234.5)]
)
def test_a_stated_decimal_sign_ends_the_doubt(cell: str, separator: str, number: float) -> None:
    assert cells.decimal(cell, separator=separator) == number


@pytest.mark.parametrize("cell", ["environ 400", "12,34,56", "1.2.3", "4e2", "#VALEUR!", "1 000 000,", "٤", "1.23.456"])
def test_what_is_no_number_is_refused(cell: str) -> None:
    with pytest.raises(CellUnreadable):
        cells.decimal(cell)


@given(number=st.decimals(min_value=-99999, max_value=99999, places=2))
def test_every_amount_of_two_decimals_is_read_back_as_french_and_as_english(number: Decimal) -> None:
    text = f"{number:.2f}"
    assert cells.decimal(text.replace(".", ",")) == cells.decimal(text) == float(number)
    grouped = f"{number:,.2f}"
    assert cells.decimal(grouped.replace(",", "\u202f").replace(".", ",")) == float(number)
    assert cells.decimal(grouped) == float(number)


@given(cell=st.text(max_size=30))
def test_any_text_is_a_value_unknown_or_a_reason_with_its_remedy(cell: str) -> None:
    readings: list[Callable[[str], object]] = [
        cells.text,
        cells.reference,
        cells.code,
        cells.five_digits,
        cells.decimal,
        cells.whole,
        cells.floor,
        cells.yes_no,
        cells.day,
        cells.instant,
        cells.choice({"oui": "a"}),
    ]
    for reading in readings:
        try:
            reading(cell)
        except CellUnreadable as unreadable:
            said = [*unreadable.reason, *unreadable.remedy]
        else:
            said = ["a value"]
        assert all(said)


@given(on=st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
def test_a_day_is_the_same_however_it_is_written(on: date) -> None:
    written = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%d/%m/%Y 00:00", "%Y-%m-%dT00:00:00")
    assert {cells.day(on.strftime(form)) for form in written} == {on.isoformat()}


@pytest.mark.parametrize("cell", ["12/31/2026", "2026-02-30", "46357", "demain", "1er mars 2026", "01/12/2026 14:30"])
def test_what_is_no_day_is_refused(cell: str) -> None:
    with pytest.raises(CellUnreadable):
        cells.day(cell)


def test_excels_day_numbers_are_recognised_in_the_remedy() -> None:
    with pytest.raises(CellUnreadable) as unreadable:
        cells.day("46357")
    assert "Excel" in unreadable.value.remedy.fr


def test_a_stated_format_is_the_only_one() -> None:
    assert cells.day("20261201", written="%Y%m%d") == "2026-12-01"
    with pytest.raises(CellUnreadable):
        cells.day("01/12/2026", written="%Y%m%d")


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("2026-12-01T08:30:00Z", "2026-12-01T08:30:00+00:00"),
        ("2026-12-01T08:30:00.5+02:00", "2026-12-01T08:30:00.500000+02:00"),
        ("01/12/2026 08:30", "2026-12-01T08:30:00+01:00"),
        ("01/07/2026 8h30", "2026-07-01T08:30:00+02:00"),
        ("01/07/2026", "2026-07-01T00:00:00+02:00"),
        ("nc", None),
    ],
)
def test_an_instant_without_zone_is_the_hour_in_france(cell: str, at: str | None) -> None:
    assert cells.instant(cell) == at
    assert at is None or datetime.fromisoformat(at).tzinfo is not None


@pytest.mark.parametrize("cell", ["01/12/2026 25:00", "01/12/2026 08:61", "01/12/2026 matin"])
def test_what_is_no_instant_is_refused(cell: str) -> None:
    with pytest.raises(CellUnreadable):
        cells.instant(cell)


def test_an_empty_cell_is_neither_yes_nor_no() -> None:
    assert [cells.yes_no(cell) for cell in ("Oui", "x", "1", "NON", "0", "", "nc")] == [
        True,
        True,
        True,
        False,
        False,
        None,
        None,
    ]
    with pytest.raises(CellUnreadable):
        cells.yes_no("peut-être")


def test_floors() -> None:
    assert [cells.floor(cell) for cell in ("RDC", "rez-de-chaussée", "3", "3ème", "1er étage", "-1", "")] == [
        0,
        0,
        3,
        3,
        1,
        -1,
        None,
    ]


def test_whole_numbers_are_whole() -> None:
    assert [cells.whole(cell) for cell in ("2", "2,0", "")] == [2, 2, None]
    with pytest.raises(CellUnreadable):
        cells.whole("2,5")


def test_a_zero_that_excel_dropped_comes_back() -> None:
    assert [cells.five_digits(cell) for cell in ("1004", "15014", "2a004", "97 411", "")] == [
        "01004",
        "15014",
        "2A004",
        "97411",
        None,
    ]


def test_a_reference_may_look_like_unknown_but_not_like_a_number_that_excel_cut() -> None:
    assert cells.reference(" NC ") == "NC"
    with pytest.raises(CellUnreadable):
        cells.reference("1,23E+14")
