"""What a validation error tells: in French or English, which field, which value, what is expected."""

import ast
import json
import string
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from shared.events import Typology
from shared.web.problems import ProblemType
from shared.web.validation import _TEXTS, entries, problem_from
from shared.web.written_forms import BY_PATTERN, OCCUPATION, WrittenForm

ROOT = Path(__file__).resolve().parents[3]


class Wishes(BaseModel):
    """A body with a field of every kind that the APIs have."""

    model_config = ConfigDict(extra="forbid")

    surface_m2: Annotated[float, Field(gt=8, le=500, allow_inf_nan=False)] = 30
    rooms: Annotated[int, Field(ge=1, lt=10)] = 1
    typology: Typology = Typology.T1
    lift: bool = True
    kind: Literal["social", "private"] = "social"
    reference: Annotated[str, Field(min_length=2, max_length=5, pattern=OCCUPATION.pattern)] = "F1703"
    available_from: date | None = None
    observed_at: AwareDatetime | None = None
    rome: Annotated[list[str], Field(min_length=1, max_length=2)] = ["A"]
    where: dict[str, int] = {}


def refused(body: Any, lang: str = "fr") -> list[dict[str, Any]]:
    """The errors told about a body."""
    with pytest.raises(ValidationError) as told:
        Wishes.model_validate(body)
    return problem_from(_of_a_body(told.value), lang).errors


def _of_a_body(error: ValidationError) -> RequestValidationError:
    return RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in error.errors()])


@pytest.mark.parametrize("kind", sorted(_TEXTS))
def test_every_message_is_said_in_both_languages_from_the_same_facts(kind: str) -> None:
    french, english = _TEXTS[kind]
    wanted = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (french, english)]
    assert wanted[0] == wanted[1]
    assert french.endswith(".")
    assert english.endswith(".")
    facts = dict.fromkeys(wanted[0], "7")
    for lang in ("fr", "en"):
        error = RequestValidationError([{"type": kind, "loc": ("body", "x"), "msg": "raw", "input": "v", "ctx": facts}])
        (entry,) = problem_from(error, lang).errors
        assert entry["message"] == (english if lang == "en" else french).format(**facts)


def _custom_kinds() -> set[str]:
    """The kinds of validation error that the platform raises itself."""
    calls = (
        node
        for folder in ("services", "shared")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "PydanticCustomError"
    )
    return {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}  # type: ignore[misc]


def test_every_error_that_the_platform_raises_itself_has_words_here() -> None:
    kinds = _custom_kinds()
    assert "unknown_commune" in kinds
    assert kinds - set(_TEXTS) == set()


@pytest.mark.parametrize(
    ("body", "french", "english"),
    [
        ({"surface_m2": 8}, "Attendu : plus de 8.", "Expected more than 8."),
        ({"surface_m2": 501}, "Attendu : au plus 500.", "Expected at most 500."),
        ({"surface_m2": "big"}, "Attendu : un nombre.", "Expected a number."),
        ({"rooms": 0}, "Attendu : au moins 1.", "Expected at least 1."),
        ({"rooms": 10}, "Attendu : moins de 10.", "Expected less than 10."),
        ({"rooms": 1.5}, "Attendu : un nombre entier.", "Expected a whole number."),
        ({"rooms": "many"}, "Attendu : un nombre entier.", "Expected a whole number."),
        ({"lift": "maybe"}, "Attendu : true ou false.", "Expected true or false."),
        ({"kind": "x"}, "Valeurs possibles : 'social' ou 'private'.", "Possible values: 'social' or 'private'."),
        ({"reference": "A"}, "Au moins 2 caractère(s).", "At least 2 character(s)."),
        ({"reference": "ABCDEF"}, "Au plus 5 caractères.", "At most 5 characters."),
        (
            {"reference": "ab"},
            "Attendu : un code ROME, une lettre de A à N et quatre chiffres.",
            "Expected: a ROME code, a letter from A to N and four digits.",
        ),
        ({"reference": 12}, "Attendu : un texte.", "Expected a text."),
        ({"available_from": "demain"}, "Attendu : une date AAAA-MM-JJ.", "Expected a date YYYY-MM-DD."),
        ({"observed_at": "2026-11-23T08:00:00"}, "Le fuseau horaire manque.", "The time zone is missing."),
        (
            {"observed_at": "x"},
            "Attendu : un instant RFC 3339 avec fuseau.",
            "Expected an RFC 3339 instant with its offset.",
        ),
        ({"rome": []}, "Au moins 1 élément(s).", "At least 1 item(s)."),
        ({"rome": ["A", "B", "C"]}, "Au plus 2 éléments.", "At most 2 items."),
        ({"rome": "A"}, "Attendu : une liste.", "Expected a list."),
        ({"where": []}, "Attendu : un objet JSON.", "Expected a JSON object."),
        ({"colour": "red"}, "Champ inconnu.", "Unknown field."),
    ],
    ids=str,
)
def test_a_wrong_field_is_said_in_the_readers_language(body: dict[str, Any], french: str, english: str) -> None:
    (fr,), (en,) = refused(body), refused(body, "en")
    assert (fr["message"], en["message"]) == (french, english)
    assert fr["field"] == en["field"] == next(iter(body))


