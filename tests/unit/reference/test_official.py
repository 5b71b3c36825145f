"""Official files as they are published, with the traps of spreadsheets."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.reference.official import OfficialFileError, figure, padded, plain_name, read_official
from tests.unit.reference.conftest import Save, workbook

BASSINS = "reg;dep;codgeo;codbe;libbe\n84;1;1001;101;CENTRE\n84;15;15002;101;L'ÉLÉGANT\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "|", "\t"])
def test_encoding_and_delimiter_are_found(save: Save, encoding: str, delimiter: str) -> None:
    found = read_official(save("bassins.csv", BASSINS.replace(";", delimiter), encoding))
    assert found.layout == "bassins"
    assert [row["libbe"] for row in found.rows] == ["CENTRE", "L'ÉLÉGANT"]
    assert len(found.sha256) == 64


def test_titles_above_the_header_empty_lines_and_windows_line_ends_are_passed_over(save: Save) -> None:
    text = (
        "Zones d'emploi 2020;;\r\nAu 1er janvier;;\r\nCODGEO;LIBGEO;ZE2020;LIBZE2020\r\n01001;Aigues;51;Nord\r\n;;;\r\n"
    )
    found = read_official(save("ZE2020_2026.csv", text))
    assert found.layout == "zones-insee"
    assert found.rows == [{"codgeo": "01001", "libgeo": "Aigues", "ze2020": "51", "libze2020": "Nord"}]


def test_a_line_that_is_cut_short_has_empty_cells(save: Save) -> None:
    found = read_official(save("bassins.csv", "reg,dep,codgeo,codbe,libbe\n84,01,01001\n"))
    assert found.rows[0]["codbe"] == found.rows[0]["libbe"] == ""


def test_a_workbook_is_read_with_its_numbers_and_gaps(save: Save) -> None:
    header: list[str | int] = ["dept", "siren", "raison_sociale", "nature_juridique", "insee"]
    content = workbook([["Titre"], header, ["01", 200000001, "CC L'Été", "", "01001"]])
    found = read_official(save("epcicom2026.xlsx", content))
    assert found.layout == "epci-dgcl"
    assert found.rows == [
        {"dept": "01", "siren": "200000001", "raison_sociale": "CC L'Été", "nature_juridique": "", "insee": "01001"}
    ]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.csv", b"a,b,c\n1,2,3\n", "aucun format officiel reconnu"),
        ("x.csv", b"", "aucun format officiel reconnu"),
        ("x.csv", b"reg,dep,codgeo,codbe,libbe\n", "aucune ligne"),
        ("x.xlsx", b"PK\x03\x04 not a workbook", "pas un classeur"),
        ("x.xlsx", workbook([["a"]], prologue='<!DOCTYPE x [<!ENTITY a "b">]>'), "DOCTYPE"),
    ],
)
def test_what_is_not_an_official_file_is_refused(save: Save, name: str, content: bytes, says: str) -> None:
    with pytest.raises(OfficialFileError, match=says):
        read_official(save(name, content))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(OfficialFileError, match=r"absent\.csv"):
        read_official(tmp_path / "absent.csv")


WHOLE = workbook([["codgeo", "codbe", "libbe"], ["01001", 101, "CENTRE"], ["15002", 101, "CENTRE"]])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_are_read_or_refused_and_never_crash(data: st.DataObject, tmp_path: Path) -> None:
    content = data.draw(
        st.binary(max_size=200)
        | st.binary(max_size=200).map(lambda rest: BASSINS.encode() + rest)
        | st.binary(max_size=200).map(lambda rest: b"PK\x03\x04" + rest)
        | st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8)).map(
            lambda change: WHOLE[: change[0]] + change[1] + WHOLE[change[0] + len(change[1]) :]
        )
        | st.integers(0, len(WHOLE)).map(lambda length: WHOLE[:length])
    )
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    with contextlib.suppress(OfficialFileError):
        found = read_official(path)
        assert found.layout == "bassins"
        assert all(set(row) >= {"codgeo", "codbe", "libbe"} for row in found.rows)


@pytest.mark.parametrize(
    ("cell", "value"),
    [("12", 12), ("1 234", 1234), ("1\u202f234", 1234), ("12,0", 12), ("0", 0)]
    + [(secret, None) for secret in ("", "s", "S", "*", "nd", " ns ")],
)
def test_a_figure_is_read_and_a_secret_stays_unknown(cell: str, value: int | None) -> None:
    assert figure(cell) == value


@pytest.mark.parametrize("cell", ["douze", "1,5", "-3", "12 logements", "inf"])
def test_an_unreadable_figure_is_not_taken_for_a_secret(cell: str) -> None:
    with pytest.raises(ValueError, match="n'est pas un nombre entier"):
        figure(cell)


def test_leading_zeros_come_back_and_corsica_stays() -> None:
    assert padded("1001", 5) == "01001"
    assert padded("2a004", 5) == "2A004"
    assert padded("101", 4) == "0101"
    assert plain_name("\ufeff#Code_commune_INSEE ") == "code_commune_insee"
    assert plain_name("Code Fiche Métier") == "code_fiche_metier"
