"""A landlord's pages: what is to be confirmed first, answers in one click without a script, forms that overwrite nobody."""

import re
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from services.console.core.vacancies import FIELDS, changes, commitment_of, confirmed_by, quickly_withdrawn
from services.ingest.schemas import VacancyBody
from shared.withdrawals import VacancyWithdrawal
from tests.console_fakes import World
from tests.unit.console.test_console_pages import sent, token_of

VACANCY = "vac_01J0000000000000000000TEST"


def vacancy(identifier: str = VACANCY, **more: Any) -> dict[str, Any]:
    """A vacancy as ingest shows it to its landlord."""
    return {
        "id": identifier,
        "landlord": "org_test",
        "reference": f"RES-{identifier[-4:]}",
        "status": "open",
        "commune": "15014",
        "typology": "T3",
        "surface_m2": 62.0,
        "rent_eur_per_month": 410.0,
        "available_from": "2026-12-01",
        "observed_at": "2026-11-20T08:00:00.000Z",
        "version": 4,
        "confirmed_at": "2026-11-20T08:00:00.000Z",
        "confirmed_by": "usr_test",
        "confirm_before": "2027-01-03T23:00:00.000Z",
        "changed_at": "2026-11-20T08:00:00.000Z",
        "territory": "241500230",
        "commitment": {"state": "free"},
        **more,
    }


def episode(identifier: str = VACANCY, **more: Any) -> dict[str, Any]:
    return vacancy(identifier, opened_at="2026-05-02T08:00:00.000Z", current=True, **more)


class Ingest:
    """Ingest's list of vacancies: those to confirm, and all."""

    def __init__(self, made: World, *, stale: list[dict[str, Any]], rest: list[dict[str, Any]]) -> None:
        self.fakes = made.fakes
        made.fakes.on("ingest", "GET", "/v1/vacancies", {"items": [*stale, *rest], "next": None})
        self.lists: list[dict[str, str]] = []

    def asked(self) -> list[dict[str, str]]:
        return [one.query for one in self.fakes.asked if one.path == "/v1/vacancies"]


def test_what_is_to_be_confirmed_comes_first_with_an_answer_in_one_click(made: World, landlord: TestClient) -> None:
    stale = vacancy(status="stale", confirmed_at="2026-10-01T08:00:00.000Z", confirmed_by="ank_software")
    ingest = Ingest(made, stale=[stale], rest=[])
    page = landlord.get("/logements").text
    assert {"to_confirm": "true", "limit": "50"} in ingest.asked()
    assert page.index("À confirmer") < page.index("Tous vos logements publiés")
    assert f'name="one" value="{VACANCY}">Toujours vacant' in page
    assert f'name="one" value="{VACANCY}" formaction="/logements/retraits">Plus vacant' in page
    assert "par votre logiciel" in page


def test_still_vacant_confirms_one_the_ticked_or_all_that_are_shown(made: World, landlord: TestClient) -> None:
    Ingest(made, stale=[vacancy(status="stale")], rest=[])
    made.fakes.on("ingest", "POST", "/v1/vacancies:confirm", {"items": [{"reference": "a", "result": "confirmed"}]})
    for fields, references in (
        ({"one": "a", "ticked": ["b", "c"], "shown": ["a", "b", "c"]}, ["a"]),
        ({"which": "ticked", "ticked": ["b", "c"], "shown": ["a", "b", "c"]}, ["b", "c"]),
        ({"which": "all", "ticked": ["b"], "shown": ["a", "b", "c"]}, ["a", "b", "c"]),
    ):
        answer = sent(landlord, "/logements", "/logements/confirmation", **fields)
        assert (answer.status_code, answer.headers["location"]) == (303, "/logements?fait=confirmed&n=1&reste=0")
        assert made.fakes.last("POST", "/v1/vacancies:confirm").body == {"references": references}
    nothing = sent(landlord, "/logements", "/logements/confirmation", which="ticked", shown=["a"])
    assert nothing.headers["location"] == "/logements?fait=none"


