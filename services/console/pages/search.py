"""Search: territories, communes and occupations by name, and one's own households and placements by mark."""

from dataclasses import dataclass

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from services.console.adapters.apis import unless_away
from services.console.adapters.place_names import KINDS, named, suggestions
from services.console.pages.placements import household_labels
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import AnyVisit, Visit
from shared.geography import geography
from shared.ids import is_id
from shared.name_search import plain

router = APIRouter(route_class=PageRoute)
_SHOWN_HOUSEHOLDS = 20


@dataclass(frozen=True)
class Result:
    """Something found: where it is, its name, what it is."""

    address: str
    name: str
    what: str


@router.get("/recherche")
async def search_page(visit: AnyVisit) -> Response:
    """What a text may mean."""
    query = visit.request.query_params.get("q", "").strip()[:80]
    results = [*await _own(visit, query), *_places(visit, query)] if query else []
    return render(visit, "search.html", query=query, results=results)


@router.get("/recherche/noms")
async def names(quoi: str = "communes", q: str = "") -> Response:
    """Names while typing."""
    items = [shown for _, shown in suggestions(quoi, q[:80])] if quoi in KINDS else []
    return JSONResponse({"items": items}, headers={"cache-control": "private, max-age=300"})


def _places(visit: Visit, query: str) -> list[Result]:
    atlas = geography()
    found = []
    for code, _ in suggestions("territories", query):
        territory = atlas.territory(code)
        if territory is not None:
            found.append(Result(f"/territoires/{code}", territory.name, visit.say("territories.name")))
        else:
            found.append(
                Result(
                    f"/territoires?departement={code}",
                    atlas.departements[code].name,
                    visit.say("territories.departement"),
                )
            )
    for code, _ in suggestions("communes", query):
        own = atlas.territories[atlas.territory_of(code)]
        what = visit.say("search.commune_in", territory=own.name)
        found.append(Result(f"/territoires/{own.code}", named("communes", code), what))
    return found


async def _own(visit: Visit, query: str) -> list[Result]:
    """Households whose mark holds the text, and a placement by its identifier."""
    found = []
    if is_id(query, "plc"):
        found.append(Result(f"/propositions/{query}", query, visit.say("placements.options")))
    labels = await unless_away(household_labels(visit)) or {}
    wanted = plain(query)
    matching = [(code, label) for code, label in labels.items() if wanted and wanted in plain(label)]
    what = visit.say("placements.household")
    return found + [Result(f"/menages/{code}", label, what) for code, label in matching[:_SHOWN_HOUSEHOLDS]]
