"""Wherever a page shows a job offer it shows its source, the last update there, and its licence (as that licence asks)."""

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient

from tests.console_fakes import HOUSEHOLD, PLACEMENT, TERRITORY, World, placement

OCCUPATION = "Sculpture sur nuages"
SOURCE = {
    "name": "Flux d'essai",
    "licence": "Licence d'essai",
    "updated_at": "2026-11-20T08:00:00Z",
    "url": "https://offres.example/1",
}
POST = {
    "commune": "15014",
    "commune_name": "Aurillac",
    "rome": "F1703",
    "occupation": OCCUPATION,
    "contract": "CDI",
    "openings": None,
    "source": SOURCE,
}
MATCH = {
    "vacancy": "vac_1",
    "offer": "off_1",
    "home": placement()["home"],
    "post": POST,
    "distance_km": 3.2,
    "reasons": [],
    "to_confirm": [],
}
ANSWER = {
    "status": "…",
    "open": True,
    "sentences": [],
    "facts": {
        "commune": "Aurillac",
        "rooms": 3,
        "surface_m2": 62.0,
        "rent_eur_per_month": 410.0,
        "available_from": "2026-12-01",
        "occupation": OCCUPATION,
        "work_commune": "Aurillac",
        "work_source": SOURCE,
        "answer_until": "2026-12-05",
    },
    "choices": [],
    "reasons": [],
    "answer": None,
}
FILLED = {
    "{identifier}": PLACEMENT,
    "{placement}": PLACEMENT,
    "{household}": HOUSEHOLD,
    "{token}": "tok",
    "{code}": TERRITORY,
    "{programme}": "emile",
}


@pytest.fixture
def offered(made: World) -> World:
    """The APIs with an offer wherever they can have one."""
    found = placement(post=POST)
    made.fakes.on("matching", "GET", "/v1/placements", {"items": [found], "next": None})
    made.fakes.on("matching", "GET", f"/v1/placements/{PLACEMENT}", found)
    matches = {"household": HOUSEHOLD, "total": 1, "items": [MATCH]}
    made.fakes.on("matching", "GET", f"/v1/households/{HOUSEHOLD}/matches", matches)
    explained = {"homes": 1, "by_reason": [], "counterfactual": None, "notes": []}
    made.fakes.on("matching", "GET", f"/v1/households/{HOUSEHOLD}/explanation", explained)
    made.fakes.on("matching", "GET", "/v1/answers/tok", ANSWER)
    return made


def pages(world: World) -> list[str]:
    """The address of every page that can be read, with something that exists in the place of each parameter."""
    found = set()
    for context in iter_route_contexts(world.app.routes):
        if isinstance(context.original_route, APIRoute) and "GET" in (context.methods or ()):
            path = str(context.path)
            for name, value in FILLED.items():
                path = path.replace(name, value)
            found.add(path.replace(f"/menages/{PLACEMENT}", f"/menages/{HOUSEHOLD}"))
    found.add(f"/alertes/phrase?placement={PLACEMENT}")
    return sorted(path for path in found if "{" not in path)


def test_every_page_that_shows_an_offer_shows_where_it_comes_from(offered: World, caseworker: TestClient) -> None:
    showing = set()
    for path in pages(offered):
        for headers in ({}, {"x-requested-with": "ancrage"}):
            text = caseworker.get(path, headers=headers).text.replace("&#39;", "'")
            if OCCUPATION.lower() not in text.lower():
                continue
            showing.add(path.partition("?")[0])
            assert "Flux d'essai" in text, path
            assert "Licence d'essai" in text, path
            assert "20 nov" in text, path
    assert showing >= {
        "/propositions",
        f"/propositions/{PLACEMENT}",
        f"/menages/{HOUSEHOLD}",
        "/reponse/tok",
        "/alertes",
        "/alertes/phrase",
    }


def test_unknown_openings_are_said_and_never_counted(offered: World, caseworker: TestClient) -> None:
    for path in (f"/propositions/{PLACEMENT}", f"/menages/{HOUSEHOLD}"):
        assert "nombre de postes inconnu" in caseworker.get(path).text


@pytest.mark.parametrize("tongue", ["fr", "en", "ar", "prs", "uk"])
def test_the_household_reads_the_source_in_its_language(offered: World, visitor: TestClient, tongue: str) -> None:
    text = visitor.get(f"/reponse/tok?langue={tongue}").text.replace("&#39;", "'")
    assert "Flux d'essai" in text
    assert "Licence d'essai" in text
