"""The territories for a need: what an address tells, what the public may see of the answer, and pages without a script."""

import html
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.console.core.needs import Asked, Need, asked_of, rent_of, suited, view_of
from services.console.core.territories import Filters, chosen, public_row
from services.console.pages.territory_needs import occupation_meant
from tests.console_fakes import TERRITORY, World, territory
from tests.unit.console.test_console_territories import place

SALERS, SAINT_FLOUR = "241501139", "200066660"
ASKED = "metier=F1703&taille=T3&budget=455"
VIEW = {
    "rome": [{"code": "F1703", "label": "Maçonnerie"}],
    "near": [{"code": "F1701", "label": "Construction en béton", "proximity": 0.5}],
    "rent_counted_up_to_eur_per_month": 450,
    "reference_version": "0",
}


def asked(**query: Any) -> Asked:
    several = {"taille": query.pop("taille", [])}
    return asked_of(query, lambda name: several.get(name, []), occupation_meant)


def line(code: str, score_class: int | None, homes: int | None, offers: int | None, **more: Any) -> dict[str, Any]:
    view = {"homes": homes, "offers": offers, "offers_around": offers, "openings_around_weighted": 7.6}
    return territory(code, score_class=score_class, view=view, **more)


@pytest.fixture
def need(made: World) -> World:
    """Scoring that answers for a need: much in one territory, little in the second, nothing known of the third."""
    items = [line(TERRITORY, 4, 9, 31), line(SALERS, 4, 3, 4), line(SAINT_FLOUR, 5, None, None)]
    made.fakes.on("scoring", "GET", "/v1/territories", {"items": items, "next": None, "view": VIEW})
    return made


@pytest.mark.parametrize(
    ("text", "rent"),
    [("450", 450.0), ("450,50 €", 450.5), ("1\u202f200", 1200.0), ("0", None), ("-3", None), ("99999", None), ("x", None),
     ("4.5.0", None), (".", None), ("\u0664", None), ("nan", None)],
)  # fmt: skip
def test_a_budget_is_read_as_people_write_it_or_not_at_all(text: str, rent: float | None) -> None:
    assert rent_of(text) == rent


def test_an_occupation_is_found_by_its_code_or_by_its_label() -> None:
    for text in ("F1703", "f1703", "Maçonnerie", "maconnerie", "Maçonnerie (F1703)"):
        assert asked(metier=text).need == Need("F1703"), text
    assert asked(metier="Z9999").wrong == ("metier",)
    assert asked(metier="Z9999", taille=["T3", "T9"], budget="x").need == Need(None, ("T3",))
    assert not asked().need


def test_what_suits_takes_the_place_of_what_there_is_and_unknown_stays_unknown() -> None:
    figures = {"homes": 3, "offers_around": None, "openings_around_weighted": None}
    homes = suited(place(), Need(None, ("T3",)), figures)
    assert (homes.open_vacancies, homes.open_offers, homes.untold) == (3, 40, False)
    both = suited(place(), Need("F1703", ("T3",)), figures)
    assert (both.open_vacancies, both.open_offers, both.untold) == (3, None, True)
    assert public_row(both).hidden == ("vacancies",)
    assert public_row(both).offers is None


def test_where_the_need_is_unknown_comes_after_where_it_is_known() -> None:
    rows = [place("a", score_class=5, untold=True), place("b", score_class=1), place("c", score_class=3)]
    assert [one.code for one in chosen(rows, Filters(order="class", descending=True))] == ["c", "b", "a"]


def test_scoring_is_asked_for_the_need_and_once_for_all_who_ask_the_same(need: World, visitor: TestClient) -> None:
    assert visitor.get(f"/territoires?{ASKED}").status_code == 200
    told = need.fakes.last("GET", "/v1/territories").query
    assert {"rome": "F1703", "typology": "T3", "max_rent": "455.0", "order": "name"}.items() <= told.items()
    visitor.get("/territoires?metier=Maçonnerie&taille=T3&budget=455,00")
    visitor.get("/territoires")
    asked_for = [one.query.get("rome") for one in need.fakes.asked if one.path == "/v1/territories"]
    assert asked_for[-1] is None
    assert set(asked_for) == {"F1703", None}


