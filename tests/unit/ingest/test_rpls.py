"""The RPLS layout: only what is offered and vacant is supply, codes are those of the decree, nothing is made up."""

from typing import Any

import pytest

from services.ingest.core.columns import Line
from services.ingest.core.faults import FileRefused
from services.ingest.core.layouts import NotSupply
from services.ingest.core.rpls import FINANCING, MODES, Rpls
from services.ingest.core.tabular import Row
from services.ingest.schemas import VacancyLine

# The order of the published detail file, with the restricted columns of a landlord's own copy, and two of its ERP.
_NAMES = """DROIT DEPCOM CODEPOSTAL LIBCOM NUMVOIE INDREP TYPVOIE NOMVOIE NUMAPPT ETAGE QPV TYPECONST NBPIECE SURFHAB
CONSTRUCT LOCAT PATRIMOINE ORIGINE FINAN FINANAUTRE CONV NUMCONV DATCONV NEWLOGT CUS DPEDATE
DPEENERGIE DPESERRE CODSEGPATRIM PMR_CODE
ZE2020 X Y MODE BAIL LOYERPRINC LOYERACC CONTRIB RPLS Référence"""
HEADER = tuple(_NAMES.split())
SHOWN = {
    "DROIT": "1",
    "DEPCOM": "1004",
    "ETAGE": "2",
    "NBPIECE": "3",
    "SURFHAB": "62",
    "FINAN": "13",
    "DPEENERGIE": "D",
    "MODE": "2",
    "LOYERPRINC": "410",
    "LOYERACC": "999",
    "CONTRIB": "999",
    "RPLS": "01A0000001",
    "Référence": "REF-1",
}


def read(vintage: int | None = 2026, header: tuple[str, ...] = HEADER, /, **changed: str) -> Any:
    said = {**SHOWN, **changed}
    return Rpls(vintage).bind(header).read(Row(9, tuple(said.get(name, "") for name in header)))


def test_a_vacant_dwelling_of_the_register_is_a_vacancy() -> None:
    line = read()
    assert isinstance(line, Line)
    assert (line.line, line.faults) == (9, ())
    assert line.body == {
        "reference": "REF-1",
        "rpls_id": "01A0000001",
        "commune": "01004",
        "typology": "T3",
        "rooms": 3,
        "surface_m2": 62.0,
        "floor": 2,
        "financing": "PLUS",
        "dpe": "D",
        "rent_eur_per_month": 410.0,
        "available_from": "2026-01-01",
        "landlord_kind": "social",
    }
    VacancyLine.model_validate({name: value for name, value in line.body.items() if name in VacancyLine.model_fields})


@pytest.mark.parametrize("mode", sorted(MODES.keys() - {"2"}))
def test_only_mode_2_is_supply(mode: str) -> None:
    found = read(MODE=mode)
    assert isinstance(found, NotSupply)
    assert MODES[mode].fr in found.cause.fr
    # Whatever else is wrong with a dwelling that is not offered.
    assert isinstance(read(MODE=mode, FINAN="??", SURFHAB=""), NotSupply)


@pytest.mark.parametrize(
    ("column", "cell"), [("MODE", "7"), ("FINAN", "18"), ("CUS", "12"), ("DROIT", "6"), ("DPEENERGIE", "H")]
)
def test_an_unknown_code_is_an_error_of_its_row(column: str, cell: str) -> None:
    line = read(**{column: cell})
    assert isinstance(line, Line)
    (fault,) = line.faults
    assert (fault.field, fault.value) == (column, cell)
    assert line.body["reference"] == "REF-1"  # so that a full file does not withdraw it


def test_an_empty_mode_is_an_error_not_a_vacancy() -> None:
    line = read(MODE="")
    assert isinstance(line, Line)
    assert [fault.field for fault in line.faults] == ["MODE"]


@pytest.mark.parametrize(
    ("code", "financing"), [("10", "PLAI"), ("12", "PLUS"), ("14", "PLS"), ("16", "PLI"), ("52", "other")]
)
def test_the_financing_of_the_decree(code: str, financing: str) -> None:
    assert read(FINAN=code).body["financing"] == financing
    assert read(FINAN=f"{code}.0").body["financing"] == financing


def test_every_code_of_the_decree_is_known() -> None:
    assert set(FINANCING) == {str(code) for code in (*range(10, 18), 49, *range(50, 56), 99)}


def test_the_ceiling_of_the_agreement_wins_over_the_original_financing() -> None:
    assert read(FINAN="52", CUS="11").body["financing"] == "PLAI"


@pytest.mark.parametrize("cell", ["9999", ""])
def test_a_rent_that_the_register_does_not_have_is_said_not_made_up(cell: str) -> None:
    line = read(LOYERPRINC=cell)
    assert "rent_eur_per_month" not in line.body
    assert [fault.field for fault in line.faults] == ["LOYERPRINC"]


def test_what_is_due_with_the_rent_is_part_of_it_and_999_is_nothing() -> None:
    assert read(LOYERACC="35", CONTRIB="10").body["rent_eur_per_month"] == 455.0


def test_a_column_of_ones_own_wins() -> None:
    line = read(
        2026, (*HEADER, "loyer", "disponible le"), loyer="399,50", LOYERACC="35", **{"disponible le": "01/02/2026"}
    )
    assert line.body["rent_eur_per_month"] == 399.5
    assert line.body["available_from"] == "2026-02-01"


def test_without_a_date_or_a_vintage_the_file_is_refused() -> None:
    with pytest.raises(FileRefused, match="available_from"):
        read(None)


def test_the_public_file_has_no_mode_and_is_refused() -> None:
    with pytest.raises(FileRefused, match="MODE"):
        Rpls(2026).bind(tuple(name for name in HEADER if name != "MODE"))


def test_names_of_newer_files_and_of_older_ones_are_known_and_labels_passed_over() -> None:
    header = tuple({"FINAN": "FINAN_CODE", "NBPIECE": "nbpiece_red"}.get(name, name) for name in HEADER)
    bound = Rpls(2026).bind((*header, "FINAN_LIBELLE", "Gardien"))
    assert [ignored.name for ignored in bound.ignored] == ["Gardien"]
    cells = tuple(SHOWN.get({"FINAN_CODE": "FINAN", "nbpiece_red": "NBPIECE"}.get(name, name), "") for name in header)
    line = bound.read(Row(2, (*cells, "PLUS", "M. X")))
    assert isinstance(line, Line)
    assert (line.body["financing"], line.body["typology"]) == ("PLUS", "T3")


@pytest.mark.parametrize(("cell", "floor"), [("RC", 0), ("12", 12), ("EN", None)])
def test_a_floor_that_is_no_number_is_unknown(cell: str, floor: int | None) -> None:
    line = read(ETAGE=cell)
    assert line.faults == ()
    assert line.body.get("floor") == floor
