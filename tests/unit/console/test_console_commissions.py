"""Commissions, homes that wait, prospects, budget rules and fairness in the console."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.console.adapters.sessions import COOKIE
from services.console.core.fairness import ROW, WIDTH, pictures
from shared.identity import Role
from tests.console_fakes import HOUSEHOLD, TERRITORY, World

HELD = {
    "vacancy": "vac_1",
    "typology": "T4",
    "commune": "15014",
    "commune_name": "Aurillac",
    "territory": TERRITORY,
    "territory_name": "CA du Bassin d'Aurillac",
    "reason": "rare_large",
    "sentence": "Rareté du logement : 2 ouverts de type T4 dans CA du Bassin d'Aurillac.",
    "since": "2026-11-24T08:00:00.000Z",
    "until": "2026-12-01T08:00:00.000Z",
}
CANDIDATE = {
    "rank": 1,
    "household": HOUSEHOLD,
    "label": "K-204",
    "chosen": True,
    "offer": "off_1",
    "post": None,
    "reasons": ["T4 de 80 m² à Aurillac.", "Territoire souhaité."],
    "gaps": [],
}
PLAN = {
    "placements": 1,
    "gained": None,
    "homes": [
        {
            "vacancy": "vac_1",
            "imagined": False,
            "home": {"typology": "T4", "surface_m2": 80, "commune": "15014", "commune_name": "Aurillac"},
            "possible": 2,
            "candidates": [
                CANDIDATE,
                {
                    **CANDIDATE,
                    "rank": 2,
                    "label": "K-205",
                    "chosen": False,
                    "gaps": ["Il attend depuis 3 mois, le premier depuis 9 mois."],
                },
            ],
            "too_few": "Moins de 3 candidats : 2 ménages remplissent toutes les conditions.",
            "by_reason": [],
        }
    ],
    "waiting": [{"household": "hh_9", "label": "K-9", "sentence": "Au plus près, il manque : surface trop petite."}],
}
SHORTLIST: dict[str, Any] = {
    "id": "sho_1",
    "vacancy": "vac_1",
    "typology": "T4",
    "commune": "15014",
    "placement": None,
    "step": None,
    "closed_at": None,
    "candidates": [
        {"rank": 1, "household": HOUSEHOLD, "label": "K-204", "passed": False, "proposed": False},
        {"rank": 2, "household": "hh_2", "label": "K-205", "passed": False, "proposed": False},
    ],
}


def token_of(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


@pytest.fixture(autouse=True)
def apis(made: World) -> None:
    made.fakes.on("matching", "GET", "/v1/vacancies/held", {"items": [HELD], "next": None})
    made.fakes.on("matching", "POST", "/v1/vacancies/vac_1:propose", {"vacancy": "vac_1", "result": "asked"})
    made.fakes.on("matching", "POST", "/v1/plans", PLAN)
    made.fakes.on("matching", "GET", "/v1/shortlists", {"items": [SHORTLIST], "next": None})
    made.fakes.on(
        "matching", "POST", "/v1/shortlists/sho_1:propose", {**SHORTLIST, "placement": "plc_1", "closed_at": None}
    )
    made.fakes.on("matching", "POST", "/v1/shortlists/sho_1:close", SHORTLIST)


def test_a_home_that_waits_is_shown_with_why_and_until_when_and_can_be_asked_for(
    made: World, caseworker: TestClient
) -> None:
    text = caseworker.get("/retenus").text
    for said in ("Rareté du logement", "déc. 2026", "Proposer sans attendre", 'href="/perspectives/vac_1"'):
        assert said in text, said
    answer = caseworker.post("/retenus/vac_1/proposer", data={"form_token": token_of(text)})
    assert answer.headers["location"] == "/retenus?demande"
    assert made.fakes.last("POST", "/v1/vacancies/vac_1:propose")
    assert "Une personne approuve toujours" in caseworker.get("/retenus?demande").text


def test_a_page_of_homes_that_wait_does_not_pass_for_all_of_them(made: World, caseworker: TestClient) -> None:
    more = "la liste continue"
    assert more not in caseworker.get("/retenus").text
    made.fakes.on("matching", "GET", "/v1/vacancies/held", {"items": [HELD], "next": "further"})
    text = caseworker.get("/retenus").text
    assert more in text
    assert 'href="?suite=further"' in text


def test_without_homes_that_wait_the_page_says_so(made: World, landlord: TestClient) -> None:
    made.fakes.on("matching", "GET", "/v1/vacancies/held", {"items": [], "next": None})
    assert "Aucun logement n&#39;est retenu" in landlord.get("/retenus").text


def test_a_plan_shows_three_candidates_in_words_and_what_is_asked_stays_in_the_address(
    made: World, caseworker: TestClient
) -> None:
    asked = {"plan": "1", "territoire": f"Aurillac ({TERRITORY})", "propositions": "1"}
    imagined = {"commune": "Aurillac (15014)", "typologie": "T4", "surface": "80", "loyer": "450"}
    text = caseworker.get("/commissions", params={**asked, **imagined}).text
    for said in (
        "K-204",
        "Choix du plan",
        "Il attend depuis 3 mois",
        "Moins de 3 candidats",
        "K-9",
        "Garder ces listes",
    ):
        assert said in text, said
    body = made.fakes.last("POST", "/v1/plans").body
    assert body == {
        "proposals_too": True,
        "territories": [TERRITORY],
        "imagined": [{"commune": "15014", "typology": "T4", "surface_m2": 80.0, "rent_eur_per_month": 450.0}],
    }
    assert "prix" not in text.lower()


def test_who_is_passed_over_for_another_proposal_is_said_with_its_link(made: World, caseworker: TestClient) -> None:
    one = SHORTLIST["candidates"][0]
    passed = {**one, "passed": True, "proposed": False, "other_proposal": "plc_9"}
    made_one = {**SHORTLIST, "placement": "plc_1", "closed_at": None, "candidates": [passed]}
    made.fakes.on("matching", "POST", "/v1/shortlists/sho_1:propose", made_one)
    made.fakes.on("matching", "GET", "/v1/shortlists", {"items": [made_one], "next": None})
    token = token_of(caseworker.get("/commissions").text)
    answer = caseworker.post("/commissions/sho_1/proposer", data={"form_token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/commissions?passe#listes")
    page = caseworker.get("/commissions?passe").text
    assert "a déjà une proposition en cours" in page
    assert 'href="/propositions/plc_9"' in page


def test_a_closed_list_can_be_looked_at_and_offers_nothing_to_do(made: World, caseworker: TestClient) -> None:
    ended = {**SHORTLIST, "closed_at": "2026-11-27T08:00:00.000Z"}
    made.fakes.on("matching", "GET", "/v1/shortlists", {"items": [ended], "next": None})
    page = caseworker.get("/commissions?closes=1").text
    assert made.fakes.last("GET", "/v1/shortlists").query["closed"] == "true"
    assert "close le 27" in page
    assert "/commissions/sho_1/proposer" not in page


def test_shortlists_are_kept_proposed_from_and_closed(made: World, caseworker: TestClient) -> None:
    text = caseworker.get("/commissions?plan=1").text
    token = token_of(text)
    saved = {"vacancy": "vac_1", "shortlist": "sho_1"}
    made.fakes.on("matching", "POST", "/v1/plans", {**PLAN, "shortlists": [saved]})
    kept = caseworker.post("/commissions/garder", data={"form_token": token, "territoire": "", "propositions": "1"})
    assert kept.headers["location"] == "/commissions?fait#listes"
    assert made.fakes.last("POST", "/v1/plans").body == {"proposals_too": True, "keep": True}
    proposed = caseworker.post("/commissions/sho_1/proposer", data={"form_token": token})
    assert proposed.headers["location"] == "/propositions/plc_1"
    closed = caseworker.post("/commissions/sho_1/clore", data={"form_token": token})
    assert closed.headers["location"] == "/commissions#listes"
    made.fakes.problem("matching", "POST", "/v1/shortlists/sho_1:propose", 409, detail="Ce logement est réservé.")
    told = caseworker.post("/commissions/sho_1/proposer", data={"form_token": token})
    assert told.status_code == 409
    assert "Ce logement est réservé." in told.text


def test_a_proposal_that_keeps_the_home_of_a_list_is_linked_to(made: World, caseworker: TestClient) -> None:
    token = token_of(caseworker.get("/commissions").text)
    keeping = "plc_01J9Z3NDEKTSV4RRFFQ69G5FAV"
    errors = [{"field": "placement", "value": keeping, "message": "…", "remedy": "…"}]
    told = "Ce logement est déjà réservé par votre proposition pour K-204."
    made.fakes.problem("matching", "POST", "/v1/shortlists/sho_1:propose", 409, detail=told, errors=errors)
    text = caseworker.post("/commissions/sho_1/proposer", data={"form_token": token}).text
    assert f'{told} <a href="/propositions/{keeping}">Voir cette proposition</a>' in text


def test_a_plan_without_candidates_offers_no_list_to_keep_and_says_that_none_was_kept(
    made: World, caseworker: TestClient
) -> None:
    token = token_of(caseworker.get("/commissions").text)
    home = {"vacancy": "vac_1", "home": {"typology": "T2", "surface_m2": 41.0, "commune": "15014"}, "candidates": []}
    empty = {"placements": 0, "gained": None, "homes": [home], "waiting": [], "shortlists": []}
    made.fakes.on("matching", "POST", "/v1/plans", empty)
    assert "Garder ces listes" not in caseworker.get("/commissions?plan=1").text
    answer = caseworker.post("/commissions/garder", data={"form_token": token, "territoire": "", "propositions": ""})
    assert answer.headers["location"] == "/commissions?rien#listes"
    assert "Aucune liste n&#39;est gardée" in caseworker.get("/commissions?rien").text


def test_a_list_from_which_nobody_can_be_proposed_any_more_says_so(made: World, caseworker: TestClient) -> None:
    token = token_of(caseworker.get("/commissions").text)
    closed = {**SHORTLIST, "placement": "plc_refused", "closed_at": "2026-11-27T08:00:00.000Z"}
    made.fakes.on("matching", "POST", "/v1/shortlists/sho_1:propose", closed)
    answer = caseworker.post("/commissions/sho_1/proposer", data={"form_token": token})
    assert answer.headers["location"] == "/commissions?clos&closes=1#listes"
    assert "la liste est close, rien n&#39;est proposé" in caseworker.get("/commissions?clos").text


def test_commissions_are_not_for_landlords(landlord: TestClient) -> None:
    assert landlord.get("/commissions").status_code == 403


def test_prospects_hide_what_is_under_five_and_name_own_households_only(made: World, caseworker: TestClient) -> None:
    found: dict[str, Any] = {
        "complete": True,
        "looked_at": 9,
        "could": None,
        "already_proposed": 0,
        "fewest_shown": 5,
        "standing": {"code": "held", "label": "retenu"},
        "by_reason": [{"code": "rent_too_high", "label": "loyer trop élevé", "households": 7}],
        "sentences": ["Le logement est retenu quelques jours."],
    }
    made.fakes.on("matching", "GET", "/v1/vacancies/vac_1/prospects", found)
    text = caseworker.get("/perspectives/vac_1").text
    for said in ("moins de 5", "Loyer trop élevé", "Proposer sans attendre", "retenu quelques jours"):
        assert said in text, said
    own = {**found, "households": [{"id": HOUSEHOLD, "label": "K-204"}]}
    made.fakes.on("matching", "GET", "/v1/vacancies/vac_1/prospects", own)
    assert "K-204" in caseworker.get("/perspectives/vac_1").text


def test_a_landlord_declares_budget_rules_in_percent(made: World, landlord: TestClient) -> None:
    known = {"landlord": "org", "effort_ceiling": 0.3, "left_eur_per_day": 9.5}
    made.fakes.on("matching", "GET", "/v1/landlord-rules", {"items": [known], "next": None})
    made.fakes.on("matching", "PUT", "/v1/landlord-rules", known)
    text = landlord.get("/regles").text
    assert 'value="30"' in text
    assert 'value="9,5"' in text
    data = {"form_token": token_of(text), "effort_ceiling": "28", "left_eur_per_day": ""}
    assert landlord.post("/regles", data=data).headers["location"] == "/regles?fait"
    assert made.fakes.last("PUT", "/v1/landlord-rules").body == {"effort_ceiling": 0.28}
    wrong = landlord.post("/regles", data={**data, "effort_ceiling": "beaucoup"})
    assert wrong.status_code == 422
    assert "beaucoup" in wrong.text


GROUPS = [
    {
        "code": "1",
        "label": "1 personne",
        "households": 10,
        "exposed": 0.5,
        "served": 0.25,
        "optimum": None,
        "median_wait_months": 7.5,
    },
    {
        "code": "2",
        "label": "2 personnes",
        "households": None,
        "exposed": None,
        "served": None,
        "optimum": None,
        "median_wait_months": None,
    },
]


def test_the_fairness_report_draws_groups_and_hides_small_ones(made: World, visitor: TestClient) -> None:
    visitor.cookies.set(COOKIE, made.sessions.add(Role.OPERATOR))
    report = {
        "state": "ready",
        "computed_at": "2026-11-23T08:00:00.000Z",
        "days": 30,
        "sample": None,
        "fewest": 5,
        "dimensions": [{"code": "size", "label": "taille du ménage", "groups": GROUPS}],
        "acceptance": {"answers": 12, "expected": 0.5, "accepted": 0.4, "squared_error": 0.2, "bins": []},
        "method": "Méthode.",
    }
    made.fakes.on("matching", "GET", "/v1/fairness", report)
    text = re.sub(r"\s", " ", visitor.get("/pilotage/equite?jours=30").text)
    for said in ("Taille du ménage", "moins de 5", "50 %", "7,5 mois", "<svg", "Méthode."):
        assert said in text, said
    assert made.fakes.last("GET", "/v1/fairness").query["days"] == "30"


@pytest.mark.parametrize(
    ("expected_at", "said"),
    [("2026-11-23T08:00:30.000Z", "en cours de calcul"), (None, "matching.prices le fait")],
)
def test_a_fairness_report_that_is_not_there_yet_says_when_it_will_be(
    made: World, visitor: TestClient, expected_at: str | None, said: str
) -> None:
    visitor.cookies.set(COOKIE, made.sessions.add(Role.OPERATOR))
    made.fakes.on("matching", "GET", "/v1/fairness", {"state": "pending", "days": 90, "expected_at": expected_at})
    answer = visitor.get("/pilotage/equite")
    assert answer.status_code == 200
    assert said in answer.text
    assert '<svg class="funnel' not in answer.text


def test_bars_are_on_one_scale_and_the_unknown_has_none() -> None:
    (picture,) = pictures(
        [{"code": "size", "label": "taille", "groups": GROUPS}, {"code": "x", "label": "x", "groups": []}]
    )
    first, second = picture.rows
    assert first.widths == {"exposed": WIDTH / 2, "served": WIDTH / 4, "optimum": None}
    assert (second.hidden, second.top, picture.height) == (True, ROW + 4, 2 * ROW + 8)
