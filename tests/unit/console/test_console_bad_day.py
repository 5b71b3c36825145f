"""A caseworker on a bad day: what is urgent comes first however old, and what went wrong says where it is mended."""

import httpx
from fastapi.testclient import TestClient

from tests.console_fakes import HOUSEHOLD, PLACEMENT, World, placement
from tests.unit.console.test_console_subscriptions import token_of

PAGE = f"/propositions/{PLACEMENT}"
LINKS = f"/v1/placements/{PLACEMENT}/answer-links"


def test_home_asks_for_all_that_waits_for_a_decision_and_shows_the_nearest_deadline_first(
    made: World, caseworker: TestClient
) -> None:
    late = placement(id="plc_late", due_at="2026-11-30T23:00:00.000Z")
    soon = placement(id="plc_soon", due_at="2026-11-25T23:00:00.000Z")
    never = placement(id="plc_open", due_at=None)
    made.fakes.on("matching", "GET", "/v1/placements", {"items": [never, late, soon], "next": None})
    page = caseworker.get("/").text
    assert page.index("plc_soon") < page.index("plc_late") < page.index("plc_open")
    asked = [one.query for one in made.fakes.asked if one.path == "/v1/placements"]
    assert {"step": "proposed", "limit": "500"} in asked


def test_what_is_under_way_is_shown_by_deadline_too(made: World, caseworker: TestClient) -> None:
    late = placement("approved", id="plc_late", due_at="2026-12-30T23:00:00.000Z")
    soon = placement("approved", id="plc_soon", due_at="2026-12-05T23:00:00.000Z")
    made.fakes.on("matching", "GET", "/v1/placements", {"items": [late, soon], "next": None})
    progress = caseworker.get("/").text.partition("En cours")[2]
    assert progress.index("plc_soon") < progress.index("plc_late")


def test_home_does_not_say_that_nothing_waits_where_it_cannot_know(made: World, caseworker: TestClient) -> None:
    made.fakes.on("matching", "GET", "/v1/placements", httpx.ConnectError("gone"))
    page = caseworker.get("/")
    assert page.status_code == 200
    assert page.text.count("Inconnu pour le moment.") == 2
    assert "Aucune proposition" not in page.text
    made.fakes.on("matching", "GET", "/v1/placements", {"items": [], "next": None})
    assert "Aucune proposition n" in caseworker.get("/").text


def test_a_landlord_is_told_where_it_is_not_known_how_many_dwellings_are_to_confirm(
    made: World, landlord: TestClient
) -> None:
    made.fakes.on("ingest", "GET", "/v1/vacancies", httpx.ConnectError("gone"))
    assert landlord.get("/").text.count("cette partie de la page manque.") == 1


def test_the_summary_of_a_form_names_each_field_that_is_wrong(caseworker: TestClient) -> None:
    given = {"programme": "emile", "size": "", "max_commute_minutes": "abc", "form_token": ""}
    given["form_token"] = token_of(caseworker.get("/menages/nouveau"))
    page = caseworker.post("/menages/nouveau", data=given).text
    assert '<a href="#f-size">Nombre de personnes\u00a0: ' in page
    assert '<a href="#f-max_commute_minutes">Trajet maximal\u00a0: ' in page


def test_a_link_that_no_contact_can_receive_leads_to_the_page_of_contacts(made: World, caseworker: TestClient) -> None:
    made.fakes.on("matching", "GET", f"/v1/placements/{PLACEMENT}", placement("approved"))
    remedy = f"PUT /v1/households/{HOUSEHOLD}/contact"
    errors = [{"field": "send", "value": "sms", "message": "Aucune coordonnée.", "remedy": remedy}]
    made.fakes.problem("matching", "POST", LINKS, 409, detail="Aucune coordonnée.", errors=errors)
    answer = caseworker.post(f"{PAGE}/lien", data={"form_token": token_of(caseworker.get(PAGE)), "send": "sms"})
    assert answer.status_code == 409
    assert f'Aucune coordonnée. <a href="/menages/{HOUSEHOLD}/coordonnees">' in answer.text
    assert remedy not in answer.text


def test_a_channel_that_the_platform_lacks_is_said_without_the_name_of_its_setting(
    made: World, caseworker: TestClient
) -> None:
    made.fakes.on("matching", "GET", f"/v1/placements/{PLACEMENT}", placement("approved"))
    errors = [{"field": "send", "value": "sms", "message": "Pas configuré.", "remedy": "ANCRAGE_SMS_URL"}]
    made.fakes.problem("matching", "POST", LINKS, 409, detail="Pas configuré.", errors=errors)
    answer = caseworker.post(f"{PAGE}/lien", data={"form_token": token_of(caseworker.get(PAGE)), "send": "sms"})
    assert "Pas configuré.</p>" in answer.text
    assert "ANCRAGE_SMS_URL" not in answer.text
    assert "/coordonnees" not in answer.text
