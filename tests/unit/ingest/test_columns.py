"""Columns of files: which field each fills, and what rows become."""

import json
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from services.ingest.core.columns import Table, bind, key
from services.ingest.core.faults import FileRefused
from services.ingest.core.offer_columns import OFFER_TABLE
from services.ingest.core.tabular import Row
from services.ingest.core.vacancy_columns import VACANCY_TABLE
from services.ingest.schemas import OfferLine, OfferOriginBody, OfferSourceBody, VacancyLine

TABLES = [VACANCY_TABLE, OFFER_TABLE]
VACANCY_HEADER = ("Référence", "Code INSEE", "Typologie", "Surface (m²)", "Loyer HC (€/mois)", "Disponible le")


def vacancy(header: tuple[str, ...], *cells: str) -> Any:
    return bind(VACANCY_TABLE, header).read(Row(7, cells))


def test_every_field_of_a_body_has_a_column_and_every_column_a_field() -> None:
    nested: dict[str, type[BaseModel]] = {"source": OfferSourceBody, "origin": OfferOriginBody}
    offer = OfferLine.model_fields.keys() - nested.keys()
    offer |= {f"{part}.{name}" for part, body in nested.items() for name in body.model_fields}
    assert {column.field for column in OFFER_TABLE.columns} == offer
    assert VacancyLine.model_fields.keys() <= {column.field for column in VACANCY_TABLE.columns}


@pytest.mark.parametrize("table", TABLES)
def test_a_name_stands_for_one_field_only(table: Table) -> None:
    names = [(name, column.field) for column in table.columns for name in column.keys_of_names()]
    assert len({name for name, _ in names}) == len(names)


@pytest.mark.parametrize("table", TABLES)
def test_every_name_of_the_table_is_understood_in_capitals_and_without_accents(table: Table) -> None:
    needed = {group[0] for group in table.needed}
    for column in table.columns:
        header = [*sorted(needed - {column.field})]
        for name in (column.field, *column.names):
            binding = bind(table, [*header, name.upper().replace("É", "E")] if needed else [name])
            assert binding.filled[-1].field == column.field, name


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("Loyer HC (€/mois)", "loyer hc"),
        ("surface_m2", "surface"),
        ("Durée en mois", "duree"),
        ("m²", "m2"),
        ("N° RPLS", "n rpls"),
    ],
)
def test_units_accents_and_punctuation_do_not_count(header: str, meant: str) -> None:
    assert key(header) == meant


def test_a_french_row_is_the_body_of_a_put() -> None:
    header = (*VACANCY_HEADER, "Accessible PMR", "Étage", "Ascenseur", "DPE", "Financement", "Charges", "Divers")
    line = vacancy(
        header, "REF-1", "1004", "F3", "62,5", "1 410,50 €", "01/12/2026", "", "RDC", "non", "d", "plai", "", "rien"
    )
    assert line.line == 7
    assert line.faults == ()
    assert line.body == {
        "reference": "REF-1",
        "commune": "01004",
        "typology": "F3",
        "surface_m2": 62.5,
        "rent_eur_per_month": 1410.5,
        "available_from": "2026-12-01",
        "floor": 0,
        "lift": False,
        "dpe": "D",
        "financing": "PLAI",
    }


def test_a_cell_that_says_unknown_is_no_field_of_the_body() -> None:
    line = vacancy((*VACANCY_HEADER, "DPE"), "R", "15014", "T3", "62", "410", "2026-12-01", "NC")
    assert line.faults == ()
    assert "dpe" not in line.body


def test_a_cell_that_cannot_be_read_is_named_and_the_rest_is_kept() -> None:
    line = vacancy(VACANCY_HEADER, "REF-1", "15014", "T3", "62", "quatre cents", "31/02/2026")
    assert line.body == {"reference": "REF-1", "commune": "15014", "typology": "T3", "surface_m2": 62.0}
    assert [(fault.field, fault.value) for fault in line.faults] == [
        ("Loyer HC (€/mois)", "quatre cents"),
        ("Disponible le", "31/02/2026"),
    ]
    assert all(set(fault.shown("fr")) == {"field", "value", "message", "remedy"} for fault in line.faults)
    assert line.faults[0].shown("en")["message"] == "Expected a number."


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        (("commune", "cp"), ("Aurillac", "15000"), {"address": "15000 Aurillac"}),
        (
            ("rue", "code postal", "ville"),
            ("12 rue X", "1000", "Bourg"),
            {"address": "12 rue X, 01000 Bourg"},
        ),
        (("commune", "ville"), ("15014", "Aurillac"), {"commune": "15014", "address": "Aurillac"}),
        (("commune", "adresse"), ("2A004", "1 rue Y, 20000 Ajaccio"), None),
    ],
)
def test_an_address_in_parts_is_put_together(
    header: tuple[str, ...], cells: tuple[str, ...], expected: dict[str, str] | None
) -> None:
    needed = tuple(name for name in VACANCY_HEADER if name != "Code INSEE")
    line = vacancy((*needed, *header), "R", "T3", "62", "410", "2026-12-01", *cells)
    place = {name: line.body[name] for name in ("commune", "address") if name in line.body}
    assert place == (expected if expected is not None else dict(zip(("commune", "address"), cells, strict=True)))


