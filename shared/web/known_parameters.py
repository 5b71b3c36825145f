"""A query parameter that a route does not have is refused: it would be a filter that filters nothing, in silence."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from shared.web.near_fields import nearest
from shared.web.problems import Problem, ProblemType, language

_LONGEST: Final = 40
_MOST: Final = 10


def known_parameters(app: FastAPI) -> Mapping[int, tuple[str, ...]]:
    """The query parameters of each route in the description of the API, as the route and what it depends on declare
    them. Keys are the `id` of the route: routes have no hash.

    Pages and what watches a process (outside the description) are not among them: their addresses are typed, shared and
    added to by others.
    """
    return {
        id(context.original_route): tuple(dict.fromkeys(_names(context.dependant)))
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, APIRoute) and context.include_in_schema
    }


def refuse_unknown_parameters(request: Request) -> None:
    """Dependency of every route of an application. Raises Problem 422 that names each unknown parameter, the known one
    that it resembles, and all that the route has."""
    if not request.url.query:
        return
    state = request.app.state
    if not hasattr(state, "known_parameters"):
        state.known_parameters = known_parameters(request.app)
    known: tuple[str, ...] | None = state.known_parameters.get(id(request.scope.get("route")))
    if known is None:
        return
    strangers = {name: value for name, value in request.query_params.multi_items() if name not in known}
    if strangers:
        lang = language(request)
        told = list(strangers.items())[:_MOST]
        raise Problem(ProblemType.INVALID_FIELDS, errors=[_error(name, value, known, lang) for name, value in told])


def _error(name: str, value: str, known: tuple[str, ...], lang: str) -> dict[str, Any]:
    english = lang == "en"
    names = ", ".join(known)
    if known:
        remedy = f"Known here: {names}." if english else f"Connus ici : {names}."
        near = " / ".join(nearest(known, name[:_LONGEST]))
        if near:
            remedy = f"Perhaps {near}. {remedy}" if english else f"Peut-être {near}. {remedy}"
    else:
        remedy = "This route takes no parameter." if english else "Cette route ne prend pas de paramètre."
    return {
        "field": name[:_LONGEST],
        "value": value[:_LONGEST],
        "message": "Unknown parameter." if english else "Paramètre inconnu.",
        "remedy": remedy,
    }


def _names(dependant: Any) -> Iterator[str]:
    """Names in the address, those of a model of parameters one by one."""
    for parameter in dependant.query_params:
        annotation = parameter.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            for name, field in annotation.model_fields.items():
                yield field.alias or name
        else:
            yield parameter.alias
    for inner in dependant.dependencies:
        yield from _names(inner)
