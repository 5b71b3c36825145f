"""The territories: table and map, one territory with what makes its class, and what changed since a revision."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from services.console.adapters.apis import ApiError, ApiProblem
from services.console.adapters.board import Reading
from services.console.core import formats
from services.console.core.map_view import view_box
from services.console.core.messages import MESSAGES
from services.console.core.needs import TYPOLOGIES, Asked
from services.console.core.territories import (
    LOW_COVERAGE,
    PAGE_ROWS,
    PROFESSIONAL_ORDERS,
    PUBLIC_MINIMUM,
    PUBLIC_ORDERS,
    Filters,
    Row,
    Territory,
    cautions,
    chosen,
    filters_of,
    map_class,
    professional_row,
    profile_word,
    public_row,
    reasons,
)
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.territory_needs import asked_by, cells_of, need_words, query_of
from services.console.pages.visit import AnyVisit, Visit
from shared.geography import KIND_LABELS, attribution, geography, social
from shared.geography.outlines import outlines
from shared.geography.social import social_housing
from shared.identity import Action, Resource
from shared.web.problems import Problem, ProblemType

router = APIRouter(route_class=PageRoute)
BLOCKS: Final = ("housing", "jobs", "services", "territory")


@router.get("/territoires")
async def territories_page(visit: AnyVisit) -> Response:
    """Table and map; with a script's header only the part that a filter changes."""
    query = visit.request.query_params
    professional = visit.who is not None
    filters = filters_of(query, query.getlist, professional=professional)
    asked = asked_by(query)
    reading = await visit.console.board.reading(asked.need)
    kept = chosen(reading.territories.values(), filters)
    shown = min(_lines(query.get("lignes")), len(kept))
    values: dict[str, Any] = {
        "filters": filters,
        "asked": asked,
        "narrow": filters.narrow or bool(asked.occupation or asked.budget or asked.need),
        "words": need_words(visit, asked, reading.view),
        "need_query": query_of(asked.need),
        "reading": reading,
        "rows": [_row(visit, one) for one in kept[:shown]],
        "total": len(kept),
        "shown": shown,
        "more": shown + PAGE_ROWS,
        "all": len(reading.territories),
        "professional": professional,
        "orders": PROFESSIONAL_ORDERS if professional else PUBLIC_ORDERS,
        "view_box": _view_box(filters),
        "kept_codes": [one.code for one in kept] if filters.narrow else None,
        "minimum": PUBLIC_MINIMUM,
        "address": _address(query.multi_items()),
    }
    if visit.request.headers.get("x-requested-with") == "ancrage":
        return render(visit, "territories/part.html", **values, classes=_classes(reading))
    selected = query.get("territoire", "")
    panel = await _panel(visit, selected, asked) if selected in reading.territories else None
    kept_set = set(values["kept_codes"]) if filters.narrow else None
    return render(
        visit,
        "territories/index.html",
        **values,
        panel=panel,
        selected=selected,
        shapes=_shapes(reading, kept_set),
        sheet=outlines(),
        typologies=TYPOLOGIES,
        departements=geography().departements.values(),
        regions=sorted(geography().regions.values(), key=lambda one: one.name),
        low_share=LOW_COVERAGE,
        attribution=attribution().said(visit.language),
    )


@router.get("/territoires/changements")
async def changes(visit: AnyVisit, depuis: int = 0) -> Response:
    """What changed after a revision, ready to be put in place: shape classes and cell texts."""
    reading = await visit.console.board.reading(asked_by(visit.request.query_params).need)
    rows = [
        {"code": one.code, "shape": map_class(one), "cells": cells_of(visit, _row(visit, one))}
        for one in reading.since(depuis)
    ]
    said = visit.say("territories.as_of", ago=formats.ago(reading.as_of, visit.now, visit.language))
    return JSONResponse(
        {"revision": reading.revision, "failing": reading.failing, "said": said, "rows": rows},
        headers={"cache-control": "no-store"},
    )


@router.get("/territoires/{code}")
async def territory_page(visit: AnyVisit, code: str) -> Response:
    """One territory."""
    asked = asked_by(visit.request.query_params)
    reading = await visit.console.board.reading(asked.need)
    if code not in reading.territories:
        raise Problem(ProblemType.NOT_FOUND)
    panel = await _panel(visit, code, asked)
    if visit.request.headers.get("x-requested-with") == "ancrage":
        return render(visit, "territories/panel.html", panel=panel, professional=visit.who is not None)
    place = reading.territories[code]
    sheet = outlines()
    around = {one.code for departement in place.departements for one in geography().territories_in(departement)}
    return render(
        visit,
        "territories/one.html",
        panel=panel,
        professional=visit.who is not None,
        view_box=view_box(sheet.view_box, _boxes(), place.departements),
        shapes=[shape for shape in _shapes(reading, None) if shape["code"] in around],
        sheet=sheet,
        selected=code,
        low_share=LOW_COVERAGE,
        attribution=attribution().said(visit.language),
    )


