"""A household answers by its link: plain words, no account, and reading never decides."""

from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from tests.integration.matching.conftest import Ingest, Stream, household, placements, tables

Key = dict[str, str]


def sent(api: TestClient, key: Key, stream: Stream) -> tuple[dict[str, Any], str]:
    """A proposal sent to its household: (placement, token)."""
    stream.home()
    stream.post()
    household(api, key)
    stream.work()
    (placement,) = placements(api, key)
    url = f"/v1/placements/{placement['id']}"
    assert api.post(f"{url}/answer-links", headers=key).status_code == 409
    assert api.post(f"{url}/decisions", json={"decision": "approve"}, headers=key).status_code == 200
    link = api.post(f"{url}/answer-links", headers=key)
    assert link.status_code == 201
    assert link.json()["url"].endswith(f"/reponse/{link.json()['token']}")
    return placement, link.json()["token"]


def step(api: TestClient, key: Key, placement: dict[str, Any]) -> str:
    view: str = api.get(f"/v1/placements/{placement['id']}", headers=key).json()["step"]
    return view


def test_reading_the_link_shows_plain_words_and_decides_nothing(
    api: TestClient, caseworker: Key, stream: Stream
) -> None:
    placement, token = sent(api, caseworker, stream)
    for _ in range(3):
        page = api.get(f"/v1/answers/{token}")
        assert page.status_code == 200
    body = page.json()
    assert "Un logement à Aurillac." in body["sentences"]
    assert "Une piste de travail : Maçonnerie, à Aurillac." in body["sentences"]
    assert [choice["answer"] for choice in body["choices"]] == ["yes", "no", "time", "call"]
    assert body["facts"]["commune"] == "Aurillac"
    assert body["facts"]["rooms"] == int(placement["typology"][1])
    assert body["facts"]["occupation"] == "Maçonnerie"
    assert "landlord_declined" not in {reason["code"] for reason in body["reasons"]}
    assert placement["household"] not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert step(api, caseworker, placement) == "approved"


def test_a_yes_is_verified_then_accepted(api: TestClient, caseworker: Key, stream: Stream, ingest: Ingest) -> None:
    placement, token = sent(api, caseworker, stream)
    asked = len(ingest.asked)
    body = api.post(f"/v1/answers/{token}", json={"answer": "yes"}).json()
    assert body["open"] is False
    assert len(ingest.asked) == asked + 2
    assert step(api, caseworker, placement) == "accepted"
    assert api.post(f"/v1/answers/{token}", json={"answer": "no"}).status_code == 409


def test_a_yes_for_a_home_that_is_gone_is_never_an_acceptance(
    api: TestClient, caseworker: Key, stream: Stream, ingest: Ingest
) -> None:
    placement, token = sent(api, caseworker, stream)
    ingest.gone.add(placement["vacancy"])
    body = api.post(f"/v1/answers/{token}", json={"answer": "yes"}).json()
    assert "n'est plus libre" in body["status"]
    assert step(api, caseworker, placement) == "released"


def test_a_no_needs_no_reason_and_a_reason_must_be_known(api: TestClient, caseworker: Key, stream: Stream) -> None:
    placement, token = sent(api, caseworker, stream)
    unknown = api.post(f"/v1/answers/{token}", json={"answer": "no", "reason": "landlord_declined"})
    assert unknown.status_code == 422
    assert api.post(f"/v1/answers/{token}", json={"answer": "no"}).status_code == 200
    view = api.get(f"/v1/placements/{placement['id']}", headers=caseworker).json()
    assert (view["step"], view["refusal"]) == ("refused", "no_reason_given")
    assert view["history"][-1]["actor"] == "household"


def test_asking_for_time_keeps_the_proposal_open(api: TestClient, caseworker: Key, stream: Stream) -> None:
    placement, token = sent(api, caseworker, stream)
    body = api.post(f"/v1/answers/{token}", json={"answer": "time"}).json()
    assert (body["open"], body["answer"]) == (True, "time")
    assert step(api, caseworker, placement) == "approved"
    api.post(f"/v1/answers/{token}", json={"answer": "yes"})
    assert step(api, caseworker, placement) == "accepted"


def test_asking_for_a_call_reaches_the_caseworker_and_keeps_the_proposal_open(
    api: TestClient, caseworker: Key, stream: Stream
) -> None:
    placement, token = sent(api, caseworker, stream)
    url = f"/v1/placements/{placement['id']}"
    assert api.get(url, headers=caseworker).json()["household_answer"] is None
    body = api.post(f"/v1/answers/{token}", json={"answer": "call"}).json()
    assert (body["open"], body["status"]) == (True, "Vous avez demandé un appel. Votre accompagnant vous appelle.")
    assert api.get(url, headers=caseworker).json()["household_answer"]["answer"] == "call"
    assert step(api, caseworker, placement) == "approved"


def test_an_unknown_or_ended_link_opens_nothing(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine
) -> None:
    placement, token = sent(api, caseworker, stream)
    assert api.get("/v1/answers/nothing").status_code == 404
    with database.begin() as connection:
        connection.execute(text("UPDATE answer_link SET expires_at = now() - interval '1 second'"))
    assert api.get(f"/v1/answers/{token}").status_code == 404
    assert api.post(f"/v1/answers/{token}", json={"answer": "yes"}).status_code == 404
    assert step(api, caseworker, placement) == "approved"


def test_the_token_is_nowhere_in_the_database(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine
) -> None:
    _, token = sent(api, caseworker, stream)
    for name, dump in tables(database).items():
        assert token not in dump, name


def test_an_answer_after_its_deadline_does_not_count(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine
) -> None:
    placement, token = sent(api, caseworker, stream)
    with database.begin() as connection:
        connection.execute(text("UPDATE placement SET due_at = now() - interval '1 second'"))
    assert api.post(f"/v1/answers/{token}", json={"answer": "yes"}).status_code == 409
    stream.work()
    view = api.get(f"/v1/placements/{placement['id']}", headers=caseworker).json()
    assert (view["step"], view["outcome"]) == ("released", "no_answer")
