"""Pages over fake APIs: who sees what, what guards forms, and what each failure says."""

import re
from typing import Any

import httpx
import httpx2
import pytest
from fastapi.testclient import TestClient

from services.console.adapters.sessions import COOKIE
from shared.identity import Role
from tests.console_fakes import HOUSEHOLD, PASSWORD, PLACEMENT, TERRITORY, World, placement, territory

PUBLIC = [
    "/",
    "/connexion",
    "/territoires",
    f"/territoires/{TERRITORY}",
    "/demo",
    "/recherche?q=aurillac",
    "/reponse/tok",
]
OWN = ["/", "/propositions", f"/propositions/{PLACEMENT}", "/menages", "/menages/nouveau", f"/menages/{HOUSEHOLD}",
       "/alertes", "/territoires", "/recherche?q=K-204"]  # fmt: skip
ANSWER = {
    "open": True, "answer": None, "sentences": [], "status": "", "choices": [],
    "reasons": [{"code": "rent_too_high", "label": "Loyer ou charges trop élevés"}],
    "facts": {"commune": "Aurillac", "rooms": 3, "surface_m2": 62.0, "rent_eur_per_month": 410.0,
              "available_from": "2026-12-01", "occupation": "Maçonnerie", "work_commune": "Aurillac",
              "answer_until": "2026-12-04"},
}  # fmt: skip


def token_of(page: httpx2.Response) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert found
    return found[1]


def sent(client: TestClient, page: str, to: str, **fields: Any) -> httpx2.Response:
    """A form of a page, sent as a browser does."""
    token = token_of(client.get(page))
    return client.post(to, data={"form_token": token, **fields}, headers={"origin": "http://console.test"})


@pytest.mark.parametrize("path", PUBLIC)
def test_pages_hold_no_script_or_style_of_their_own_and_say_so(made: World, visitor: TestClient, path: str) -> None:
    made.fakes.on("matching", "GET", "/v1/answers/tok", ANSWER)
    page = visitor.get(path)
    assert page.status_code == 200
    assert re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=|javascript:", page.text) == []
    assert re.findall(r'(?:src|href)="https?://', page.text) == []
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", PUBLIC)
def test_the_demonstration_says_so_on_every_page(made: World, visitor: TestClient, path: str) -> None:
    made.fakes.on("matching", "GET", "/v1/answers/tok", ANSWER)
    assert "flux simulé" in visitor.get(path).text


def test_the_public_sees_a_class_and_no_score_count_under_five_or_rank(made: World, visitor: TestClient) -> None:
    made.fakes.on("scoring", "GET", "/v1/territories", {"items": [territory(score=71.37, vacancies=3)], "next": None})
    for path in ("/territoires", f"/territoires/{TERRITORY}", "/territoires/changements"):
        text = visitor.get(path).text
        assert "très forte" in text
        assert "moins de\u00a05" in text or "moins de 5" in text
        assert "71,4" not in text
        assert "71.37" not in text
        assert ">3<" not in text


def test_professionals_see_figures_and_reasons_as_sentences(caseworker: TestClient) -> None:
    page = caseworker.get(f"/territoires?territoire={TERRITORY}").text
    assert "72,4" in page
    assert "12,4 logements publiés pour 1 000 logements sociaux" in page
    assert "mieux que presque partout" in page


def test_a_poll_gets_only_what_changed(made: World, caseworker: TestClient) -> None:
    first = caseworker.get("/territoires/changements?depuis=0").json()
    assert [row["code"] for row in first["rows"]] == [TERRITORY]
    assert caseworker.get(f"/territoires/changements?depuis={first['revision']}").json()["rows"] == []
    made.fakes.on("scoring", "GET", "/v1/territories", {"items": [territory(score=80.0)], "next": None})
    (row,) = caseworker.get(f"/territoires/changements?depuis={first['revision']}").json()["rows"]
    assert row["cells"]["score"] == "80"


