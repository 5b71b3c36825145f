"""Templates: every value escaped, every word from the catalogue, every figure in the visitor's format."""

from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from services.console.core import formats
from services.console.core.languages import Language
from services.console.core.messages import label, plural, text
from services.console.core.navigation import nouns_of
from services.console.pages.visit import LANGUAGE_COOKIE, VISITOR_COOKIE, Visit

TEMPLATES: Final = Path(__file__).parent.parent / "templates"
YEAR_SECONDS: Final = 31_536_000

_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters["tied"] = formats.tied


def render(visit: Visit, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page, or a part of one, as an answer that no cache keeps."""
    language = visit.language
    context = {
        "visit": visit,
        "language": language.value,
        "settings": visit.console.settings,
        "asset": visit.console.assets.url,
        "t": partial(_said, language),
        "tn": partial(_counted, language),
        "label": partial(_labelled, language),
        "number": lambda value, digits=0: formats.number(value, language, digits),
        "euros": lambda value, monthly=False: formats.euros(value, language, monthly=monthly),
        "percent": lambda value: formats.percent(value, language),
        "measure": lambda value, unit, digits=0: formats.measure(value, unit, language, digits),
        "day": lambda value, weekday=False: formats.day(value, language, weekday=weekday),
        "last_day": lambda value: formats.day(formats.last_day(value), language, weekday=True),
        "short_last_day": lambda value: formats.short_day(formats.last_day(value), language),
        "hour": lambda value: formats.hour(value, language),
        "ago": lambda value: formats.ago(value, visit.now, language),
        "time_left": lambda value: formats.time_left(value, visit.now, language),
        "french": partial(_in_french, language),
        "urgent": lambda value: formats.urgent(value, visit.now),
        "colon": "\u00a0: " if language is Language.FR else ": ",
        "other_language": _other_language(visit),
        "nouns": nouns_of(visit.role),
        "here": visit.request.url.path,
        "form_token": visit.form_token,
        **values,
    }
    body = _ENVIRONMENT.get_template(template).render(context)
    answer = HTMLResponse(body, status, headers={"cache-control": "no-store", "content-language": language.value})
    if visit.request.query_params.get("lang") == language.value:
        set_cookie(visit, answer, LANGUAGE_COOKIE, language.value, YEAR_SECONDS)
    if visit.who is None and visit.holds_form and visit.request.cookies.get(VISITOR_COOKIE) != visit.visitor:
        set_cookie(visit, answer, VISITOR_COOKIE, visit.visitor, None)
    return answer


def _other_language(visit: Visit) -> str:
    """This page in the other language, with all else that its address says."""
    kept = [(name, value) for name, value in visit.request.query_params.multi_items() if name != "lang"]
    other = Language.FR if visit.language is Language.EN else Language.EN
    return f"?{urlencode([*kept, ('lang', other.value)])}"


def set_cookie(visit: Visit, answer: Response, name: str, value: str, seconds: int | None) -> None:
    """A cookie that scripts cannot read and other sites do not send with their forms."""
    answer.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=visit.secure, path="/")


def _said(language: Any, key: str, **values: Any) -> str:
    return text(key, language, **values)


def _counted(language: Any, key: str, count: int, **values: Any) -> str:
    return plural(key, count, language, **values)


def _in_french(language: Language, name: str) -> Markup:
    """A name that exists in French alone (an occupation of the ROME, a source), marked so for who listens in English."""
    return escape(name) if language is Language.FR else Markup('<span lang="fr">{}</span>').format(name)


def _labelled(language: Any, family: str, code: str | None) -> str:
    return label(family, code, language)
