"""How far a home is taken is told to whoever may see the home, and nothing else about its placement."""

import json

from fastapi.testclient import TestClient

from shared.identity import Role
from tests.integration.matching.conftest import MakeKey, Stream
from tests.integration.matching.test_decisions import Key, decide, proposed


def told(api: TestClient, key: Key, *vacancies: str) -> dict[str, str]:
    answer = api.get("/v1/vacancies/commitments", params={"vacancy": list(vacancies)}, headers=key)
    assert answer.status_code == 200, answer.text
    return {item["vacancy"]: item["state"] for item in answer.json()["items"]}


def test_a_soft_proposal_is_invisible_and_an_approved_one_goes_from_committed_to_let(
    api: TestClient, caseworker: Key, make_key: MakeKey, stream: Stream
) -> None:
    made, home, _, placement = proposed(api, caseworker, stream)
    free = stream.home()
    operator = make_key(Role.OPERATOR)
    assert told(api, operator, home, free, "vac_unknown") == {}
    decide(api, caseworker, placement["id"], decision="approve")
    assert told(api, operator, home, free) == {home: "committed"}
    decide(api, caseworker, placement["id"], decision="accept")
    assert told(api, operator, home) == {home: "committed"}
    decide(api, caseworker, placement["id"], decision="advance", landlord_agreed=True)
    answer = api.get("/v1/vacancies/commitments", params={"vacancy": home}, headers=operator)
    (item,) = answer.json()["items"]
    assert (item["state"], item["until"] is not None) == ("held", True)
    assert made["id"] not in answer.text
    assert set(item) == {"vacancy", "state", "since", "until"}
    for _ in range(4):
        decide(api, caseworker, placement["id"], decision="advance")
        assert told(api, operator, home) == {home: "let"}
    assert api.get(f"/v1/placements/{placement['id']}", headers=caseworker).json()["step"] == "completed"


def test_a_refusal_frees_the_home(api: TestClient, caseworker: Key, make_key: MakeKey, stream: Stream) -> None:
    _, home, _, placement = proposed(api, caseworker, stream)
    decide(api, caseworker, placement["id"], decision="approve")
    decide(api, caseworker, placement["id"], decision="refuse", reason="rent_too_high")
    assert told(api, make_key(Role.OPERATOR), home) == {}


def test_only_those_who_may_see_the_home_are_told(
    api: TestClient, caseworker: Key, make_key: MakeKey, stream: Stream
) -> None:
    _, home, _, placement = proposed(api, caseworker, stream)
    decide(api, caseworker, placement["id"], decision="approve")
    inside = make_key(Role.TERRITORY, territories=frozenset({"15"}))
    outside = make_key(Role.TERRITORY, territories=frozenset({"48"}))
    assert told(api, inside, home) == {home: "committed"}
    assert told(api, outside, home) == {}
    assert told(api, make_key(Role.LANDLORD), home) == {}
    assert told(api, make_key(Role.CASEWORKER), home) == {home: "committed"}
    feed = api.get("/v1/vacancies/commitments", params={"vacancy": home}, headers=make_key(Role.FEED))
    assert feed.status_code == 403
    assert json.loads(feed.text)["type"] == "/problems/forbidden"