def test_what_could_not_be_confirmed_is_said(made: World, landlord: TestClient) -> None:
    Ingest(made, stale=[vacancy(status="stale")], rest=[])
    ends = [{"result": end} for end in ("confirmed", "superseded", "withdrawn", "expired")]
    made.fakes.on("ingest", "POST", "/v1/vacancies:confirm", {"items": ends})
    answer = sent(landlord, "/logements", "/logements/confirmation", which="ticked", ticked=list("abcd"))
    assert answer.headers["location"] == "/logements?fait=confirmed&n=2&reste=2"
    page = landlord.get(answer.headers["location"]).text
    assert "2 logements confirmés. 2 ne peuvent plus" in page


def test_no_longer_vacant_withdraws_with_the_reason_chosen_above(made: World, landlord: TestClient) -> None:
    Ingest(made, stale=[vacancy(status="stale")], rest=[])
    made.fakes.on("ingest", "DELETE", f"/v1/vacancies/{VACANCY}", {"result": "withdrawn"})
    answer = sent(landlord, "/logements", "/logements/retraits", one=VACANCY, reason="let_elsewhere", shown=[VACANCY])
    assert answer.headers["location"] == "/logements?fait=withdrawn"
    assert made.fakes.last("DELETE", f"/v1/vacancies/{VACANCY}").query == {"reason": "let_elsewhere"}


def test_a_home_that_a_household_counts_on_is_not_withdrawn_by_one_click(made: World, landlord: TestClient) -> None:
    held = vacancy(status="stale", commitment={"state": "held", "until": "2027-01-15T22:59:59.000Z"})
    Ingest(made, stale=[held], rest=[])
    page = landlord.get("/logements").text
    assert 'formaction="/logements/retraits"' not in page
    assert "Réservé" in page
    assert "jusqu" in page


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"state": "committed"}, "Proposé à un ménage"),
        ({"state": "held", "until": None}, "Réservé"),
        ({"state": "let"}, "Attribué"),
        ({"state": "free"}, "libre"),
        ({"state": "unknown"}, "Réservation inconnue"),
        (None, "Réservation inconnue"),
    ],
)
def test_a_commitment_is_said_in_words_and_unknown_is_not_free(
    made: World, landlord: TestClient, told: dict[str, Any] | None, words: str
) -> None:
    Ingest(made, stale=[], rest=[vacancy(commitment=told)])
    assert words in landlord.get("/logements?etat=open").text


def test_filters_go_to_the_api_and_names_that_are_not_known_are_said(made: World, landlord: TestClient) -> None:
    ingest = Ingest(made, stale=[], rest=[vacancy()])
    query = "etat=open&typologie=T3&reservation=state&commune=Aurillac (15014)&territoire=Cantal&reference=RES-"
    page = landlord.get(f"/logements?{query}")
    assert page.status_code == 200
    (asked,) = ingest.asked()
    assert asked == {
        "limit": "100", "status": "open", "typology": "T3", "reservation": "state", "commune": "15014",
        "departement": "15", "reference": "RES-",
    }  # fmt: skip
    assert "État (mal-logés)" in page.text
    unknown = landlord.get("/logements?commune=Nulleville-sur-Rien").text
    assert "pas été reconnu" in unknown
    assert len(ingest.asked()) == 1


