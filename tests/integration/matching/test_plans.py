"""Plans and shortlists over HTTP: nothing is proposed until asked, the next is promoted, and a person approves each."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.matching.adapters import commission
from services.matching.routes import plans
from shared.identity import Role
from tests.integration.matching.conftest import MakeKey, Stream, household, placements

Key = dict[str, str]
GENERIC = {"programme": "generique"}


def plan(api: TestClient, key: Key, **body: Any) -> dict[str, Any]:
    answer = api.post("/v1/plans", json=body, headers=key)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def named(answer: Any) -> tuple[str, str]:
    """The field and the value that a refusal names."""
    (error,) = answer.json()["errors"]
    return error["field"], error["value"]


def three(api: TestClient, key: Key) -> list[str]:
    """Three households that could have the same home, in lawful order."""
    return [
        household(api, key, **GENERIC, label="A", priorities=["dalo"], waiting_since="2026-01-01")["id"],
        household(api, key, **GENERIC, label="B", waiting_since="2024-01-01")["id"],
        household(api, key, **GENERIC, label="C", waiting_since="2026-01-01")["id"],
    ]


def test_a_plan_proposes_nothing_and_shows_three_candidates_with_what_sets_them_apart(
    api: TestClient, stream: Stream, caseworker: Key, make_key: MakeKey
) -> None:
    home = stream.home()
    stream.post(openings=9)
    names = three(api, caseworker)
    elsewhere = household(api, make_key(Role.CASEWORKER), **GENERIC)["id"]
    made = plan(api, caseworker)
    (one,) = made["homes"]
    assert (one["vacancy"], one["possible"], one["too_few"]) == (home, 3, None)
    assert [candidate["household"] for candidate in one["candidates"]] == names
    assert [candidate["chosen"] for candidate in one["candidates"]] == [True, False, False]
    assert "priorité reconnue par la loi" in one["candidates"][1]["gaps"][0]
    assert (made["placements"], made["optimal"], made["gained"]) == (1, True, None)
    assert {waiting["label"] for waiting in made["waiting"]} == {"B", "C"}
    (english,) = plan(api, caseworker | {"Accept-Language": "en"})["homes"]
    assert "lawful priority" in english["candidates"][1]["gaps"][0]
    assert elsewhere not in str(made)
    assert placements(api, caseworker) == []
    assert api.get("/v1/shortlists", headers=caseworker).json()["items"] == []


def test_what_if_says_how_many_more_an_imagined_home_would_place_and_what_a_loss_would_change(
    api: TestClient, stream: Stream, caseworker: Key
) -> None:
    home = stream.home()
    stream.post(openings=9)
    names = three(api, caseworker)
    more = {"commune": "15014", "typology": "T3", "surface_m2": 60, "rent_eur_per_month": 400}
    made = plan(api, caseworker, vacancies=[home], imagined=[more])
    assert (made["placements"], made["gained"]) == (2, 1)
    assert [one["imagined"] for one in made["homes"]] == [False, True]
    left = plan(api, caseworker, vacancies=[home], without=[names[0]])
    assert left["homes"][0]["candidates"][0]["household"] == names[1]
    assert "Moins de 3 candidats" in left["homes"][0]["too_few"]
    assert plan(api, caseworker, vacancies=["vac_none"])["not_found"] == ["vac_none"]
    wrong = api.post("/v1/plans", json={"imagined": [{**more, "commune": "99999"}]}, headers=caseworker)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "imagined.0.commune")


def test_a_plan_too_large_is_refused_with_the_number_asked_for(
    api: TestClient, stream: Stream, caseworker: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream.home()
    stream.home()
    three(api, caseworker)
    household(api, caseworker, **GENERIC, label="D")
    for limit, value, field in (("MOST_HOUSEHOLDS", 4, "households"), ("MOST_HOMES", 2, "vacancies")):
        with monkeypatch.context() as smaller:
            smaller.setattr(commission, limit, 1)
            smaller.setattr(plans, limit, 1)
            answer = api.post("/v1/plans", json={}, headers={**caseworker, "Accept-Language": "en"})
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["field"], error["value"]) == (field, value)
        assert error["message"].startswith(f"{value} ho")


def test_who_refuses_gives_way_to_the_next_of_the_list_and_a_person_approves_each(
    api: TestClient, stream: Stream, caseworker: Key, make_key: MakeKey
) -> None:
    home = stream.home()
    stream.post(openings=9)
    names = three(api, caseworker)
    (kept,) = plan(api, caseworker, vacancies=[home], keep=True)["shortlists"]
    again = plan(api, caseworker, vacancies=[home], keep=True)["shortlists"]
    assert again[0]["shortlist"] != kept["shortlist"]  # nothing was proposed yet: it is made anew
    path = f"/v1/shortlists/{again[0]['shortlist']}"
    assert api.post(f"{path}:propose", headers=make_key(Role.CASEWORKER)).status_code == 404
    shown = api.post(f"{path}:propose", headers=caseworker)
    assert shown.status_code == 200, shown.text
    assert [one["proposed"] for one in shown.json()["candidates"]] == [True, False, False]
    again = api.post(f"{path}:propose", headers=caseworker)
    assert (again.status_code, named(again)) == (409, ("placement", shown.json()["placement"]))
    assert plan(api, caseworker, vacancies=[home], keep=True)["homes"] == []  # the home is taken
    in_english = api.get(path, headers={**caseworker, "Accept-Language": "en"}).json()
    assert in_english["step_label"] == "proposal to be examined"
    assert in_english["candidates"][1]["gaps"] == ["The first has a lawful priority, this one has declared none."]
    for turn in range(3):
        current = placements(api, caseworker)[-1]
        assert (current["household"], current["step"]) == (names[turn], "proposed")
        refusal = {"decision": "refuse", "reason": "no_reason_given"}
        api.post(f"/v1/placements/{current['id']}/decisions", json=refusal, headers=caseworker)
        stream.work()
    assert [one["household"] for one in placements(api, caseworker)] == names
    ended = api.get(path, headers=caseworker).json()
    assert ended["closed_at"] is not None
    history = api.get(f"/v1/placements/{placements(api, caseworker)[1]['id']}", headers=caseworker).json()["history"]
    assert (history[0]["command"], history[0]["actor"]) == ("promote", "engine")


def test_a_list_made_as_if_proposals_were_free_names_the_proposal_that_keeps_its_home(
    api: TestClient, stream: Stream, caseworker: Key, make_key: MakeKey
) -> None:
    home = stream.home()
    stream.post(openings=9)
    names = three(api, caseworker)
    body = {"household": names[2], "vacancy": home}
    made = api.post("/v1/placements", json=body, headers=caseworker)
    assert made.status_code == 201, made.text
    (kept,) = plan(api, caseworker, vacancies=[home], proposals_too=True, keep=True)["shortlists"]
    answer = api.post(f"/v1/shortlists/{kept['shortlist']}:propose", headers=caseworker | {"Accept-Language": "en"})
    assert (answer.status_code, named(answer)) == (409, ("placement", made.json()["id"]))
    assert answer.json()["detail"] == "This home is reserved already by your proposal for C."
    chosen = api.post("/v1/placements", json={**body, "household": names[0]}, headers=caseworker)
    assert (chosen.status_code, named(chosen)) == (409, ("placement", made.json()["id"]))
    stranger = make_key(Role.CASEWORKER)
    other = household(api, stranger, **GENERIC)["id"]
    untold = api.post("/v1/placements", json={**body, "household": other}, headers=stranger)
    assert untold.status_code == 409
    assert made.json()["id"] not in untold.text


def test_who_has_a_proposal_elsewhere_is_passed_over_and_it_is_said_with_that_proposal(
    api: TestClient, stream: Stream, caseworker: Key
) -> None:
    stream.post(openings=9)
    home, elsewhere = stream.home(), stream.home()
    names = three(api, caseworker)
    (kept,) = plan(api, caseworker, vacancies=[home], keep=True)["shortlists"]
    body = {"household": names[0], "vacancy": elsewhere}
    other = api.post("/v1/placements", json=body, headers=caseworker)
    assert other.status_code == 201, other.text
    shown = api.post(f"/v1/shortlists/{kept['shortlist']}:propose", headers=caseworker).json()
    first, second, third = shown["candidates"]
    assert (first["passed"], first["other_proposal"]) == (True, other.json()["id"])
    assert (second["household"], second["proposed"], second["other_proposal"]) == (names[1], True, None)
    assert (third["passed"], third["other_proposal"]) == (False, None)


def test_a_closed_list_promotes_nobody_and_one_whose_home_is_gone_closes(
    api: TestClient, stream: Stream, caseworker: Key
) -> None:
    stream.post(openings=9)
    first, second = stream.home(), stream.home()
    three(api, caseworker)
    kept = {one["vacancy"]: one["shortlist"] for one in plan(api, caseworker, keep=True)["shortlists"]}
    for shortlist in kept.values():
        assert api.post(f"/v1/shortlists/{shortlist}:propose", headers=caseworker).status_code == 200
    assert api.post(f"/v1/shortlists/{kept[second]}:close", headers=caseworker).json()["closed_at"]
    stream.withdraw("vacancies", first)
    stream.work()
    shown = api.get(f"/v1/shortlists/{kept[first]}", headers=caseworker).json()
    assert (shown["closed_at"] is not None, shown["step"]) == (True, "released")
    assert api.get("/v1/shortlists", headers=caseworker).json()["items"] == []
    assert len(api.get("/v1/shortlists?closed=true", headers=caseworker).json()["items"]) == 2


def test_an_erased_household_leaves_the_lists(api: TestClient, stream: Stream, caseworker: Key) -> None:
    stream.home()
    stream.post(openings=9)
    names = three(api, caseworker)
    plan(api, caseworker, keep=True)
    assert api.delete(f"/v1/households/{names[1]}", headers=caseworker).status_code == 204
    (kept,) = api.get("/v1/shortlists", headers=caseworker).json()["items"]
    assert [one["household"] for one in kept["candidates"]] == [names[0], names[2]]
