"""Reading the répertoire: the list, for everyone or for a need, and one territory."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from services.scoring.adapters.catalogue import TerritoryCatalogue
from services.scoring.core import need_views, views
from services.scoring.core.formulas import Array
from services.scoring.core.need_scores import NeedScores
from services.scoring.core.needs import Need
from services.scoring.core.places import Place
from services.scoring.routes import examples
from services.scoring.routes.context import AnyCaller, Catalogue
from services.scoring.routes.queries import AskedNeed, Department, known_departement
from shared.events import TerritoryScore
from shared.occupations import occupations
from shared.web.conditional import conditional_json
from shared.web.paging import CursorText, Limit, decode_cursor, encode_cursor, page
from shared.web.problems import Problem, ProblemType, language

router = APIRouter()
_LOWEST: Final = -1.0

Order = Annotated[
    Literal["score", "name", "supply"],
    Query(
        description="score : les mieux notés d'abord (sans clé : par classe, puis par code) ; name ; supply (avec clé)",
    ),
]
Available = Annotated[
    bool,
    Query(description="Seulement les territoires où l'on connaît au moins une offre et un logement qui conviennent"),
]


@dataclass(frozen=True)
class Line:
    """A territory of the list; `row` is its place in the columns of `scores`."""

    place: Place
    score: TerritoryScore
    row: int


@router.get("/v1/territories", tags=["territoires"], responses=examples.LIST)
async def territories(
    request: Request,
    actor: AnyCaller,
    catalogue: Catalogue,
    need: AskedNeed,
    order: Order = "score",
    department: Department = None,
    available: Available = False,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> Response:
    """Le répertoire, ou le répertoire noté pour des métiers, des tailles de logement et un budget. Sans clé : classes et
    profils ; avec clé : scores et comptes."""
    lines, scores = await select(catalogue, need, department, available=available)
    key = _key(order, scores, known=actor is not None)
    keyed = [(key(line), line.place.code, line) for line in lines]
    keyed.sort(key=lambda one: (one[0], one[1]))
    keyed = _after(keyed, cursor)
    present = presenter(scores, public=actor is None)
    body = page(
        [present(line) for _, _, line in keyed[:limit]],
        encode_cursor(keyed[limit - 1][0], keyed[limit - 1][1]) if len(keyed) > limit else None,
    )
    if scores is not None:
        labels = {code: occupations().label(code) for code, _ in need.occupations}
        body["view"] = need_views.asked(need, scores, labels, public=actor is None)
    return conditional_json(request, body)


@router.get("/v1/territories/{code}", tags=["territoires"], responses=examples.ONE)
async def territory(request: Request, code: str, actor: AnyCaller, catalogue: Catalogue) -> Response:
    """Un territoire, avec ce que chaque indicateur apporte."""
    place, score = await catalogue.one(code)
    shown = (views.detail if actor else views.public_detail)(place, score, language(request))
    return conditional_json(request, shown)


@router.get("/status", include_in_schema=False)
async def status(_: AnyCaller, catalogue: Catalogue) -> dict[str, Any]:
    """Fraîcheur du répertoire, pour `ancrage status`."""
    return await catalogue.freshness()


async def select(
    catalogue: TerritoryCatalogue, need: Need, department: str | None, *, available: bool
) -> tuple[list[Line], NeedScores | None]:
    """The territories asked for, and their scores for the need (None: no need was told)."""
    known_departement(department)
    rows, scores = await catalogue.scored_for(need) if need.anything else (await catalogue.rows(), None)
    lines = [
        Line(place, score, catalogue.row_of(place.code))
        for place, score in rows
        if department is None or department in catalogue.departements_of(place.code)
    ]
    return (_available(lines, scores) if available else lines), scores


def presenter(scores: NeedScores | None, *, public: bool) -> Callable[[Line], dict[str, Any]]:
    """How a line is shown to this caller."""
    if scores is None:
        show = views.public_summary if public else views.summary
        return lambda line: show(line.place, line.score)
    show_for_need = need_views.public_summary if public else need_views.summary
    return lambda line: show_for_need(line.place, line.score, scores, line.row)


def _available(lines: list[Line], scores: NeedScores | None) -> list[Line]:
    """The lines with at least one known offer and one known home of those that the need speaks of."""
    if scores is None:
        return [
            line
            for line in lines
            if views.supply(line.score.counters) > 0 and line.score.counters.get("open_offers", 0) > 0
        ]
    told = _asked(scores)
    return [line for line in lines if all(column[line.row] > 0 for column in told)]


def _asked(scores: NeedScores) -> list[Array]:
    """Openings and homes, where the need speaks of them."""
    asked = ((scores.asks_jobs, scores.openings_around), (scores.asks_homes, scores.homes))
    return [column for wanted, column in asked if wanted]


def _key(order: str, scores: NeedScores | None, *, known: bool) -> Callable[[Line], Any]:
    """Sort key, smallest first. Without a key, order=score goes by class only: no rank among territories. For a need, the
    territories where what it asks for is unknown come after those where it is known, whatever else they have."""
    if order == "name":
        return lambda line: line.place.name
    if order == "supply" and known:
        if scores is None or not scores.asks_homes:
            return lambda line: -views.supply(line.score.counters)
        homes: list[float] = np.nan_to_num(scores.homes).tolist()
        return lambda line: -homes[line.row]
    if scores is None:
        if not known:
            return lambda line: -(line.score.score_class or 0)
        return lambda line: -(line.score.score if line.score.score is not None else _LOWEST)
    figures = scores.score_class if not known else np.nan_to_num(np.round(scores.score, 2), nan=_LOWEST)
    keys: list[float] = (-figures).tolist()
    untold: list[bool] = np.any([np.isnan(column) for column in _asked(scores)], axis=0).tolist()
    return lambda line: [untold[line.row], keys[line.row]]


def _after(keyed: list[Any], cursor: str | None) -> list[Any]:
    """Lines beyond the cursor. Raises Problem for the cursor of a list in another order."""
    after = decode_cursor(cursor, 2)
    if after is None:
        return keyed
    try:
        return [one for one in keyed if [one[0], one[1]] > after]
    except TypeError as error:
        raise Problem(
            ProblemType.INVALID_FIELDS,
            "Curseur d'un autre ordre.",
            field="cursor",
            remedy="« next »",
            en="Cursor of another order.",
        ) from error
