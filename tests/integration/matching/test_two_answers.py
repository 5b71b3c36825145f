"""Two who answer one proposal or keep one plan at once, and what is written of a household while it is erased."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from services.matching.adapters import shortlists
from services.matching.adapters.erasure import erase
from services.matching.adapters.locking import lock
from services.matching.adapters.placements import Act, Moment, carry_out, programme_of, state_of
from services.matching.adapters.verification import Answer
from services.matching.adapters.verifying import settle
from services.matching.core.placement import Approve, Transition
from services.matching.core.placement import decide as decided
from services.matching.routes import plans
from shared.ids import new_id
from tests.integration.interleaving import at_the_same_time
from tests.integration.matching.conftest import Ingest, Stream, household, placements, tables
from tests.integration.matching.test_meanwhile import decide, once_before, promised, proposed, step

Key = dict[str, str]


def test_a_refusal_while_an_approval_is_verified_stands(
    api: TestClient, caseworker: Key, stream: Stream, ingest: Ingest, database: Engine
) -> None:
    made = proposed(api, caseworker, stream)
    ingest.meanwhile = lambda: decide(api, caseworker, made, "refuse", reason="home_state").raise_for_status()
    answer = decide(api, caseworker, made, "approve")
    assert (answer.status_code, answer.json()["step"]) == (200, "refused")
    assert promised(database) == []


def test_two_approvals_at_once_are_one(api: TestClient, caseworker: Key, stream: Stream, ingest: Ingest) -> None:
    made = proposed(api, caseworker, stream)
    ingest.meanwhile = lambda: decide(api, caseworker, made, "approve").raise_for_status()
    assert decide(api, caseworker, made, "approve").json()["step"] == "approved"
    history = api.get(f"/v1/placements/{made}", headers=caseworker).json()["history"]
    assert [one["step"] for one in history] == ["proposed", "verifying", "approved"]


def test_a_decision_sent_again_under_its_key_while_it_is_verified_is_answered_twice_and_made_once(
    api: TestClient, caseworker: Key, stream: Stream, ingest: Ingest
) -> None:
    made = proposed(api, caseworker, stream)
    key = {**caseworker, "Idempotency-Key": "again"}
    ingest.meanwhile = lambda: decide(api, key, made, "approve").raise_for_status()
    answer = decide(api, key, made, "approve")
    assert (answer.status_code, answer.json()["step"]) == (200, "approved")
    assert decide(api, key, made, "approve").json() == answer.json()


def test_what_was_answered_in_time_does_not_expire_while_it_is_verified(
    api: TestClient, caseworker: Key, stream: Stream, ingest: Ingest
) -> None:
    made = proposed(api, caseworker, stream)

    def time_passes() -> None:
        stream.clock.advance(timedelta(days=60))
        stream.work()

    ingest.meanwhile = time_passes
    assert decide(api, caseworker, made, "approve").json()["step"] == "approved"


def test_what_is_answered_while_the_engine_comes_to_end_it_is_not_ended(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine
) -> None:
    made = proposed(api, caseworker, stream)
    with at_the_same_time(database) as run, Session(database) as session:
        (row,) = lock(session, [made])
        answered = decided(state_of(row), Approve(), programme_of(row), stream.clock.now())
        assert isinstance(answered, Transition)
        carry_out(session, row, answered, Act("approve", "usr_test"), Moment(stream.clock.now()))
        stream.clock.advance(timedelta(days=60))
        engine = run(stream.work)
        session.commit()
    engine.result()
    assert step(api, caseworker, made) == "approved"


def test_an_answer_of_ingest_to_an_earlier_question_settles_nothing(
    api: TestClient, caseworker: Key, stream: Stream, ingest: Ingest, database: Engine
) -> None:
    made = proposed(api, caseworker, stream)
    ingest.silent = True
    assert decide(api, caseworker, made, "approve").status_code == 202
    moment = Moment(stream.clock.now())
    with Session(database) as session, session.begin():
        assert settle(session, made, 1, Answer.HOME_GONE, Act("verify", "usr_test"), moment) is None
    assert step(api, caseworker, made) == "verifying"


def test_no_link_is_made_of_a_household_that_is_being_erased(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine
) -> None:
    made = proposed(api, caseworker, stream)
    assert decide(api, caseworker, made, "approve").status_code == 200
    (before,) = placements(api, caseworker)
    with at_the_same_time(database) as run, Session(database) as session:
        erase(session, before["household"], actor="usr_test", moment=Moment(stream.clock.now()))
        link = run(lambda: api.post(f"/v1/placements/{made}/answer-links", headers=caseworker))
        session.commit()
    assert link.result().status_code == 409
    stream.work()
    assert [name for name, content in tables(database).items() if before["household"] in content] == []


def test_an_answer_by_a_link_that_is_erased_meanwhile_finds_no_link(
    api: TestClient, caseworker: Key, stream: Stream, ingest: Ingest
) -> None:
    made = proposed(api, caseworker, stream)
    assert decide(api, caseworker, made, "approve").status_code == 200
    (before,) = placements(api, caseworker)
    token = api.post(f"/v1/placements/{made}/answer-links", headers=caseworker).json()["token"]
    ingest.meanwhile = lambda: api.delete(f"/v1/households/{before['household']}", headers=caseworker)
    assert api.post(f"/v1/answers/{token}", json={"answer": "yes"}).status_code == 404


def plan(api: TestClient, key: Key) -> Any:
    return api.post("/v1/plans", json={"keep": True}, headers=key)


def test_a_plan_kept_while_its_household_is_erased_keeps_nothing_of_it(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream.home()
    stream.post()
    one = household(api, caseworker)
    erased = lambda: api.delete(f"/v1/households/{one['id']}", headers=caseworker).raise_for_status()  # noqa: E731
    once_before(monkeypatch, plans, "_kept", erased)
    answer = plan(api, caseworker)
    assert (answer.status_code, answer.json()["shortlists"]) == (200, [])
    stream.work()
    assert [name for name, content in tables(database).items() if one["id"] in content] == []


def test_two_plans_kept_at_once_leave_one_open_list_of_a_home(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream.home()
    stream.post()
    household(api, caseworker)
    with at_the_same_time(database) as run:
        others: list[Any] = []

        def beside(prefix: str) -> str:
            monkeypatch.setattr(shortlists, "new_id", new_id)
            others.append(run(lambda: plan(api, caseworker)))
            return new_id(prefix)

        monkeypatch.setattr(shortlists, "new_id", beside)
        assert plan(api, caseworker).status_code == 200
        assert others[0].result().status_code == 200
    assert len(api.get("/v1/shortlists", headers=caseworker).json()["items"]) == 1
