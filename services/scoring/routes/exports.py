"""The répertoire as files: a spreadsheet for people, shapes for maps."""

import gzip
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.scoring.core import spreadsheet
from services.scoring.routes import examples
from services.scoring.routes.context import AnyCaller, Catalogue
from services.scoring.routes.queries import AskedNeed, Department
from services.scoring.routes.territories import Available, presenter, select
from shared.web.conditional import conditional, matches

router = APIRouter()


@router.get("/v1/territories.csv", tags=["territoires"], responses=examples.CSV)
async def territories_csv(
    request: Request,
    actor: AnyCaller,
    catalogue: Catalogue,
    need: AskedNeed,
    department: Department = None,
    available: Available = False,
    bom: Annotated[
        bool, Query(description="Marque d'ordre des octets en tête, que demandent certains tableurs")
    ] = False,
) -> Response:
    """Tout le répertoire en CSV français : point-virgule, virgule décimale, UTF-8, par nom. Une case vide : inconnu (sans
    clé : aussi moins de 5)."""
    lines, scores = await select(catalogue, need, department, available=available)
    present = presenter(scores, public=actor is None)
    rows = [present(line) for line in sorted(lines, key=lambda line: (line.place.name, line.place.code))]
    text = spreadsheet.render(rows, public=actor is None, need=need)
    return conditional(
        request,
        ("\ufeff" if bom else "").encode() + text.encode(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="territoires.csv"'},
    )


@router.get("/v1/territories.geojson", tags=["territoires"], responses=examples.GEOJSON)
async def territories_geojson(
    actor: AnyCaller,
    catalogue: Catalogue,
    request: Request,
    zoom: Annotated[
        int | None,
        Query(
            ge=0,
            le=24,
            description="Zoom de la carte (tuiles Web Mercator de 256 pixels) : contours à un pixel près. Sans lui, ou à "
            "partir de 9 : contours entiers",
        ),
    ] = None,
) -> Response:
    """Les EPCI en GeoJSON, contours entiers ou allégés selon le zoom, avec leur classe (et leur score avec une clé)."""
    version, packed = await catalogue.geojson(zoom, public=actor is None)
    headers = {"ETag": version, "Cache-Control": "no-cache", "Vary": "Accept-Encoding, Authorization"}
    if matches(request, version):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, media_type="application/geo+json", headers={**headers, "Content-Encoding": "gzip"})
    return Response(gzip.decompress(packed), media_type="application/geo+json", headers=headers)
