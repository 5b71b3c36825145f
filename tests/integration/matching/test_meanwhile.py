"""What a proposal is about changes while it is being made: the one that comes second sees the first."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session

from services.matching.adapters import choosing as choices
from shared.events import CommitmentStatus
from shared.identity import Role
from shared.web.problems import Problem
from tests.integration.interleaving import at_the_same_time
from tests.integration.matching.conftest import COOK, Choose, MakeKey, Stream, household, placements, tables

Key = dict[str, str]


def step(api: TestClient, key: Key, placement: str) -> str:
    return str(api.get(f"/v1/placements/{placement}", headers=key).json()["step"])


def decide(api: TestClient, key: Key, placement: str, decision: str, **more: Any) -> Any:
    body = {"decision": decision, **more}
    return api.post(f"/v1/placements/{placement}/decisions", json=body, headers=key)


def proposed(api: TestClient, key: Key, stream: Stream) -> str:
    """A home proposed to a household; its id."""
    stream.home()
    stream.post()
    household(api, key)
    stream.work()
    (made,) = placements(api, key)
    return str(made["id"])


def promised(database: Engine) -> list[Any]:
    with database.connect() as connection:
        return list(connection.execute(text("SELECT * FROM reservation WHERE released_at IS NULL")))


def once_before(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, happen: Callable[[], Any]) -> None:
    """Lets something happen when `module` next calls what it knows as `name`, just before it does."""
    done = getattr(module, name)

    def then(*given: Any, **named: Any) -> Any:
        monkeypatch.setattr(module, name, done)
        happen()
        return done(*given, **named)

    monkeypatch.setattr(module, name, then)


# A household leaves while a home is being proposed to it.


def test_a_household_erased_while_it_is_proposed_a_home_leaves_that_home_free(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine, choosing: Choose
) -> None:
    stream.post(openings=1)
    one, home = household(api, caseworker), stream.home()
    with at_the_same_time(database) as run, Session(database) as session:
        made = choosing(session, one, home).id
        erased = run(lambda: api.delete(f"/v1/households/{one['id']}", headers=caseworker).status_code)
        session.commit()
    assert erased.result() == 204
    assert (promised(database), step(api, caseworker, made)) == ([], "released")
    stream.work()
    assert [name for name, content in tables(database).items() if one["id"] in content] == []
    household(api, caseworker)
    stream.work()
    assert [row["vacancy"] for row in placements(api, caseworker)] == [home, home]


def test_a_household_parked_while_it_is_proposed_a_home_leaves_that_home_free(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine, choosing: Choose
) -> None:
    stream.post()
    one, home = household(api, caseworker), stream.home()
    path = f"/v1/households/{one['id']}"
    with at_the_same_time(database) as run, Session(database) as session:
        choosing(session, one, home)
        parked = run(lambda: api.patch(path, json={"status": "parked"}, headers=caseworker).status_code)
        session.commit()
    assert parked.result() == 200
    assert promised(database) == []


def test_a_programme_does_not_change_under_a_proposal_that_is_being_made(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine, choosing: Choose
) -> None:
    stream.post()
    one, home = household(api, caseworker), stream.home()
    path = f"/v1/households/{one['id']}"
    with at_the_same_time(database) as run, Session(database) as session:
        choosing(session, one, home)
        changed = run(lambda: api.patch(path, json={"programme": "generique"}, headers=caseworker))
        session.commit()
    assert changed.result().status_code == 409, changed.result().text
    assert changed.result().json()["errors"][0]["field"] == "programme"


def test_a_household_that_changes_while_a_home_is_looked_for_is_looked_at_again(
    api: TestClient,
    caseworker: Key,
    stream: Stream,
    choosing: Choose,
    monkeypatch: pytest.MonkeyPatch,
    database: Engine,
) -> None:
    stream.post()
    one, home = household(api, caseworker), stream.home()
    path = f"/v1/households/{one['id']}"
    once_before(
        monkeypatch,
        choices,
        "lock_for",
        lambda: api.patch(path, json={"size": 6}, headers=caseworker).raise_for_status(),
    )
    with Session(database) as session, pytest.raises(Problem):
        choosing(session, one, home)
    assert promised(database) == []


def test_a_home_refused_while_it_is_chosen_again_is_not_proposed_again(
    api: TestClient,
    caseworker: Key,
    stream: Stream,
    choosing: Choose,
    monkeypatch: pytest.MonkeyPatch,
    database: Engine,
) -> None:
    made = proposed(api, caseworker, stream)
    (before,) = placements(api, caseworker)
    refuse = lambda: decide(api, caseworker, made, "refuse", reason="home_state").raise_for_status()  # noqa: E731
    once_before(monkeypatch, choices, "lock_for", refuse)
    with Session(database) as session, pytest.raises(Problem):
        choosing(session, {"id": before["household"]}, before["vacancy"])
    assert promised(database) == []


# A home, an offer or a commitment ends while it is being proposed.


@pytest.mark.parametrize("topic", ["vacancies", "offers"])
def test_what_is_withdrawn_while_it_is_proposed_is_kept_for_nobody(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine, choosing: Choose, topic: str
) -> None:
    post = stream.post()
    one, home = household(api, caseworker), stream.home()
    with at_the_same_time(database) as run, Session(database) as session:
        made = choosing(session, one, home, post).id
        withdrawn = run(lambda: stream.withdraw(topic, home if topic == "vacancies" else post))
        session.commit()
    withdrawn.result()
    assert (promised(database), step(api, caseworker, made)) == ([], "released")


@pytest.mark.parametrize("topic", ["vacancies", "offers"])
def test_what_was_withdrawn_while_a_choice_was_thought_over_is_not_proposed(
    api: TestClient,
    caseworker: Key,
    stream: Stream,
    database: Engine,
    choosing: Choose,
    monkeypatch: pytest.MonkeyPatch,
    topic: str,
) -> None:
    post = stream.post()
    one, home = household(api, caseworker), stream.home()
    gone = home if topic == "vacancies" else post
    once_before(monkeypatch, choices, "lock_for", lambda: stream.withdraw(topic, gone))
    with Session(database) as session, pytest.raises(Problem):
        choosing(session, one, home, post)
    assert promised(database) == []


def test_a_commitment_closed_while_a_choice_is_thought_over_takes_nobody(
    api: TestClient,
    caseworker: Key,
    stream: Stream,
    database: Engine,
    choosing: Choose,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream.commit()
    stream.post()
    one, home = household(api, caseworker), stream.home()
    once_before(monkeypatch, choices, "lock_for", lambda: stream.commit(status=CommitmentStatus.CLOSED))
    with Session(database) as session, pytest.raises(Problem):
        choosing(session, one, home)
    assert promised(database) == []


@pytest.mark.parametrize("bound", [{"capacity_households": 1}, {"capacity_persons": 5}])
def test_the_last_place_of_a_territory_is_given_once(
    api: TestClient,
    caseworker: Key,
    make_key: MakeKey,
    stream: Stream,
    database: Engine,
    choosing: Choose,
    choosing_apart: Callable[..., None],
    bound: Any,
) -> None:
    stream.commit(**bound)
    post, other_post = stream.post(), stream.post(rome=COOK)
    one, other = household(api, caseworker), household(api, make_key(Role.CASEWORKER), rome=[COOK])
    home, other_home = stream.home(), stream.home()

    with at_the_same_time(database) as run, Session(database) as session:
        choosing(session, one, home, post)
        late = run(lambda: choosing_apart(other, other_home, other_post))
        session.commit()
    assert isinstance(late.exception(), Problem)
    assert [row.vacancy for row in promised(database)] == [home]
