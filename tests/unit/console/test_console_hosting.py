"""Host territories declare in the console: the form, the calendar, announcements, history."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.console.adapters.sessions import COOKIE
from services.console.core.hosting import declared_on, with_programme
from shared.identity import Role
from tests.console_fakes import TERRITORY, World

ADDRESS = f"/v1/territories/{TERRITORY}"
DECLARED = {
    "programme": "emile",
    "status": "open",
    "capacity_households": 4,
    "calendar": [{"first_day": "2027-08-01", "last_day": "2027-08-31", "reason": "holidays", "yearly": True}],
    "needs_school_places": {"college": 0},
    "area": [TERRITORY, "200066660"],
}
OTHER = {"programme": "generique", "status": "paused", "reason": "staff"}


def token_of(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def declaration(day: str, *commitments: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "effective_from": day,
        "observed_at": f"{day}T08:00:00.000Z",
        "organisation": "org",
        "announced": False,
        "holds": False,
        "commitments": list(commitments),
        **more,
    }


HISTORY = [
    declaration("2199-01-01", DECLARED, announced=True),
    declaration("2026-01-01", DECLARED, OTHER, holds=True),
]


@pytest.fixture
def host(made: World, visitor: TestClient) -> TestClient:
    """Someone of the Cantal."""
    visitor.cookies.set(COOKIE, made.sessions.add(Role.TERRITORY, territories=frozenset({"15"})))
    now = {**DECLARED, "code": TERRITORY, "version": 3, "place_name": "CA du Bassin d'Aurillac"}
    paused = {**now, "status": "paused", "reason": "holidays", "status_until": "2027-08-31"}
    made.fakes.on("ingest", "GET", "/v1/territories", {"items": [paused, {**now, "code": "48"}], "next": None})
    made.fakes.on("ingest", "GET", ADDRESS, {"code": TERRITORY, "commitments": [paused], "announced": HISTORY[:1]})
    made.fakes.on("ingest", "GET", f"{ADDRESS}/history", {"items": HISTORY, "next": None})
    contacts = [{"programme": "emile", "name": "Service accueil", "function": None, "email": "a@b.fr", "phone": None}]
    made.fakes.on("ingest", "GET", f"{ADDRESS}/contacts", {"items": contacts, "next": None})
    made.fakes.on("ingest", "PUT", ADDRESS, {"code": TERRITORY, "result": "updated", "commitments": []})
    return visitor


def test_the_list_shows_what_this_host_may_change_and_says_why_it_is_closed(host: TestClient) -> None:
    text = host.get("/engagements").text
    assert "en pause" in text
    assert "congés" in text
    assert "31 août 2027" in text
    assert 'href="/engagements/48"' not in text


def test_a_territory_shows_now_announced_history_and_contacts(host: TestClient) -> None:
    text = host.get(f"/engagements/{TERRITORY}").text
    for said in ("4 ménages", "chaque année", "janv. 2199", "Retirer cette annonce", "en vigueur", "a@b.fr"):
        assert said in text, said


def test_where_nothing_is_announced_the_page_says_so_and_how_to(made: World, host: TestClient) -> None:
    made.fakes.on("ingest", "GET", ADDRESS, {"code": TERRITORY, "commitments": [DECLARED], "announced": []})
    text = host.get(f"/engagements/{TERRITORY}").text
    assert "Aucun changement à venir" in text
    assert "Vide : tout de suite" not in text


def test_the_form_is_filled_with_what_is_declared_and_works_without_script(host: TestClient) -> None:
    text = host.get(f"/engagements/{TERRITORY}/emile").text
    for said in ('value="2027-08-01"', 'value="Service accueil"', "CC de Saint-Flour (200066660)", 'value="4"'):
        assert said in text, said


def form(text: str, **changed: Any) -> dict[str, Any]:
    return {
        "form_token": token_of(text),
        "status": "open",
        "period": "quarter",
        "capacity_households": "6",
        "school_college": "0",
        "first_day": ["2027-08-01", "", ""],
        "last_day": ["2027-08-31", "", ""],
        "closure_reason": ["holidays", "staff", "staff"],
        "yearly": ["yes", "", ""],
        "contact_name": ["Service accueil", ""],
        "contact_email": ["a@b.fr", ""],
        "contact_function": ["", ""],
        "contact_phone": ["", ""],
        **changed,
    }


def test_what_is_declared_keeps_the_other_programmes_as_they_were_declared(made: World, host: TestClient) -> None:
    page = host.get(f"/engagements/{TERRITORY}/emile").text
    answer = host.post(f"/engagements/{TERRITORY}/emile", data=form(page))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/engagements/{TERRITORY}?fait=updated")
    body = made.fakes.last("PUT", ADDRESS).body
    assert body["commitments"][0] == OTHER
    assert body["commitments"][1] == {
        "programme": "emile",
        "status": "open",
        "period": "quarter",
        "capacity_households": 6,
        "needs_school_places": {"college": 0},
        "calendar": [{"first_day": "2027-08-01", "last_day": "2027-08-31", "reason": "holidays", "yearly": True}],
        "contacts": [{"name": "Service accueil", "email": "a@b.fr"}],
    }
    assert "effective_from" not in body


def test_a_later_day_announces_beside_what_will_hold_then(made: World, host: TestClient) -> None:
    page = host.get(f"/engagements/{TERRITORY}/generique").text
    host.post(f"/engagements/{TERRITORY}/generique", data=form(page, effective_from="2199-06-01"))
    body = made.fakes.last("PUT", ADDRESS).body
    assert body["effective_from"] == "2199-06-01"
    assert [one["programme"] for one in body["commitments"]] == ["emile", "generique"]


def test_a_refusal_stands_beside_its_field_and_nothing_typed_is_lost(made: World, host: TestClient) -> None:
    detail = "CC de Saint-Flour appartient déjà à « Haut-Cantal » dans le programme EMILE."
    made.fakes.problem("ingest", "PUT", ADDRESS, 409, detail=detail, errors=[{"field": "area", "value": "200066660"}])
    page = host.get(f"/engagements/{TERRITORY}/emile").text
    answer = host.post(f"/engagements/{TERRITORY}/emile", data=form(page))
    assert answer.status_code == 422
    assert "Haut-Cantal" in answer.text
    assert 'value="2027-08-01"' in answer.text
    assert 'value="6"' in answer.text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"first_day": ["", "", ""]}, "premier jour"),
        ({"contact_name": ["", ""]}, "un nom ou un service"),
        ({"capacity_households": "six"}, "six"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_sent(
    made: World, host: TestClient, changed: dict[str, Any], said: str
) -> None:
    page = host.get(f"/engagements/{TERRITORY}/emile").text
    answer = host.post(f"/engagements/{TERRITORY}/emile", data=form(page, **changed))
    assert answer.status_code == 422
    assert said in answer.text
    assert not [one for one in made.fakes.asked if one.method == "PUT"]


def test_a_commitment_is_withdrawn_and_an_announcement_taken_back(made: World, host: TestClient) -> None:
    page = host.get(f"/engagements/{TERRITORY}/emile").text
    host.post(f"/engagements/{TERRITORY}/emile/retrait", data={"form_token": token_of(page)})
    assert made.fakes.last("PUT", ADDRESS).body == {"commitments": [OTHER]}
    back = f"{ADDRESS}/announcements/2199-01-01"
    made.fakes.on("ingest", "DELETE", back, {"code": TERRITORY, "result": "withdrawn"})
    answer = host.post(f"/engagements/{TERRITORY}/annonces/2199-01-01/retrait", data={"form_token": token_of(page)})
    assert answer.status_code == 303
    assert made.fakes.last("DELETE", back)


def test_a_territory_of_others_is_not_found_and_other_roles_have_no_such_page(made: World, host: TestClient) -> None:
    assert host.get("/engagements/48").status_code == 404
    assert host.get("/engagements/999999999").status_code == 404
    host.cookies.set(COOKIE, made.sessions.add(Role.LANDLORD))
    assert host.get("/engagements").status_code == 403


def test_a_name_leads_to_its_territory(host: TestClient) -> None:
    answer = host.get("/engagements", params={"territoire": "CC de Saint-Flour (200066660)"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/engagements/200066660")
    assert host.get("/engagements", params={"territoire": "Nulle part"}).status_code == 200


def test_what_holds_on_a_day_is_the_last_that_begins_by_then() -> None:
    assert declared_on(HISTORY, "2025-12-31") == []
    assert declared_on(HISTORY, "2026-06-01") == [DECLARED, OTHER]
    assert declared_on(HISTORY, "2199-01-01") == [DECLARED]


def test_one_programme_takes_the_place_of_what_stood_there() -> None:
    assert with_programme([DECLARED, OTHER], "emile", {"status": "closed"}) == [
        OTHER,
        {"status": "closed", "programme": "emile"},
    ]
    assert with_programme([DECLARED, OTHER], "emile", None) == [OTHER]
