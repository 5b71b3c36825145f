"""« Mes alertes », links of mails, contacts of households, and the sheet with the answer link."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.console.adapters.qr import qr_svg
from services.console.core.preferences import own_body, wishes_of
from shared.clock import utc_now
from shared.identity import Role
from shared.identity.contacts import Contact
from shared.signed_links import OPEN, sign
from tests.console_fakes import HOUSEHOLD, PLACEMENT, World, placement

EFFECTIVE = {
    "email": True,
    "daily_maximum": 5,
    "alerts": {"proposal": "immediate", "option_lost": "immediate", "deadline": "immediate", "outcome": "digest"},
    "quiet_hours": {"start": "19:00", "end": "08:00"},
    "working_days_only": True,
    "digest_at": "08:30",
    "language": "fr",
}
NOTHING: dict[str, Any] = {
    "daily_maximum": None,
    "email": None,
    "alerts": {},
    "quiet_hours": None,
    "working_days_only": None,
    "digest_at": None,
    "language": None,
}


@pytest.fixture
def own(made: World) -> dict[str, Any]:
    document: dict[str, Any] = {
        **NOTHING,
        "daily_maximum": 5,
        "follows_maximum": True,
        "muted_types": ["vacancy.*"],
        "delegation": None,
        "effective": EFFECTIVE,
        "tuned": [{"kind": "proposal", "marks": 1, "until": "2030-01-01T00:00:00.000Z"}],
        "channels": {"email": {"configured": True}, "sms": {"configured": False}},
    }
    made.fakes.on("notify", "GET", "/v1/preferences", document)
    made.fakes.on("notify", "GET", "/v1/preferences/organisation", NOTHING)
    made.fakes.on("notify", "PUT", "/v1/preferences", document)
    made.fakes.on("notify", "PUT", "/v1/preferences/organisation", NOTHING)
    return document


def token_of(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found
    return found.group(1)


def sent(made: World, method: str, path: str) -> Any:
    return [asked.body for asked in made.fakes.asked if (asked.method, asked.path) == (method, path)][-1]


def test_what_a_form_leaves_open_follows_the_organisation() -> None:
    given = {
        "email": "no",
        "daily_maximum": "3",
        "alert_deadline": "digest",
        "quiet_start": "20:00",
        "quiet_end": "07:00",
    }
    assert wishes_of(lambda name: given.get(name, "")) == {
        "email": False,
        "daily_maximum": 3,
        "alerts": {"deadline": "digest"},
        "quiet_hours": {"start": "20:00", "end": "07:00"},
    }
    assert wishes_of(lambda _: "") == {}
    assert wishes_of(lambda name: "many" if name == "daily_maximum" else "") == {"daily_maximum": "many"}
    assert own_body(lambda _: "", {"muted_types": ["vacancy.*"]}) == {"muted_types": ["vacancy.*"]}


def test_the_page_shows_what_holds_and_saves_wishes_and_address(
    made: World, caseworker: TestClient, own: dict[str, Any]
) -> None:
    page = caseworker.get("/preferences").text
    assert "Sans adresse, vos alertes restent ici." in page
    assert "organisation\u00a0: tout de suite" in page
    assert "Nouvelle proposition\u00a0: dans le récapitulatif jusqu" in page
    assert "Dominique Essai" in page
    form = {
        "form_token": token_of(page),
        "address": "Camille@Exemple.FR",
        "phone": "06 12 34 56 78",
        "email": "yes",
        "delegate": "usr_colleague",
        "first_day": "2026-12-21",
        "last_day": "2026-12-31",
    }
    answer = caseworker.post("/preferences", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/preferences?fait=oui")
    assert sent(made, "PUT", "/v1/preferences") == {
        "email": True,
        "muted_types": ["vacancy.*"],
        "delegation": {"delegate": "usr_colleague", "first_day": "2026-12-21", "last_day": "2026-12-31"},
    }
    assert made.people.kept["usr_test"] == Contact("Camille@exemple.fr", "+33612345678")


def test_an_address_that_is_none_is_said_and_nothing_is_saved(
    made: World, caseworker: TestClient, own: dict[str, Any]
) -> None:
    form = {"form_token": token_of(caseworker.get("/preferences").text), "address": "camille"}
    answer = caseworker.post("/preferences", data=form)
    assert answer.status_code == 422
    assert "n&#39;est pas une adresse" in answer.text
    assert made.people.kept == {}
    assert not [asked for asked in made.fakes.asked if asked.method == "PUT"]


def test_a_platform_without_mail_says_so(made: World, caseworker: TestClient, own: dict[str, Any]) -> None:
    own["channels"]["email"]["configured"] = False
    assert "Cette plateforme n&#39;envoie pas d&#39;e-mails" in caseworker.get("/preferences").text


def test_the_links_of_a_mail_show_first_and_act_by_post_without_an_account(made: World, visitor: TestClient) -> None:
    path = "/v1/mail-actions/tok"
    made.fakes.on("notify", "GET", path, {"action": "unsubscribe"})
    made.fakes.on("notify", "POST", path, {"action": "unsubscribe"})
    page = visitor.get("/courriel/tok")
    assert "Ne plus recevoir d&#39;e-mails" in page.text
    assert [asked.method for asked in made.fakes.asked if asked.path == path] == ["GET"]
    one_click = visitor.post("/courriel/tok", data={"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 200
    assert "plus d&#39;e-mails d&#39;alerte" in one_click.text
    assert visitor.get("/courriel/other").status_code == 404


def test_the_link_to_a_proposal_needs_an_account_and_ends(made: World, visitor: TestClient) -> None:
    settings = made.app.state.console.settings
    token = sign(settings, OPEN, [PLACEMENT], utc_now() + timedelta(days=1))
    path = f"/courriel/voir/{token}"
    assert visitor.get(path).headers["location"].startswith("/connexion?suite=")
    visitor.cookies.set("ancrage_session", made.sessions.add(Role.CASEWORKER))
    assert visitor.get(path).headers["location"] == f"/propositions/{PLACEMENT}"
    assert visitor.get(path[:-2] + "xx").status_code == 404
    old = sign(settings, OPEN, [PLACEMENT], datetime(2020, 1, 1, tzinfo=UTC))
    assert visitor.get(f"/courriel/voir/{old}").status_code == 404


def test_the_contact_of_a_household_has_its_form(made: World, caseworker: TestClient) -> None:
    path = f"/v1/households/{HOUSEHOLD}/contact"
    known = {"phone": "+33612345678", "email": None, "preferred": None, "language": "ar"}
    made.fakes.on("matching", "GET", path, known)
    made.fakes.on("matching", "PUT", path, known)
    page = caseworker.get(f"/menages/{HOUSEHOLD}/coordonnees").text
    assert "+33612345678" in page
    assert re.search(r'value="ar"[^>]* selected', page)
    form = {"form_token": token_of(page), "phone": "0612345678", "language": "uk", "preferred": ""}
    assert caseworker.post(f"/menages/{HOUSEHOLD}/coordonnees", data=form).status_code == 303
    assert sent(made, "PUT", path) == {"phone": "0612345678", "language": "uk"}


def test_a_link_is_sent_and_printed_as_a_qr_code(made: World, caseworker: TestClient) -> None:
    made.fakes.on("matching", "GET", f"/v1/placements/{PLACEMENT}", placement("approved"))
    made.fakes.on(
        "matching",
        "POST",
        f"/v1/placements/{PLACEMENT}/answer-links",
        {"url": "x", "token": "abcdefghijklmnopqrstuv", "expires_at": "2026-12-24T10:00:00.000Z", "sent_by": "sms"},
    )
    page = caseworker.get(f"/propositions/{PLACEMENT}").text
    made_link = caseworker.post(f"/propositions/{PLACEMENT}/lien", data={"form_token": token_of(page), "send": "sms"})
    assert "Le SMS est confié" in made_link.text
    assert sent(made, "POST", f"/v1/placements/{PLACEMENT}/answer-links") == {"send": "sms"}
    form = {"form_token": token_of(made_link.text), "token": "abcdefghijklmnopqrstuv"}
    sheet = caseworker.post(f"/propositions/{PLACEMENT}/feuille", data=form)
    assert "<svg" in sheet.text
    assert "/reponse/abcdefghijklmnopqrstuv" in sheet.text
    assert "Житло і робота для вас" in sheet.text
    assert "<script" not in sheet.text
    assert caseworker.post(f"/propositions/{PLACEMENT}/feuille", data={**form, "token": "<b>"}).status_code == 422


def test_a_qr_code_is_drawn_in_the_page_alone() -> None:
    svg = str(qr_svg("https://ancrage.exemple.fr/reponse/abcdefghijklmnopqrstuv"))
    assert svg.startswith("<svg")
    assert "http" not in svg
    assert "style" not in svg