def test_an_unknown_size_is_answered_by_the_known_ones_in_french() -> None:
    (entry,) = refused({"typology": "F3"})
    assert entry == {
        "field": "typology",
        "value": "F3",
        "message": "Valeurs possibles : 'T1', 'T2', 'T3', 'T4', 'T5' ou 'T6'.",
    }


def test_every_wrong_field_is_told_at_once_with_its_place() -> None:
    told = refused({"rooms": 0, "where": {"a": "x"}, "rome": ["A", 5]})
    assert [entry["field"] for entry in told] == ["rooms", "rome.1", "where.a"]


def test_a_missing_field_repeats_no_value() -> None:
    error = RequestValidationError([{"type": "missing", "loc": ("body", "size"), "msg": "m", "input": {"name": "x"}}])
    assert problem_from(error, "fr").errors == [{"field": "size", "message": "Champ obligatoire absent."}]


@pytest.mark.parametrize("value", ["x" * 101, ["a"], {"a": 1}])
def test_a_long_or_composed_value_is_not_repeated(value: Any) -> None:
    (entry,) = refused({"rooms": value})
    assert "value" not in entry


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", True, None, 0])
def test_what_is_told_is_always_json_and_utf8(value: Any) -> None:
    error = RequestValidationError([{"type": "x", "loc": ("body", "\ud800"), "msg": "\udfff", "input": value}])
    json.dumps(problem_from(error, "fr").errors, allow_nan=False, ensure_ascii=False).encode()


def test_a_remedy_is_told() -> None:
    class Place(BaseModel):
        commune: str

        def model_post_init(self, _: Any) -> None:
            raise PydanticCustomError("unknown_commune", "raw {code}", {"code": self.commune, "remedy": "15014 ?"})

    with pytest.raises(ValidationError) as told:
        Place(commune="99999")
    (entry,) = problem_from(_of_a_body(told.value), "fr").errors
    assert (entry["message"], entry["remedy"]) == ("Commune inconnue : 99999.", "15014 ?")


def test_a_kind_without_words_of_ours_keeps_its_own() -> None:
    error = RequestValidationError(
        [{"type": "new_kind", "loc": ("query", "limit"), "msg": "Value error, odd", "input": 1}]
    )
    assert problem_from(error, "fr").errors == [{"field": "limit", "message": "odd", "value": 1}]


def test_a_body_that_is_no_json_is_another_problem_and_says_where() -> None:
    error = RequestValidationError(
        [
            {
                "type": "json_invalid",
                "loc": ("body", 12),
                "msg": "JSON decode error",
                "input": {},
                "ctx": {"error": "Expecting value"},
            }
        ]
    )
    problem = problem_from(error, "fr")
    assert problem.kind is ProblemType.INVALID_JSON
    assert problem.detail is not None
    assert "12" in problem.detail
    assert problem.errors == []


@pytest.mark.parametrize(("lang", "between"), [("fr", " : "), ("en", ": ")])
def test_where_a_body_stops_being_json_is_said_as_each_language_writes_it(lang: str, between: str) -> None:
    broken = {"type": "json_invalid", "loc": ("body", 5), "msg": "", "input": {}, "ctx": {"error": "Expecting value"}}
    assert problem_from(RequestValidationError([broken]), lang).detail == f"position 5{between}Expecting value"


def test_json_sent_as_another_type_is_told_which_type_to_name() -> None:
    with pytest.raises(ValidationError) as told:
        Wishes.model_validate(b'{"rooms": 2}')
    (error,) = problem_from(_of_a_body(told.value), "en").errors
    assert (error["field"], error["remedy"]) == ("body", "Content-Type: application/json")


def test_dates_are_refused_when_they_have_a_time() -> None:
    (entry,) = refused({"available_from": datetime(2026, 11, 23, 8).isoformat()})  # noqa: DTZ001 - the point
    assert entry["message"] == "Attendu : une date AAAA-MM-JJ."


@pytest.mark.parametrize(
    ("bound", "french", "english"),
    [(0.0, "plus de 0.", "more than 0."), (0.5, "plus de 0,5.", "more than 0.5."), (1e6, "1000000", "1000000")],
)
def test_a_bound_is_written_as_people_write_it(bound: float, french: str, english: str) -> None:
    found = [{"type": "greater_than", "loc": ("body", "x"), "input": -1, "ctx": {"gt": bound}}]
    assert french in entries(found, "fr")[0]["message"]
    assert english in entries(found, "en")[0]["message"]


@pytest.mark.parametrize("form", BY_PATTERN.values(), ids=lambda form: form.example)
def test_a_pattern_is_told_in_words_with_an_example_that_fits_it(form: WrittenForm) -> None:
    adapter = TypeAdapter(Annotated[str, Field(pattern=form.pattern)])
    assert adapter.validate_python(form.example) == form.example
    with pytest.raises(ValidationError) as told:
        adapter.validate_python("\x00")
    for lang, words, remedy in (("fr", form.words.fr, "Par exemple : "), ("en", form.words.en, "For example: ")):
        (entry,) = entries(told.value.errors(), lang)
        assert words in entry["message"]
        assert form.pattern not in entry["message"]
        assert entry["remedy"] == remedy + form.example
