"""A mapping file: checked whole before a row is read, then exactly what it says."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.core.columns import Line
from services.ingest.core.faults import FileRefused
from services.ingest.core.layouts import NotSupply
from services.ingest.core.mapping import read_mapping
from services.ingest.core.tabular import Row

EXAMPLE = (Path(__file__).parents[3] / "docs/ingest-mapping.example.toml").read_text(encoding="utf-8")
HEADER = ("NUM_LOGT", "INSEE", "TYPE", "SURF_HAB", "LOYER_CTS", "PROV_CHARGES", "DT_LIBERATION", "ETAGE", "FINANCEMENT",
          "PMR", "ETAT", "GARDIEN")  # fmt: skip
LEAST = """
kind = "offers"
[columns]
reference = "ID"
rome = "METIER"
[constants]
contract = "CDI"
"""


def faults_of(text: str) -> dict[str, str]:
    with pytest.raises(FileRefused) as refused:
        read_mapping(text)
    assert all(fault.remedy.fr and fault.remedy.en for fault in refused.value.faults)
    return {fault.field: fault.reason.en for fault in refused.value.faults}


def test_the_example_of_the_documentation_works() -> None:
    mapping = read_mapping(EXAMPLE)
    bound = mapping.bind(HEADER)
    assert [ignored.name for ignored in bound.ignored] == ["GARDIEN"]
    line = bound.read(
        Row(4, ("L1", "15014", "F3", "62,125", "41050", "", "20261201", "RDC", "02", "a", "vacant", "M. X"))
    )
    assert isinstance(line, Line)
    assert line.faults == ()
    assert line.body == {
        "reference": "L1",
        "commune": "15014",
        "typology": "F3",
        "surface_m2": 62.125,
        "rent_eur_per_month": 410.5,
        "available_from": "2026-12-01",
        "floor": 0,
        "financing": "PLUS",
        "accessible": True,
        "landlord_kind": "social",
        "tenure": "social",
    }
    reader = mapping.writing.reader()
    reader.feed("NUM_LOGT;É\nL1\n".encode("cp1252"))
    assert len(reader.close()) == 1


def test_rows_that_are_not_offered_are_told_apart() -> None:
    bound = read_mapping(EXAMPLE).bind(HEADER)
    found = bound.read(Row(4, ("L1", *[""] * 9, "LOUE", "")))
    assert isinstance(found, NotSupply)
    assert "LOUE" in found.cause.fr


def test_a_value_that_its_table_lacks_is_an_error_of_the_row_and_an_empty_one_is_unknown() -> None:
    bound = read_mapping(EXAMPLE).bind(HEADER)
    cells = ["L1", "15014", "F3", "62", "41050", "", "20261201", "1", "07", "NC", "LIBRE", ""]
    line = bound.read(Row(4, tuple(cells)))
    assert isinstance(line, Line)
    assert [(fault.field, fault.value) for fault in line.faults] == [("FINANCEMENT", "07")]
    assert "accessible" not in line.body


def test_a_column_that_the_file_lacks_is_refused_with_those_it_has() -> None:
    with pytest.raises(FileRefused) as refused:
        read_mapping(LEAST).bind(("id", "ROME"))
    (fault,) = refused.value.faults
    assert fault.value == "METIER"
    assert "ROME" in fault.remedy.fr


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("kind = 'homes'", {"kind"}),
        ("kind = 'offers'\nextra = 1", {"extra"}),
        (LEAST + "[file]\ncharset = 'latin-9'", {"file.charset"}),
        (LEAST + "[file]\ndate_format = '%d/%m'", {"file.date_format"}),
        (LEAST.replace('rome = "METIER"', 'rome = "METIER"\nsalary = "S"'), {"columns.salary"}),
        (LEAST.replace('"METIER"', "3"), {"columns.rome"}),
        (LEAST.replace('rome = "METIER"', 'rome = {column = "M", factor = 2}'), {"columns.rome"}),
        (LEAST.replace('rome = "METIER"', 'rome = "M"\nopenings = {column = "P", factor = 0}'), {"columns.openings.factor"}),
        (LEAST.replace('rome = "METIER"', 'rome = "M"\nopenings = {colum = "P"}'), {"columns.openings"}),
        (LEAST.replace('rome = "METIER"', 'rome = "M"\npart_time = {column = "P", values = {"A" = "peut-être"}}'),
         {"columns.part_time.values.A"}),
        (LEAST.replace('contract = "CDI"', 'contract = "contrat"'), {"constants.contract"}),
        (LEAST.replace('contract = "CDI"', 'contract = "CDI"\nrome = "F1703"'), {"constants.rome"}),
        (LEAST + "[rows]\ncolumn = 'ETAT'", {"rows"}),
        ("kind = 'offers'\n[columns]\nreference = 'ID'", {"header"}),
        ("kind = ", {"TOML"}),
        ("kind = 'offers'\ncolumns = 3", {"columns"}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_place(text: str, places: set[str]) -> None:
    assert places <= faults_of(text).keys()


def test_all_faults_are_told_at_once() -> None:
    text = LEAST.replace('rome = "METIER"', 'rome = {column = "M", factor = 2}\nwage = "S"') + "[file]\ndecimal = ';'"
    assert faults_of(text).keys() == {"file.decimal", "columns.rome", "columns.wage"}


@given(text=st.text(max_size=80))
def test_any_text_is_a_mapping_or_is_refused(text: str) -> None:
    for shown in (text, LEAST + text):
        try:
            read_mapping(shown)
        except FileRefused as refused:
            reasons = [fault.reason.fr for fault in refused.faults]
        else:
            reasons = ["a mapping"]
        assert all(reasons)
        assert reasons
