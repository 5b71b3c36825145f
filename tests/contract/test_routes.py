"""Every route declares whose right it needs, and the routes that others rely on are there."""

import pytest

from services.matching.routes.households import router as households_router
from shared.identity import MATRIX, Role, scope_of
from shared.identity.rights import SERVICE_RIGHTS
from tests.contract.conftest import APIS, Route, api_routes, client_of, routes

PROMISED = {
    "ingest": """
        PATCH /v1/vacancies/{} POST /v1/vacancies/{}:confirm POST /v1/vacancies:confirm GET /v1/vacancies/{}/episodes
        PATCH /v1/offers/{} GET /v1/offers/{}/episodes
        PUT /v1/vacancies/{} GET /v1/vacancies/{} DELETE /v1/vacancies/{} GET /v1/vacancies POST /v1/vacancies:bulk
        PUT /v1/offers/{} GET /v1/offers/{} DELETE /v1/offers/{} GET /v1/offers POST /v1/offers:bulk
        PUT /v1/territories/{} GET /v1/territories/{} GET /v1/territories GET /v1/territories/{}/history
        GET /v1/territories/{}/contacts DELETE /v1/territories/{}/announcements/{}
    """,
    "scoring": """
        GET /v1/territories GET /v1/territories/{} GET /v1/territories/{}/history GET /v1/territories.geojson
        POST /v1/rankings GET /v1/dead-letters GET /v1/dead-letters/{}
    """,
    "matching": """
        POST /v1/households GET /v1/households GET /v1/households/{} PATCH /v1/households/{} DELETE /v1/households/{}
        GET /v1/households/{}/matches GET /v1/households/{}/explanation
        GET /v1/placements GET /v1/placements/{} POST /v1/placements/{}/decisions POST /v1/placements/{}/answer-links
        GET /v1/answers/{} POST /v1/answers/{} GET /v1/programmes GET /v1/funnel
        GET /v1/vacancies/commitments GET /v1/recipients/{} GET /v1/households/{}/contact
        PUT /v1/households/{}/contact DELETE /v1/households/{}/contact GET /v1/vacancies/held
        GET /v1/vacancies/{}/prospects POST /v1/vacancies/{}:propose GET /v1/landlord-rules PUT /v1/landlord-rules
        POST /v1/plans GET /v1/shortlists GET /v1/shortlists/{} POST /v1/shortlists/{}:propose
        POST /v1/shortlists/{}:close GET /v1/fairness
        GET /v1/dead-letters GET /v1/dead-letters/{} POST /v1/dead-letters/{}:replay
    """,
    "notify": """
        POST /v1/endpoints GET /v1/endpoints GET /v1/endpoints/{} PATCH /v1/endpoints/{} DELETE /v1/endpoints/{}
        POST /v1/endpoints/{}:rotate POST /v1/endpoints/{}:test POST /v1/endpoints/{}:replay
        GET /v1/deliveries GET /v1/deliveries/{} GET /v1/event-types GET /v1/event-types/{}
        GET /v1/stream GET /v1/preferences PUT /v1/preferences
        GET /v1/preferences/organisation PUT /v1/preferences/organisation DELETE /v1/preferences/tuned/{}
        GET /v1/alerts GET /v1/alerts/days POST /v1/alerts/{}:not-useful
        GET /v1/mail-actions/{} POST /v1/mail-actions/{} POST /v1/messages
        GET /v1/dead-letters GET /v1/dead-letters/{} POST /v1/dead-letters/{}:replay
    """,
    "console": """
        GET /territoires GET /menages GET /propositions GET /logements GET /abonnements GET /pilotage
        GET /reponse/{} POST /reponse/{} GET /demo GET /incidents GET /preferences POST /preferences
        GET /courriel/{} POST /courriel/{} GET /courriel/voir/{}
    """,
}
PUBLIC = {
    "GET /v1/territories",
    "GET /v1/territories.csv",
    "GET /v1/territories.geojson",
    "GET /v1/territories/{code}",
    "GET /v1/territories/{code}/history",
    "GET /v1/event-types",
    "GET /v1/event-types/{name}",
    "GET /v1/answers/{token}",
    "POST /v1/answers/{token}",
    "GET /v1/mail-actions/{token}",
    "POST /v1/mail-actions/{token}",
}
# Pages for people who have not signed in.
OPEN_PAGES = {
    "GET /",
    "GET /assets/{name}",
    "GET /connexion",
    "POST /connexion",
    "POST /deconnexion",
    "GET /recherche",
    "GET /recherche/noms",
    "GET /territoires",
    "GET /territoires/changements",
    "GET /territoires/{code}",
    "GET /reponse/{token}",
    "POST /reponse/{token}",
    "GET /demo",
    "GET /courriel/{token}",
    "POST /courriel/{token}",
}
ROUTES = api_routes()
PROTECTED = [route for route in ROUTES if str(route) not in PUBLIC]


