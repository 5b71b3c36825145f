"""/openapi.json: well formed, complete, and in step with the routes."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.web.problems import MEDIA_TYPE
from shared.web.written_forms import BY_PATTERN
from tests.contract.conftest import client_of, routes

METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture
def document(api: str) -> dict[str, Any]:
    answer = client_of(api).get("/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def patterns(node: Any) -> Iterator[str]:
    """Every pattern that a text of the document has to fit, wherever it stands."""
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        for value in node.values():
            yield from patterns(value)
    elif isinstance(node, list):
        for value in node:
            yield from patterns(value)


def test_it_is_openapi_3_1_of_a_named_version(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"].startswith("Ancrage — ")
    assert document["info"]["version"] == "1"


def test_it_has_the_routes_and_no_others(api: str, document: dict[str, Any]) -> None:
    assert {(path, method.upper()) for path, method, _ in operations(document)} == {
        (route.path, route.method) for route in routes(api)
    }


def test_every_operation_is_told_in_words_under_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = []
    for path, method, operation in operations(document):
        assert method in METHODS
        assert operation["summary"], (method, path)
        assert operation["responses"], (method, path)
        names.append(operation["operationId"])
    assert len(set(names)) == len(names)


def test_every_reference_leads_to_a_definition(document: dict[str, Any]) -> None:
    for reference in set(references(document)):
        node: Any = document
        assert reference.startswith("#/")
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
        assert node


def test_every_schema_is_a_json_schema(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_parameters_of_a_path_are_declared(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        declared = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
        assert declared == set(re.findall(r"\{(\w+)\}", path)), (method, path)


def test_every_pattern_has_words_for_those_whom_it_refuses(document: dict[str, Any]) -> None:
    assert {pattern for pattern in patterns(document) if pattern not in BY_PATTERN} == set()


def test_an_operation_that_needs_a_key_says_which_kind(api: str, document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert [scheme["scheme"] for scheme in schemes.values()] == ["bearer"]
    for path, method, operation in operations(document):
        assert operation["security"] == [{name: []} for name in schemes], (method, path)


def test_errors_are_described_as_they_are_answered(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for status in ("4XX", "5XX"):
            assert list(operation["responses"][status]["content"]) == [MEDIA_TYPE], (method, path)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_a_real_problem_fits_its_description(api: str, document: dict[str, Any]) -> None:
    problem = client_of(api).get("/nowhere").json()
    Draft202012Validator(document["components"]["schemas"]["Problem"]).validate(problem)


def test_an_application_without_an_api_has_no_page_about_one() -> None:
    assert client_of("console").get("/docs").status_code == 404


def test_the_page_about_an_api_loads_nothing_from_elsewhere(api: str) -> None:
    page = client_of(api).get("/docs")
    assert page.status_code == 200
    assert re.findall(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//[^\"']*", page.text) == []
    assert "<script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for route in routes(api):
        assert route.path in page.text


def test_the_page_tells_in_words_how_texts_are_written(api: str) -> None:
    page = unescape(client_of(api).get("/docs").text)
    assert [pattern for pattern in BY_PATTERN if f"string {pattern}" in page] == []


def test_the_page_tells_the_form_of_a_commune_with_an_example() -> None:
    assert "(le code INSEE d'une commune, cinq caractères / the INSEE code of a commune, five characters : 15014)" in (
        unescape(client_of("ingest").get("/docs").text)
    )