def test_a_page_of_an_earlier_run_of_the_console_gets_everything(caseworker: TestClient) -> None:
    assert len(caseworker.get("/territoires/changements?depuis=999").json()["rows"]) == 1


def test_figures_that_may_be_old_are_shown_and_said_when_scoring_is_away(made: World, caseworker: TestClient) -> None:
    caseworker.get("/territoires")
    made.fakes.on("scoring", "GET", "/v1/territories", httpx.ConnectError("away"))
    page = caseworker.get("/territoires")
    assert page.status_code == 200
    assert "Le service des territoires ne répond pas" in page.text


def test_an_unknown_territory_is_not_found(visitor: TestClient) -> None:
    page = visitor.get("/territoires/999999999")
    assert page.status_code == 404
    assert "Page introuvable" in page.text


@pytest.mark.parametrize("path", ["/propositions", f"/menages/{HOUSEHOLD}", "/alertes", "/logements", "/abonnements"])
def test_pages_for_professionals_ask_to_sign_in_and_come_back(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/connexion?suite={path}"


@pytest.mark.parametrize("path", OWN)
def test_every_page_of_a_caseworker_opens(made: World, caseworker: TestClient, path: str) -> None:
    made.fakes.on("matching", "GET", f"/v1/households/{HOUSEHOLD}/matches", {"items": [], "total": 0})
    made.fakes.on(
        "matching",
        "GET",
        f"/v1/households/{HOUSEHOLD}/explanation",
        {"homes": 4, "options": 0, "notes": [], "nearest": [],
         "counterfactual": {"sentence": "Avec le permis, 2 logements."},
         "by_reason": [{"code": "rent_too_high", "label": "loyer trop élevé", "homes": 4}]},
    )  # fmt: skip
    page = caseworker.get(path)
    assert page.status_code == 200
    assert 'class="skip"' in page.text
    assert page.text.count("<h1") == 1


def test_a_household_without_options_reads_why_and_what_would_change_it(made: World, caseworker: TestClient) -> None:
    test_every_page_of_a_caseworker_opens(made, caseworker, f"/menages/{HOUSEHOLD}")
    page = caseworker.get(f"/menages/{HOUSEHOLD}").text
    assert "Pourquoi aucun" in page
    assert "Loyer trop élevé" in page
    assert "Avec le permis, 2 logements." in page


def test_apis_are_called_with_the_visitors_own_bearer(made: World, caseworker: TestClient) -> None:
    caseworker.get(f"/propositions/{PLACEMENT}")
    assert made.fakes.last("GET", f"/v1/placements/{PLACEMENT}").bearer == "ans_caseworker.secret"


def test_the_case_page_shows_reasons_one_next_action_and_the_algorithmic_mention(caseworker: TestClient) -> None:
    page = caseworker.get(f"/propositions/{PLACEMENT}").text
    assert "Territoire souhaité en premier choix." in page
    assert "Charges du logement à demander au bailleur" in page
    assert page.count("button big") == 1
    assert "L311-3-1" in page
    assert "K-204" in page
    assert "Loyer trop élevé" in page


def test_a_decision_is_sent_once_with_its_key(made: World, caseworker: TestClient) -> None:
    path = f"/propositions/{PLACEMENT}"
    made.fakes.on("matching", "POST", f"/v1/placements/{PLACEMENT}/decisions", placement("verifying"))
    answer = sent(caseworker, path, f"{path}/decision", decision="approve", once="key-1")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?fait=approve")
    asked = made.fakes.last("POST", f"/v1/placements/{PLACEMENT}/decisions")
    assert (asked.body, asked.idempotency_key) == ({"decision": "approve"}, "key-1")


def test_a_refusal_without_a_reason_is_not_sent(made: World, caseworker: TestClient) -> None:
    path = f"/propositions/{PLACEMENT}"
    answer = sent(caseworker, path, f"{path}/decision", decision="refuse")
    assert answer.status_code == 422
    assert "Choisissez un motif de refus." in answer.text
    assert not [one for one in made.fakes.asked if one.method == "POST"]


def test_a_decision_that_comes_too_late_is_told_on_the_page(made: World, caseworker: TestClient) -> None:
    path = f"/propositions/{PLACEMENT}"
    made.fakes.problem("matching", "POST", f"/v1/placements/{PLACEMENT}/decisions", 409, detail="Le délai est passé.")
    answer = sent(caseworker, path, f"{path}/decision", decision="approve")
    assert answer.status_code == 409
    assert "Le délai est passé." in answer.text


def test_a_role_without_the_right_is_told(landlord: TestClient) -> None:
    page = landlord.get("/menages")
    assert page.status_code == 403
    assert "pas pour votre rôle" in page.text


def test_a_case_of_someone_else_is_not_found(made: World, caseworker: TestClient) -> None:
    made.fakes.problem("matching", "GET", "/v1/placements/plc_other", 404)
    assert caseworker.get("/propositions/plc_other").status_code == 404


def test_a_service_that_is_away_is_named_and_nothing_hidden(made: World, caseworker: TestClient) -> None:
    made.fakes.on("matching", "GET", "/v1/placements", httpx.ReadTimeout("slow"))
    page = caseworker.get("/propositions")
    assert page.status_code == 503
    assert "Le service des propositions ne répond pas" in page.text
    home = caseworker.get("/")
    assert home.status_code == 200
    assert "Le service des propositions ne répond pas" in home.text


def test_an_unforeseen_error_is_a_page_with_the_requests_number(made: World, caseworker: TestClient) -> None:
    made.fakes.on("matching", "GET", "/v1/placements", {"unexpected": True})
    page = caseworker.get("/propositions", headers={"x-request-id": "req-for-a-test"})
    assert page.status_code == 500
    assert "req-for-a-test" in page.text
    assert "KeyError" not in page.text


def test_a_session_that_the_apis_refuse_leads_to_sign_in(made: World, caseworker: TestClient) -> None:
    made.fakes.problem("matching", "GET", "/v1/placements", 401)
    answer = caseworker.get("/propositions")
    assert answer.status_code == 303
    assert f'{COOKIE}=""' in answer.headers["set-cookie"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_sign_in_opens_a_session_in_a_guarded_cookie(visitor: TestClient, language: str) -> None:
    answer = sent(
        visitor, f"/connexion?lang={language}", "/connexion", login="Camille", password=PASSWORD, suite="/menages"
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/menages")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=ans_")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_sign_in_leads_nowhere_else(visitor: TestClient) -> None:
    answer = sent(visitor, "/connexion", "/connexion", login="camille", password=PASSWORD, suite="https://evil.test")
    assert answer.headers["location"] == "/"


def test_wrong_passwords_are_limited(visitor: TestClient) -> None:
    for _ in range(8):
        answer = sent(visitor, "/connexion", "/connexion", login="camille", password="no")
        assert answer.status_code == 401
        assert "ne vont pas ensemble" in answer.text
    answer = sent(visitor, "/connexion", "/connexion", login="CAMILLE ", password=PASSWORD)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_signing_out_ends_the_session(made: World, caseworker: TestClient) -> None:
    answer = sent(caseworker, "/demo", "/deconnexion")
    assert answer.status_code == 303
    assert made.sessions.ended == ["ans_caseworker.secret"]


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({}, {}),
        ({"form_token": "a.b"}, {}),
        ({"form_token": "good"}, {"origin": "http://evil.test"}),
        ({"form_token": "good"}, {"sec-fetch-site": "cross-site"}),
    ],
)
def test_a_form_without_token_or_from_elsewhere_changes_nothing(
    made: World, caseworker: TestClient, fields: dict[str, str], headers: dict[str, str]
) -> None:
    path = f"/propositions/{PLACEMENT}"
    if fields.get("form_token") == "good":
        fields = {"form_token": token_of(caseworker.get(path))}
    answer = caseworker.post(f"{path}/decision", data={"decision": "approve", **fields}, headers=headers)
    assert answer.status_code == 403
    assert "formulaire a expiré" in answer.text
    assert not [one for one in made.fakes.asked if one.method == "POST"]