def anonymous(path: str) -> str:
    """The path without the names of its parameters."""
    parts = path.split("{")
    return parts[0] + "".join("{}" + part.partition("}")[2] for part in parts[1:])


def test_the_routes_under_test_are_those_of_the_services() -> None:
    assert len(ROUTES) > 40
    assert any(route.path.startswith(households_router.prefix) for route in ROUTES)


@pytest.mark.parametrize("service", PROMISED)
def test_the_promised_routes_are_there(service: str) -> None:
    words = PROMISED[service].split()
    promised = {f"{method} {path}" for method, path in zip(words[::2], words[1::2], strict=True)}
    there = {f"{route.method} {anonymous(route.path)}" for route in routes(service)}
    assert promised - there == set()


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_a_route_declares_one_right_of_the_matrix_or_is_public(route: Route) -> None:
    assert len(route.rights) == 1
    assert route.right is None or route.right in MATRIX


def test_the_public_routes_are_known_by_name() -> None:
    assert {str(route) for route in ROUTES if route.right is None} == PUBLIC


def test_every_right_of_the_matrix_is_used_or_is_read_without_a_key() -> None:
    used = {route.right for route in ROUTES}
    unused = {f"{resource}/{action}" for resource, action in MATRIX if (resource, action) not in used}
    assert unused == {"territory_score/read"}  # scores are public; a key shows more of them


def test_only_the_known_pages_of_the_console_are_open() -> None:
    assert {str(page) for page in routes("console") if "signed_in" not in page.asks} == OPEN_PAGES


@pytest.mark.parametrize("page", [page for page in routes("console") if "signed_in" in page.asks], ids=str)
def test_a_page_for_people_who_signed_in_sends_others_to_sign_in(page: Route) -> None:
    answer = client_of("console").request(page.method, page.example)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/connexion?suite=")


@pytest.mark.parametrize("route", PROTECTED, ids=str)
def test_without_a_key_a_protected_route_is_401(route: Route) -> None:
    answer = client_of(route.service).request(route.method, route.example, json={})
    assert answer.status_code == 401
    assert answer.json()["type"] == "/problems/unauthenticated"


@pytest.mark.parametrize("route", [route for route in PROTECTED if route.right in SERVICE_RIGHTS], ids=str)
def test_what_is_for_one_service_is_403_for_every_other(route: Route) -> None:
    assert route.right is not None
    for service in {"matching", "notify", "console"} - {SERVICE_RIGHTS[route.right]}:
        headers = {"Authorization": f"Bearer {service}"}
        assert (
            client_of(route.service).request(route.method, route.example, json={}, headers=headers).status_code == 403
        )


@pytest.mark.parametrize("route", PROTECTED, ids=str)
def test_a_role_that_never_has_the_right_is_403(route: Route) -> None:
    assert route.right is not None
    for role in Role:
        if scope_of(role, *route.right) is not None:
            continue
        headers = {"Authorization": f"Bearer {role}"}
        answer = client_of(route.service).request(route.method, route.example, json={}, headers=headers)
        assert answer.status_code == 403, role
        assert answer.json()["type"] == "/problems/forbidden"


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_a_key_that_opens_nothing_is_401_even_where_none_is_needed(route: Route) -> None:
    headers = {"Authorization": "Bearer ank_unknown.secret"}
    answer = client_of(route.service).request(route.method, route.example, json={}, headers=headers)
    assert answer.status_code == 401


def test_every_api_has_routes() -> None:
    assert {route.service for route in ROUTES} == set(APIS)
