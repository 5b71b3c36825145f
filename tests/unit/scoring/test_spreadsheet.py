"""The CSV that a French spreadsheet opens."""

import csv
import io

from services.scoring.core import views
from services.scoring.core.needs import Need
from services.scoring.core.spreadsheet import cell, render
from tests.unit.scoring.test_views import place, score


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_unknown_is_an_empty_cell_and_zero_is_zero() -> None:
    line = views.summary(place("a"), score("a", {"known_vacancies": 2, "open_vacancies": 0}, value=None))
    row = read(render([line], public=False, need=Need()))[0]
    assert row["score"] == row["services"] == ""
    assert row["logements_ouverts"] == row["logements_libres"] == "0"
    assert row["offres_ouvertes"] == row["postes_ouverts"] == ""  # no feed says anything of offers there


def test_decimals_have_a_comma_and_lines_end_as_spreadsheets_want() -> None:
    text = render([views.summary(place("a"), score("a", {}, value=61.5))], public=False, need=Need())
    assert read(text)[0]["score"] == "61,5"
    assert text.count("\r\n") == 2


def test_the_public_gets_no_score() -> None:
    text = render([views.public_summary(place("a"), score("a", {"open_offers": 4}))], public=True, need=Need())
    assert "score" not in read(text)[0]
    assert read(text)[0]["offres_ouvertes"] == ""


def test_a_text_that_would_be_a_formula_is_taken_as_text() -> None:
    assert cell("=1+1") == "'=1+1"
    assert cell(-3) == "-3"
