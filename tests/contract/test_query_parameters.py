"""A query parameter that a route does not have is refused by name, on every route; pages open whatever is added."""

import pytest

from tests.contract.conftest import Route, api_routes, client_of
from tests.contract.test_error_answers import allowed, problem

ROUTES = api_routes()


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_an_unknown_parameter_is_refused_with_those_that_are_known(route: Route) -> None:
    answer = client_of(route.service).request(
        route.method,
        route.example,
        params={"no_such_parameter": "41"},
        json={},
        headers=allowed(route) | {"Accept-Language": "en"},
    )
    errors = problem(answer, 422)["errors"]
    assert [(error["field"], error["value"]) for error in errors] == [("no_such_parameter", "41")]
    described = client_of(route.service).get("/openapi.json").json()["paths"][route.path][route.method.lower()]
    known = [one["name"] for one in described.get("parameters", ()) if one["in"] == "query"]
    said = errors[0]["remedy"]
    assert said == ("Known here: " + ", ".join(known) + "." if known else "This route takes no parameter.")


def test_the_parameter_of_another_route_is_answered_with_the_one_meant() -> None:
    answer = client_of("scoring").get("/v1/territories?departement=41", headers={"Accept-Language": "fr"})
    (error,) = problem(answer, 422)["errors"]
    assert (error["field"], error["value"], error["message"]) == ("departement", "41", "Paramètre inconnu.")
    assert error["remedy"].startswith("Peut-être department. Connus ici : order, department, available, limit")


@pytest.mark.parametrize("listing", ["vacancies", "offers"])
def test_a_list_with_a_model_of_parameters_tells_them_one_by_one(listing: str) -> None:
    answer = client_of("ingest").get(f"/v1/{listing}?department=41", headers={"Authorization": "Bearer landlord"})
    (error,) = problem(answer, 422)["errors"]
    assert error["remedy"].startswith("Peut-être departement. Connus ici : limit, cursor, commune")


def test_known_parameters_still_reach_their_route() -> None:
    answer = client_of("scoring").get("/v1/territories?department=999", headers={"Accept-Language": "en"})
    (error,) = problem(answer, 422)["errors"]
    assert error["message"] == "Unknown département."


@pytest.mark.parametrize("path", ["/livez", "/metrics", "/docs", "/openapi.json"])
def test_what_watches_or_describes_a_process_takes_any_address(api: str, path: str) -> None:
    assert client_of(api).get(f"{path}?now=1").status_code == 200


@pytest.mark.parametrize("path", ["/connexion?utm_source=letter", "/demo?fbclid=1", "/reponse/none?utm_medium=mail"])
def test_a_page_opens_whatever_was_added_to_its_address(path: str) -> None:
    plain = client_of("console").get(path.partition("?")[0])
    assert client_of("console").get(path).status_code == plain.status_code != 422