def test_a_token_of_another_session_is_refused(made: World, caseworker: TestClient) -> None:
    token = token_of(caseworker.get("/menages/nouveau"))
    caseworker.cookies.set(COOKIE, made.sessions.add(Role.OPERATOR))
    assert caseworker.post("/deconnexion", data={"form_token": token}).status_code == 403


def test_what_an_api_refuses_stands_beside_its_field(made: World, caseworker: TestClient) -> None:
    error = {"field": "size", "value": 99, "message": "Attendu : au plus 20.", "remedy": "<= 20"}
    made.fakes.problem("matching", "POST", "/v1/households", 422, errors=[error])
    answer = sent(caseworker, "/menages/nouveau", "/menages/nouveau", size="99", programme="emile", rome="Maçonnerie")
    assert answer.status_code == 422
    assert re.search(r'id="p-size-1">Attendu : au plus 20\..*« ?\s?99', answer.text)
    assert 'value="99"' in answer.text
    assert made.fakes.last("POST", "/v1/households").body == {"size": 99, "programme": "emile", "rome": ["F1703"]}


def test_a_landlord_publishes_in_french_figures(made: World, landlord: TestClient) -> None:
    made.fakes.on("ingest", "PUT", "/v1/vacancies/RES-1", {"id": "vac_1", "version": 1, "result": "created"})
    answer = sent(
        landlord, "/logements/nouveau", "/logements/nouveau", reference="RES-1", commune="Aurillac (15014)", typology="T3",
        surface_m2="62,5", rent_eur_per_month="1 410,20", available_from="2026-12-01", lift="no",
    )  # fmt: skip
    assert (answer.status_code, answer.headers["location"]) == (303, "/logements?fait=created")
    assert made.fakes.last("PUT", "/v1/vacancies/RES-1").body == {
        "commune": "15014", "typology": "T3", "surface_m2": 62.5, "rent_eur_per_month": 1410.2,
        "available_from": "2026-12-01", "lift": False,
    }  # fmt: skip