async def _panel(visit: Visit, code: str, asked: Asked) -> dict[str, Any]:
    """What the panel of a territory shows, of the répertoire and for a need; the public gets words, professionals figures
    too."""
    reading = await visit.console.board.reading()
    territory = reading.territories[code]
    suiting = (await visit.console.board.reading(asked.need)).territories.get(code) if asked.need else None
    place = geography().territories[code]
    panel: dict[str, Any] = {
        "row": _row(visit, territory),
        "suiting": None if suiting is None else _row(visit, suiting),
        "need": asked.need,
        "need_query": query_of(asked.need),
        "place": place,
        "kind": KIND_LABELS[place.kind],
        "departement": territory.departement_name,
        "mapped": place.kind != "COMMUNE",
        "failing": None,
        "profile": [],
        "reasons": [],
        "commitments": None,
        "history": [],
        "as_of": territory.as_of,
        "reference_version": reading.reference_version,
        "official": social_housing().of(code),
        "official_source": social.attribution().said(visit.language),
    }
    try:
        detail = await visit.console.board.detail(code)
    except ApiError:
        panel |= {"failing": "scoring", "cautions": cautions(territory, ())}
        return panel
    contributions = detail.get("contributions") or []
    blocks = detail.get("blocks") or {}
    panel["profile"] = [(block, profile_word(blocks.get(block))) for block in BLOCKS if block in blocks]
    panel["cautions"] = cautions(territory, contributions)
    if visit.who is not None:
        panel["reasons"] = [_sentence(visit, one) for one in reasons(contributions, MESSAGES.__contains__)]
        panel["commitments"] = await _commitments(visit, code)
    return panel


async def _commitments(visit: Visit, code: str) -> list[dict[str, Any]] | None:
    """What the territory has declared; None where it cannot be read now."""
    if not visit.may(Resource.COMMITMENT, Action.READ):
        return None
    try:
        answer = await visit.console.apis.get("ingest", f"/v1/territories/{code}", visit.caller)
    except ApiProblem as problem:
        if problem.status == 401:
            raise
        return None
    except ApiError:
        return None
    return list(answer["commitments"])


def _sentence(visit: Visit, reason: Any) -> dict[str, Any]:
    """A contribution in words of the visitor's language."""
    values = dict(reason.values)
    if "name" in values:
        name = values.pop("name")
        key = f"label.indicator.{name}"
        values["label"] = visit.say(key) if key in MESSAGES else values["label"]
    if "percent" in values:
        values["percent"] = formats.percent(values["percent"], visit.language)
    if isinstance(values.get("value"), int | float):
        values["value"] = formats.number(values["value"], visit.language, 1)
    return {
        "text": visit.say(reason.key, **values),
        "standing": reason.standing,
        "block": reason.block,
        "flags": reason.flags,
    }


def _row(visit: Visit, territory: Territory) -> Row:
    return professional_row(territory) if visit.who is not None else public_row(territory)


def _classes(reading: Reading) -> dict[str, str]:
    """Codes by style class, for a map that follows another need."""
    found: dict[str, list[str]] = {}
    for one in reading.territories.values():
        found.setdefault(map_class(one), []).append(one.code)
    return {name: " ".join(codes) for name, codes in found.items()}


def _shapes(reading: Reading, kept: set[str] | None) -> list[dict[str, str]]:
    """Every outline with its class; those that the filter leaves out are faded."""
    places = geography().territories
    return [
        {
            "code": code,
            "d": path,
            "name": places[code].name,
            "class": map_class(reading.territories.get(code)),
            "out": " out" if kept is not None and code not in kept else "",
        }
        for code, path in outlines().territories.items()
        if code in places
    ]


def _boxes() -> Mapping[str, tuple[float, float, float, float]]:
    return {code: (box.x, box.y, box.width, box.height) for code, box in outlines().boxes.items()}


def _view_box(filters: Filters) -> str:
    sheet = outlines()
    if filters.departement:
        return view_box(sheet.view_box, _boxes(), [filters.departement])
    if filters.region:
        inside = [one.code for one in geography().departements.values() if one.region == filters.region]
        return view_box(sheet.view_box, _boxes(), inside)
    return sheet.view_box


def _lines(text: str | None) -> int:
    """Rows asked for: a multiple of a page, at least one page."""
    wanted = int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else PAGE_ROWS
    return max(PAGE_ROWS, min(wanted, 2000))


def _address(items: list[tuple[str, str]]) -> Any:
    """Makes links that change one part of the address and keep the others."""

    def changed(**parts: str | None) -> str:
        kept = [(name, value) for name, value in items if name not in parts and name != "lang" and value]
        return "?" + urlencode(kept + [(name, value) for name, value in parts.items() if value])

    return changed
