"""What every route of scoring takes from its application."""

from typing import Annotated

from fastapi import Depends, Request

from services.scoring.adapters.catalogue import TerritoryCatalogue
from shared.identity import Actor
from shared.web.access import public


def _catalogue(request: Request) -> TerritoryCatalogue:
    found: TerritoryCatalogue = request.app.state.catalogue
    return found


AnyCaller = Annotated[Actor | None, Depends(public())]
Catalogue = Annotated[TerritoryCatalogue, Depends(_catalogue)]
