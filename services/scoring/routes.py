"""Routes of the scoring API."""

import gzip
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.scoring.adapters.catalogue import TerritoryCatalogue
from services.scoring.core import rankings, views
from services.scoring.core.indicators import Block
from services.scoring.core.rankings import Exclusion, Profile
from shared.events import Typology
from shared.geography import geography
from shared.identity import Action, Actor, Resource
from shared.occupations import occupations
from shared.web.access import Access, public, requires
from shared.web.paging import CursorText, Limit, decode_cursor, encode_cursor, page
from shared.web.problems import Problem, ProblemType

router = APIRouter()


def _catalogue(request: Request) -> TerritoryCatalogue:
    found: TerritoryCatalogue = request.app.state.catalogue
    return found


AnyCaller = Annotated[Actor | None, Depends(public())]
Catalogue = Annotated[TerritoryCatalogue, Depends(_catalogue)]
_LOWEST: Final = -1.0


class RankingRequest(BaseModel):
    """A household's wishes, without anything about who it is."""

    model_config = ConfigDict(extra="forbid")

    rome: list[str] = Field([], max_length=20, description="Codes ROME recherchés")
    typologies: list[Typology] = Field([], max_length=6, description="Tailles de logement acceptées")
    departements: list[str] = Field([], max_length=110)
    territories: list[str] = Field([], max_length=500)
    driving_licence: bool | None = None
    weights: dict[Block, Annotated[float, Field(ge=0, le=10)]] = Field({}, description="Poids des blocs, 1 sinon")
    limit: int = Field(20, ge=1, le=200)


@router.get("/v1/territories", tags=["territoires"])
async def territories(
    actor: AnyCaller,
    catalogue: Catalogue,
    order: Annotated[str, Query(pattern="^(score|name|supply)$")] = "score",
    rome: Annotated[str | None, Query(max_length=10)] = None,
    typology: Typology | None = None,
    department: Annotated[str | None, Query(max_length=3)] = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """Le répertoire. Sans clé : classes et profils ; avec clé : scores et comptes."""
    _known_rome([rome] if rome else [])
    _known_departement(department)
    rows = []
    for place, score in await catalogue.rows():
        if department and department not in catalogue.departements_of(place.code):
            continue
        if rome and not views.offers_in(score.counters, rome):
            continue
        if typology and not views.supply(score.counters, typology):
            continue
        rows.append((_key(order, place.name, score, known=actor is not None), place.code, place, score))
    rows.sort(key=lambda row: (row[0], row[1]))
    rows = _after(rows, cursor)
    shown = [views.summary(p, s) if actor else views.public_summary(p, s) for _, _, p, s in rows[:limit]]
    more = encode_cursor(rows[limit - 1][0], rows[limit - 1][1]) if len(rows) > limit else None
    return page(shown, more)


@router.get("/v1/territories.geojson", tags=["territoires"])
async def territories_geojson(actor: AnyCaller, catalogue: Catalogue, request: Request) -> Response:
    """Les EPCI en GeoJSON, avec leur classe (et leur score avec une clé)."""
    version, packed = await catalogue.geojson(public=actor is None)
    headers = {"ETag": version, "Cache-Control": "no-cache", "Vary": "Accept-Encoding, Authorization"}
    if version in [one.strip() for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, media_type="application/geo+json", headers={**headers, "Content-Encoding": "gzip"})
    return Response(gzip.decompress(packed), media_type="application/geo+json", headers=headers)


@router.get("/v1/territories/{code}", tags=["territoires"])
async def territory(code: str, actor: AnyCaller, catalogue: Catalogue) -> dict[str, Any]:
    """Un territoire, avec ce que chaque indicateur apporte."""
    place, score = await catalogue.one(code)
    return views.detail(place, score) if actor else views.public_detail(place, score)


@router.get("/v1/territories/{code}/history", tags=["territoires"])
async def history(
    code: str, actor: AnyCaller, catalogue: Catalogue, limit: Annotated[int, Query(ge=1, le=100)] = 50
) -> dict[str, Any]:
    """Les derniers changements publiés, du plus récent au plus ancien."""
    entries = await catalogue.history(code, limit)
    if actor is None:
        items: list[Any] = [{"as_of": one.as_of, "score_class": one.score_class} for one in entries]
    else:
        items = [msgspec.to_builtins(one) for one in entries]
    return page(items, None)


@router.post("/v1/rankings", tags=["classements"])
async def ranking(
    wishes: RankingRequest,
    catalogue: Catalogue,
    access: Annotated[Access, Depends(requires(Resource.RANKING, Action.READ))],
) -> dict[str, Any]:
    """Les territoires pour un profil, avec les raisons ; ordonne des territoires, jamais des ménages."""
    del access
    _known_rome(wishes.rome)
    for departement in wishes.departements:
        _known_departement(departement)
    profile = Profile(
        rome=tuple(wishes.rome),
        typologies=tuple(wishes.typologies),
        departements=frozenset(wishes.departements),
        territories=frozenset(wishes.territories),
        driving_licence=wishes.driving_licence,
        weights=wishes.weights,
    )
    rows = await catalogue.rows()
    found = rankings.rank(profile, catalogue.places, {place.code: score for place, score in rows})
    return {
        "items": [
            {"code": one.place.code, "name": one.place.name, "score": one.score, "reasons": list(one.reasons)}
            for one in found.items[: wishes.limit]
        ],
        "excluded": [
            {"reason": reason.value, "label": reason.label_fr, "territories": found.excluded[reason]}
            for reason in Exclusion
            if reason in found.excluded
        ],
    }


@router.get("/status", include_in_schema=False)
async def status(_: AnyCaller, catalogue: Catalogue) -> dict[str, Any]:
    """Fraîcheur du répertoire, pour `ancrage status`."""
    return await catalogue.freshness()


def _key(order: str, name: str, score: Any, *, known: bool) -> Any:
    """Sort key, smallest first. Without a key, order=score goes by class only: no rank among territories."""
    if order == "name":
        return name
    if order == "supply" and known:
        return -views.supply(score.counters)
    if not known:
        return -(score.score_class or 0)
    return -(score.score if score.score is not None else _LOWEST)


def _after(rows: list[Any], cursor: str | None) -> list[Any]:
    """Rows beyond the cursor. Raises Problem for the cursor of a list in another order."""
    after = decode_cursor(cursor, 2)
    if after is None:
        return rows
    try:
        return [row for row in rows if [row[0], row[1]] > after]
    except TypeError as error:
        raise Problem(
            ProblemType.INVALID_FIELDS, "Curseur d'un autre ordre.", field="cursor", remedy="« next »"
        ) from error


def _known_rome(codes: list[str]) -> None:
    for code in codes:
        if not occupations().known(code):
            raise Problem(
                ProblemType.INVALID_FIELDS,
                "Code ROME inconnu.",
                field="rome",
                value=code,
                remedy=occupations().suggest(code),
            )


def _known_departement(code: str | None) -> None:
    if code is not None and geography().departement(code) is None:
        raise Problem(
            ProblemType.INVALID_FIELDS,
            "Département inconnu.",
            field="department",
            value=code,
            remedy="Code à deux ou trois caractères, par exemple 15, 2A ou 974.",
        )