def test_names_from_outside_are_text_and_never_markup(made: World, caseworker: TestClient) -> None:
    wicked = '<script>alert(1)</script>" onload="x'
    made.fakes.on("matching", "GET", f"/v1/placements/{PLACEMENT}", placement(reasons=[wicked], territory_name=wicked))
    page = caseworker.get(f"/propositions/{PLACEMENT}").text
    assert "<script>alert" not in page
    assert '" onload="x' not in page


def test_english_is_one_click_away_and_stays(visitor: TestClient) -> None:
    assert "Territories of opportunity" in visitor.get("/territoires?lang=en").text
    assert '<html lang="en">' in visitor.get("/demo").text


def test_assets_are_named_by_content_compressed_and_kept_by_browsers(visitor: TestClient) -> None:
    page = visitor.get("/").text
    names = re.findall(r"/assets/[a-z]+\.[0-9a-f]{12}\.(?:css|js|svg)", page)
    assert len(names) >= 3
    for name in names:
        answer = visitor.get(name)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-encoding"] == "gzip"
    script = visitor.get(next(name for name in names if name.endswith(".js"))).text
    for imported in re.findall(r'from "\./([^"]+)"', script):
        assert visitor.get(f"/assets/{imported}").status_code == 200
    assert visitor.get("/assets/console.000000000000.css").status_code == 404


def test_probes_answer_as_every_service_does(visitor: TestClient) -> None:
    assert visitor.get("/livez").json() == {"status": "alive"}
    assert visitor.get("/readyz").json()["status"] == "ready"
    assert "ancrage_http_requests_total" in visitor.get("/metrics").text