def test_the_public_page_says_what_it_understood_and_shows_no_count_under_five_and_no_score(
    need: World, visitor: TestClient
) -> None:
    del need
    page = html.unescape(visitor.get(f"/territoires?{ASKED}").text)
    assert "Opportunité pour : Maçonnerie (F1703) · T3 · jusqu'à 455" in page.replace("\xa0", " ").replace(
        "\u202f", " "
    )
    for caution in ("jusqu'à 450", "Construction en béton", "Ce n'est pas un classement", "Ce n'est pas zéro"):
        assert caution in page.replace("\xa0", " ").replace("\u202f", " "), caution
    rows = re.findall(r'<tr data-code="(\d+)".*?</tr>', page, re.DOTALL)
    assert rows == [TERRITORY, SALERS, SAINT_FLOUR], "alphabetical in a class, what is unknown last"
    cells = dict(re.findall(r'<tr data-code="(\d+)".*?data-cell="vacancies">(.*?)</td>', page, re.DOTALL))
    assert cells[TERRITORY] == "9"
    assert "moins de 5" in cells[SALERS]
    assert "moins" not in cells[SAINT_FLOUR]
    assert not re.search(r"\d", cells[SAINT_FLOUR])
    assert "72,4" not in page
    assert 'data-cell="score"' not in page
    assert re.search(rf'<path id="t{TERRITORY}" class="c4"', page), "the map follows"
    assert re.search(r'name="taille" value="T3" checked', page)
    assert 'value="Maçonnerie (F1703)"' in page


def test_an_unclear_occupation_is_a_choice_of_links_and_filters_nothing(need: World, visitor: TestClient) -> None:
    page = html.unescape(visitor.get("/territoires?metier=construction&nom=a").text)
    links = re.findall(r'href="(\?[^"]*metier=[A-Z]\d{4}[^"]*)" data-need', page)
    assert len(links) > 1
    assert all("nom=a" in link for link in links)
    assert "rome" not in need.fakes.last("GET", "/v1/territories").query
    assert visitor.get(f"/territoires{links[0]}").status_code == 200
    assert need.fakes.last("GET", "/v1/territories").query["rome"]
    assert "Aucun métier ne s'appelle" in html.unescape(visitor.get("/territoires?metier=qzxqzx").text)
    assert "n'est pas un loyer" in html.unescape(visitor.get("/territoires?budget=beaucoup").text)


def test_the_panel_tells_the_need_beside_the_whole(need: World, visitor: TestClient) -> None:
    page = html.unescape(visitor.get(f"/territoires/{TERRITORY}?{ASKED}").text)
    del need
    assert "Pour ce besoin" in page
    assert "Tous métiers et tous logements" in page
    assert f"/territoires?territoire={TERRITORY}&metier=F1703&taille=T3&budget=455" in page
    assert "Pour ce besoin" not in visitor.get(f"/territoires/{TERRITORY}").text


def test_a_page_that_follows_a_need_is_told_its_changes_and_a_script_the_classes_of_the_map(
    need: World, visitor: TestClient
) -> None:
    headers = {"X-Requested-With": "ancrage"}
    part = html.unescape(visitor.get(f"/territoires?{ASKED}", headers=headers).text)
    assert f'"c4": "{TERRITORY}' in part
    news = visitor.get(f"/territoires/changements?depuis=0&{ASKED}").json()
    told = {row["code"]: row["cells"] for row in news["rows"]}
    assert told[TERRITORY]["vacancies"] == "9"
    assert told[SALERS]["vacancies"] == "moins de 5"
    assert "score" not in told[TERRITORY]
    other = visitor.get(f"/territoires/changements?depuis={news['revision']}&taille=T2").json()
    assert len(other["rows"]) == 3, "a revision of one need is none of another"
    del need


def test_people_who_are_signed_in_see_the_figures_of_the_need(need: World, caseworker: TestClient) -> None:
    del need
    page = html.unescape(caseworker.get(f"/territoires?{ASKED}&lang=en").text)
    assert "Opportunity for: Maçonnerie (F1703)" in page
    assert "Homes that suit" in page
    assert "Openings within reach" in page
    assert ">8<" in page, "openings, near occupations by their weight"
    assert "This is no ranking" not in page


def test_a_view_without_a_word_says_nothing() -> None:
    assert view_of(None).near == ()
    assert view_of({}).reference_version is None