def test_a_header_without_what_is_needed_is_refused_at_once_with_the_names_that_would_do() -> None:
    with pytest.raises(FileRefused) as refused:
        bind(VACANCY_TABLE, ("ref", "ville", "typologie", "surface"))
    reasons = [fault.reason.en for fault in refused.value.faults]
    assert reasons == ["A column is missing: rent_eur_per_month.", "A column is missing: available_from."]
    assert "loyer hors charges" in refused.value.faults[0].remedy.fr


def test_two_columns_for_one_field_are_refused() -> None:
    with pytest.raises(FileRefused, match="Loyer HC"):
        bind(VACANCY_TABLE, (*VACANCY_HEADER, "loyer"))


def test_unknown_columns_are_told_with_the_name_they_resemble() -> None:
    binding = bind(VACANCY_TABLE, (*VACANCY_HEADER, "Ascensseur", "Gardien"))
    assert [(ignored.name, ignored.like) for ignored in binding.ignored] == [
        ("Ascensseur", "ascenseur"),
        ("Gardien", None),
    ]


def test_the_source_of_an_offer_is_an_inner_object() -> None:
    binding = bind(OFFER_TABLE, ("ref", "ROME", "Contrat", "Source", "Licence", "Postes"))
    line = binding.read(Row(2, ("O-1", "f1703", "Intérim", "Partenaire", "", "")))
    assert line.body == {"reference": "O-1", "rome": "F1703", "contract": "MIS", "source": {"name": "Partenaire"}}
    assert OfferLine.model_validate(line.body).openings is None


@given(cells=st.lists(st.text(max_size=15), min_size=20, max_size=20))
@pytest.mark.parametrize("table", TABLES)
def test_any_cells_give_a_body_that_json_can_say(table: Table, cells: list[str]) -> None:
    header = [column.field for column in table.columns][:20]
    header += [group[0] for group in table.needed if group[0] not in header]
    line = bind(table, header).read(Row(2, tuple([*cells, *[""] * 10][: len(header)])))
    json.dumps(line.body, allow_nan=False)
    assert all(fault.remedy.fr and fault.reason.en for fault in line.faults)


def test_instants_of_a_file_are_read_by_the_body() -> None:
    header = (*VACANCY_HEADER, "Observé le")
    body = vacancy(header, "R", "15014", "T3", "62", "410", "2026-12-01", "01/07/2026 08:00").body
    seen = VacancyLine.model_validate(body).observed_at
    assert seen is not None
    assert seen.astimezone(UTC).hour == 6


def test_rooms_alone_make_a_typology_and_a_stated_one_stays() -> None:
    header = tuple("Pièces" if name == "Typologie" else name for name in VACANCY_HEADER)
    assert vacancy(header, "R", "15014", "7", "62", "410", "2026-12-01").body["typology"] == "T6"
    assert (
        vacancy((*VACANCY_HEADER, "Pièces"), "R", "15014", "F3", "62", "410", "2026-12-01", "3").body["typology"]
        == "F3"
    )


def test_the_day_a_record_was_last_changed_is_not_the_day_it_was_observed() -> None:
    # Else a dwelling that no one has changed for weeks would be stale on arrival, although the file of tonight holds it.
    assert [one.name for one in bind(VACANCY_TABLE, (*VACANCY_HEADER, "Date de mise à jour")).ignored]


@pytest.mark.parametrize(
    ("header", "cells", "typology"),
    [
        (("Type",), ("F3",), "F3"),
        (("Type", "Typologie"), ("Maison", "T2"), "T2"),
        (("Nombre de pièces", "Type"), ("4", "Appartement"), "T4"),
    ],
)
def test_a_column_named_just_type_is_the_typology_only_where_nothing_else_says_it(
    header: tuple[str, ...], cells: tuple[str, ...], typology: str
) -> None:
    others = tuple(name for name in VACANCY_HEADER if name != "Typologie")
    binding = bind(VACANCY_TABLE, (*others, *header))
    line = binding.read(Row(2, ("A", "15014", "62", "410", "01/12/2026", *cells)))
    assert line.body["typology"] == typology
    assert [one.name for one in binding.ignored] == ([] if len(header) == 1 else ["Type"])


def test_two_columns_named_type_are_not_guessed_between() -> None:
    with pytest.raises(FileRefused):
        bind(VACANCY_TABLE, (*(name for name in VACANCY_HEADER if name != "Typologie"), "type", "TYPE"))
