"""What an API says of itself: /openapi.json with its problem answers, and /docs, a page made from it without scripts."""

from typing import Any, Final

from fastapi import FastAPI, Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from shared.web.problems import MEDIA_TYPE, Problem, ProblemType
from shared.web.written_forms import BY_PATTERN

PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. Decide by `type`, not by the words.",
    "required": ["type", "title", "status", "instance"],
    "properties": {
        "type": {"type": "string", "enum": [kind.uri for kind in ProblemType]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "instance": {"type": "string"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "message": {"type": "string"},
                    "value": {"description": "What was given, where it is short."},
                    "remedy": {"type": ["string", "null"]},
                },
            },
        },
    },
}
_CONTENT: Final = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
# Stated for every route; FastAPI would otherwise describe a validation error that no API gives.
PROBLEM_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"description": "Problème du côté de l'appelant / the caller's problem", "content": _CONTENT},
    "5XX": {"description": "Problème du côté du service / the service's problem", "content": _CONTENT},
}
_HEADERS: Final = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
_PAGES: Final = Environment(
    loader=PackageLoader("shared.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def describe(app: FastAPI) -> None:
    """Adds the problem schema to /openapi.json, and /docs (404 where an application has no route to tell of)."""
    generated = app.openapi

    def openapi() -> dict[str, Any]:
        document = generated()
        document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it

    @app.get("/docs", include_in_schema=False)
    def docs(_: Request) -> Response:
        document = openapi()
        if not document["paths"]:
            raise Problem(ProblemType.NOT_FOUND)
        page = _PAGES.get_template("description.html").render(document=document, fields=fields, kind=kind)
        return Response(page, media_type="text/html", headers=_HEADERS)


def fields(schema: dict[str, Any]) -> list[tuple[str, str, bool, str]]:
    """(name, kind, required, description) of each field of an object."""
    required = schema.get("required", ())
    return [
        (name, kind(field), name in required, field.get("description", ""))
        for name, field in schema.get("properties", {}).items()
    ]


def _written(pattern: str) -> str:
    """How a text is written, as its refusal tells it; an undeclared pattern as it is."""
    form = BY_PATTERN.get(pattern)
    return pattern if form is None else f"({form.words.fr} / {form.words.en} : {form.example})"


def kind(schema: dict[str, Any]) -> str:
    """What values a schema takes, in a few words: "integer ≥ 1", "A | B", "list of Vacancy"."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema or "const" in schema:
        return " | ".join(str(value) for value in schema.get("enum", [schema.get("const")]))
    if "anyOf" in schema:
        return " | ".join(kind(option) for option in schema["anyOf"])
    words = schema.get("type", "any")
    if words == "array":
        return f"list of {kind(schema.get('items', {}))}"
    said = " | ".join(words) if isinstance(words, list) else str(words)
    limits = (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<"))
    bounds = (f"{sign} {schema[name]}".strip() for name, sign in limits if name in schema)
    written = _written(schema["pattern"]) if "pattern" in schema else None
    return " ".join(filter(None, [said, schema.get("format"), *bounds, written]))
