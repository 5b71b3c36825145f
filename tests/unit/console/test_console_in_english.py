"""Every page in English: its own words, its own punctuation, units and numbers; and the switch keeps the page."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.console.adapters.sessions import COOKIE
from shared.identity import Role
from tests.console_fakes import HOUSEHOLD, PLACEMENT, TERRITORY, World, placement, territory

PAGES = {
    Role.CASEWORKER: ["/", "/propositions", f"/propositions/{PLACEMENT}", "/menages/nouveau", "/territoires", "/alertes",
                      f"/territoires/{TERRITORY}", f"/territoires?territoire={TERRITORY}", "/nulle/part"],
    Role.LANDLORD: ["/propositions", f"/propositions/{PLACEMENT}", "/logements/nouveau"],
}  # fmt: skip
ASIDE = {"household", "caseworker", "programme", "programme_version", "organisation", "offer", "post", "outcome",
         "outcome_label", "verifying_for", "refusal", "refusal_label", "terms", "distance_km", "reasons", "to_confirm",
         "decisions", "algorithmic", "household_answer"}  # fmt: skip


def as_its_landlord_sees_it(step: str = "proposed") -> dict[str, Any]:
    """Without anything of the household or the post."""
    return {name: value for name, value in placement(step).items() if name not in ASIDE}


@pytest.mark.parametrize(("role", "path"), [(role, path) for role, paths in PAGES.items() for path in paths])
def test_a_page_in_english_has_english_punctuation_and_units(
    made: World, visitor: TestClient, role: Role, path: str
) -> None:
    shown = as_its_landlord_sees_it() if role is Role.LANDLORD else placement()
    made.fakes.on("matching", "GET", f"/v1/placements/{PLACEMENT}", shown)
    made.fakes.on("matching", "GET", "/v1/placements", {"items": [shown], "next": None})
    visitor.cookies.set(COOKIE, made.sessions.add(role))
    page = visitor.get(path, headers={"accept-language": "en-GB"})
    assert page.status_code == (404 if path == "/nulle/part" else 200)
    assert page.headers["content-language"] == "en"
    text = re.sub(r"<(script|style|kbd).*?</\1>|<[^>]+>", "", page.text, flags=re.DOTALL)
    assert re.findall(r"\w[ \u00a0\u202f][:;?!](?=\s|$)", text) == []
    assert "mois" not in text


def test_a_landlord_opens_a_proposal_that_tells_nothing_of_the_household(made: World, landlord: TestClient) -> None:
    made.fakes.on("matching", "GET", f"/v1/placements/{PLACEMENT}", as_its_landlord_sees_it())
    page = landlord.get(f"/propositions/{PLACEMENT}")
    assert page.status_code == 200
    assert "T3 de 62" in page.text
    assert HOUSEHOLD not in page.text


def test_the_switch_of_language_keeps_what_the_address_says(visitor: TestClient) -> None:
    page = visitor.get("/territoires?departement=15&classe=4&classe=5&lang=fr").text
    assert 'href="?departement=15&amp;classe=4&amp;classe=5&amp;lang=en"' in page


def test_where_nobody_publishes_a_count_is_unknown_and_an_observed_zero_stays_zero(
    made: World, caseworker: TestClient
) -> None:
    silent = {"vacancies": "silent", "offers": "speaks", "commitments": "silent"}
    told = territory(vacancies=0, feeds=silent)
    told["counters"]["open_offers"] = 0
    made.fakes.on("scoring", "GET", "/v1/territories", {"items": [told], "next": None})
    page = caseworker.get("/territoires").text
    assert re.search(r'data-cell="vacancies">inconnu', page)
    assert re.search(r'data-cell="offers">0<', page)


def test_the_name_of_an_occupation_which_is_french_says_so_on_english_pages_alone(
    made: World, caseworker: TestClient
) -> None:
    made.fakes.on("matching", "GET", f"/v1/placements/{PLACEMENT}", placement())
    address = f"/propositions/{PLACEMENT}"
    english = caseworker.get(address, headers={"accept-language": "en"}).text
    assert '<dd><span lang="fr">Maçonnerie (F1703)</span></dd>' in english, "of the household"
    assert '<span lang="fr">Maçonnerie</span> <span class="quiet">(F1703)</span>' in english, "of the post"
    assert '<span lang="fr">maçonnerie</span></h1>' in english
    assert '<span lang="fr">' not in caseworker.get(address, headers={"accept-language": "fr"}).text


def test_a_name_marked_as_french_is_escaped(made: World, caseworker: TestClient) -> None:
    named = placement()
    shown = {**named, "post": {**named["post"], "occupation": "<b>Pose</b>"}}
    made.fakes.on("matching", "GET", f"/v1/placements/{PLACEMENT}", shown)
    for language in ("fr", "en"):
        page = caseworker.get(f"/propositions/{PLACEMENT}", headers={"accept-language": language}).text
        assert "&lt;b&gt;Pose&lt;/b&gt;" in page
        assert "<b>Pose" not in page
