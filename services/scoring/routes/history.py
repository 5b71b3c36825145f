"""What a territory's score was."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from services.scoring.routes import examples
from services.scoring.routes.context import AnyCaller, Catalogue
from shared.web.conditional import conditional_json
from shared.web.paging import page

router = APIRouter()


@router.get("/v1/territories/{code}/history", tags=["territoires"], responses=examples.HISTORY)
async def history(
    request: Request,
    code: str,
    actor: AnyCaller,
    catalogue: Catalogue,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Response:
    """Les derniers changements publiés, du plus récent au plus ancien."""
    entries = await catalogue.history(code, limit)
    if actor is None:
        items: list[Any] = [{"as_of": one.as_of, "score_class": one.score_class} for one in entries]
    else:
        items = [msgspec.to_builtins(one) for one in entries]
    return conditional_json(request, page(items, None))
