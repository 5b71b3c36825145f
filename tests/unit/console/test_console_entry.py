"""What people type becomes the JSON of the APIs, and what APIs refuse stands beside its field."""

import pytest

from services.console.adapters.place_names import resolve, suggestions
from services.console.core.entry import Entry, Field, Kind, add_problem, filled, read
from services.console.core.households import FIELDS as HOUSEHOLD_FIELDS
from services.console.core.households import patch_body

SIZE = Field("size", Kind.WHOLE, "households.size", required=True)
RENT = Field("rent", Kind.DECIMAL, "vacancies.rent")
PLACE = Field("commune", Kind.PLACE, "vacancies.commune", suggests="communes")
TRADES = Field("rome", Kind.SEVERAL, "households.rome", suggests="occupations", rows=3)
LIFT = Field("lift", Kind.YES_NO, "vacancies.lift")
SORT = Field("typology", Kind.CHOICE, "vacancies.typology", choices=("T1", "T2"))


def entered(*fields: Field, **texts: str | list[str]) -> Entry:
    given = {name: value if isinstance(value, list) else [value] for name, value in texts.items()}
    return read(fields, lambda name: given.get(name, []), resolve)


@pytest.mark.parametrize(
    ("text", "value"), [("1 250,50", 1250.5), ("1\u202f250 €", 1250), ("410", 410), ("410.5", 410.5)]
)
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    assert entered(RENT, rent=text).body == {"rent": value}


def test_a_text_that_is_no_number_is_told_with_its_value() -> None:
    entry = entered(RENT, rent="6O")
    assert entry.body == {}
    (issue,) = entry.issues["rent"]
    assert (issue.message, issue.value) == ("entry.number", "6O")
    assert entered(SIZE, size="2,5").issues["size"][0].message == "entry.whole"


def test_an_empty_field_is_unknown_and_a_needed_one_is_told() -> None:
    entry = entered(SIZE, RENT, LIFT, size="", rent="", lift="")
    assert entry.body == {}
    assert list(entry.issues) == ["size"]


def test_no_is_an_answer_and_not_unknown() -> None:
    assert entered(LIFT, lift="no").body == {"lift": False}


def test_a_place_is_known_by_name_code_or_suggestion() -> None:
    for text in ("Aurillac", "15014", "Aurillac (15014)", "aurillac"):
        assert entered(PLACE, commune=text).body == {"commune": "15014"}


def test_a_name_of_several_places_is_told_with_what_it_may_be() -> None:
    (issue,) = entered(PLACE, commune="Saint-Denis").issues["commune"]
    assert issue.value == "Saint-Denis"
    assert "Saint-Denis (93066)" in str(issue.remedy)


def test_several_names_become_codes_without_repetition() -> None:
    assert entered(TRADES, rome=["Maçonnerie", "F1703", "", "Nettoyage de locaux"]).body == {"rome": ["F1703", "K2204"]}


def test_a_choice_outside_the_list_is_refused() -> None:
    assert "typology" in entered(SORT, typology="T9").issues


def test_an_api_error_stands_beside_its_field_with_value_and_remedy() -> None:
    entry = Entry()
    errors = [
        {"field": "rome.0", "value": "F9999", "message": "Code ROME inconnu.", "remedy": "F1703"},
        {"field": "elsewhere", "message": "Autre chose."},
    ]
    add_problem(entry, [TRADES], errors, None)
    (issue,) = entry.issues["rome"]
    assert (issue.message, issue.value, issue.remedy) == ("Code ROME inconnu.", "F9999", "F1703")
    assert entry.issues[""][0].message == "Autre chose."


def test_a_problem_without_errors_is_told_above_the_form() -> None:
    entry = Entry()
    add_problem(entry, [TRADES], [], "Une proposition est en cours.")
    assert entry.issues[""][0].message == "Une proposition est en cours."


def test_a_change_makes_what_was_emptied_unknown_again() -> None:
    body = patch_body({"size": 3, "rome": ["F1703"]}, 7)
    assert body["version"] == 7
    assert body["income_eur_per_month"] is None
    assert body["territories"] == []
    assert body["rome"] == ["F1703"]


def test_a_form_of_something_known_shows_what_is_known() -> None:
    entry = filled(HOUSEHOLD_FIELDS, {"rome": ["F1703"], "income_eur_per_month": 1250.5, "driving_licence": False},
                   lambda _, code: f"nom ({code})")  # fmt: skip
    assert entry.texts["rome"] == ["nom (F1703)"]
    assert entry.text("income_eur_per_month") == "1250,5"
    assert entry.text("driving_licence") == "no"
    assert entry.text("size") == ""


def test_suggestions_put_the_largest_place_first() -> None:
    assert suggestions("communes", "saint-den")[0][0] in {"93066", "97411"}
    assert suggestions("occupations", "maçonn")[0][1] == "Maçonnerie (F1703)"