def test_a_change_sends_the_version_that_was_read_and_removes_what_was_emptied(
    made: World, landlord: TestClient
) -> None:
    path = f"/v1/vacancies/{VACANCY}"
    made.fakes.on("ingest", "GET", path, vacancy(floor=2, address="12 rue des Carmes, 15000 Aurillac"))
    made.fakes.on("ingest", "GET", f"{path}/episodes", {"items": [episode()], "next": None})
    made.fakes.on("ingest", "PATCH", path, {"id": VACANCY, "version": 5, "result": "updated"})
    page = landlord.get(f"/logements/{VACANCY}")
    assert 'value="12 rue des Carmes, 15000 Aurillac"' in page.text
    assert "par vous" in page.text
    assert "Publié depuis le 2 mai 2026" in page.text.replace("\u00a0", " ")
    fields = {"commune": "Aurillac (15014)", "typology": "T3", "surface_m2": "62", "rent_eur_per_month": "395,50",
              "available_from": "2026-12-01", "reservation": "state", "rooms": "3", "version": "4"}  # fmt: skip
    answer = sent(landlord, f"/logements/{VACANCY}", f"/logements/{VACANCY}", **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/logements?fait=updated")
    asked = made.fakes.last("PATCH", path)
    assert asked.if_match == "4"
    assert (asked.body["rent_eur_per_month"], asked.body["rooms"], asked.body["floor"]) == (395.5, 3, None)
    assert asked.body.keys() == {one.name for one in FIELDS}


def test_a_form_that_someone_else_overtook_is_shown_again_with_the_new_version(
    made: World, landlord: TestClient
) -> None:
    path = f"/v1/vacancies/{VACANCY}"
    made.fakes.on("ingest", "GET", path, vacancy(version=7))
    made.fakes.on("ingest", "GET", f"{path}/episodes", {"items": [episode()], "next": None})
    made.fakes.problem("ingest", "PATCH", path, 412)
    fields = {"commune": "15014", "typology": "T3", "surface_m2": "62", "rent_eur_per_month": "395",
              "available_from": "2026-12-01", "version": "4"}  # fmt: skip
    answer = sent(landlord, f"/logements/{VACANCY}", f"/logements/{VACANCY}", **fields)
    assert answer.status_code == 422
    assert "a changé pendant que vous écriviez" in answer.text
    assert 'name="version" value="7"' in answer.text
    assert 'value="395"' in answer.text


def test_an_episode_that_is_over_is_shown_and_can_be_published_again(made: World, landlord: TestClient) -> None:
    path = f"/v1/vacancies/{VACANCY}"
    past = episode(withdrawn_at="2026-09-01T08:00:00.000Z", withdrawn_reason="works", rooms=3)
    made.fakes.on("ingest", "GET", f"{path}/episodes", {"items": [past], "next": None})
    page = landlord.get(f"/logements/{VACANCY}")
    assert page.status_code == 200
    assert "Travaux" in page.text
    assert f"/logements/nouveau?depuis={VACANCY}" in page.text
    form = landlord.get(f"/logements/nouveau?depuis={VACANCY}").text
    assert re.search(r'name="reference"[^>]*value="RES-TEST"', form)
    assert re.search(r'name="surface_m2"[^>]*value="62"', form)
    stranger = landlord.get("/logements/vac_01J0000000000000000000NONE")
    assert stranger.status_code == 404


def test_pages_of_vacancies_need_no_script_and_read_in_english(made: World, landlord: TestClient) -> None:
    Ingest(made, stale=[vacancy(status="stale")], rest=[])
    page = landlord.get("/logements?lang=en")
    assert "Still vacant" in page.text
    assert re.findall(r"\son[a-z]+=|javascript:", page.text) == []
    assert token_of(page)


def test_home_says_how_many_await_the_landlord(made: World, landlord: TestClient) -> None:
    made.fakes.on("matching", "GET", "/v1/placements", {"items": [], "next": None})
    Ingest(made, stale=[vacancy(status="stale"), vacancy("vac_2", status="stale")], rest=[])
    assert "2 logements attendent votre confirmation" in landlord.get("/").text
    made.fakes.on("ingest", "GET", "/v1/vacancies", httpx.ConnectError("away"))
    assert landlord.get("/").status_code == 200


def test_an_alert_asks_a_landlord(landlord: TestClient) -> None:
    asked = landlord.get("/alertes/phrase?confirmations=3")
    assert "3 logements attendent votre confirmation" in asked.text
    assert landlord.get("/alertes/phrase").status_code == 204


def test_an_alert_asks_nobody_who_publishes_nothing(caseworker: TestClient) -> None:
    assert caseworker.get("/alertes/phrase?confirmations=3").status_code == 204


def test_the_form_has_every_field_that_the_api_takes() -> None:
    assert {one.name for one in FIELDS} == VacancyBody.model_fields.keys() - {"observed_at"}
    assert changes({"floor": 2})["dpe"] is None


def test_words_of_a_row() -> None:
    assert commitment_of({}) == ("unknown", None)
    assert [quickly_withdrawn({"commitment": {"state": state}}) for state in ("free", "unknown", "held", "let")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert [confirmed_by({"confirmed_by": who}, "usr_1") for who in ("usr_1", "usr_2", "ank_1", None)] == [
        "self", "colleague", "software", None,
    ]  # fmt: skip


@pytest.mark.parametrize("reason", VacancyWithdrawal)
def test_every_reason_has_words(reason: VacancyWithdrawal) -> None:
    from services.console.core.messages import MESSAGES

    assert f"label.withdrawal.{reason.value}" in MESSAGES
