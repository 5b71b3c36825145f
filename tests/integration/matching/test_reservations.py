"""No home, household or post is promised twice, whatever runs at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from services.matching.adapters import changes
from services.matching.adapters.changes import Fenced
from tests.integration.matching.conftest import Stream, household, placements

Key = dict[str, str]


def live(database: Engine) -> list[Any]:
    with database.connect() as connection:
        query = text("SELECT vacancy, household, offer FROM reservation WHERE released_at IS NULL")
        return list(connection.execute(query).all())


def test_of_many_choices_of_one_home_at_once_exactly_one_holds(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine
) -> None:
    home = stream.home()
    stream.post(openings=50)
    households = [household(api, caseworker)["id"] for _ in range(8)]

    def choose(name: str) -> int:
        body = {"household": name, "vacancy": home}
        return api.post("/v1/placements", json=body, headers=caseworker).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(choose, households))
    assert sorted(statuses) == [201] + [409] * 7
    assert len(live(database)) == 1


def test_of_many_choices_for_one_household_at_once_exactly_one_holds(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine
) -> None:
    homes = [stream.home() for _ in range(8)]
    stream.post(openings=50)
    name = household(api, caseworker)["id"]

    def choose(home: str) -> int:
        body = {"household": name, "vacancy": home}
        return api.post("/v1/placements", json=body, headers=caseworker).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(choose, homes))
    assert sorted(statuses) == [201] + [409] * 7
    assert len(live(database)) == 1


@pytest.mark.parametrize(("openings", "most"), [(3, 3), (None, 1)])
def test_leads_never_pass_the_openings(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine, openings: int | None, most: int
) -> None:
    post = stream.post(openings=openings)
    homes = [stream.home() for _ in range(6)]
    households = [household(api, caseworker)["id"] for _ in range(6)]

    def choose(pair: tuple[str, str]) -> int:
        body = {"household": pair[0], "vacancy": pair[1], "offer": post}
        return api.post("/v1/placements", json=body, headers=caseworker).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(choose, zip(households, homes, strict=True)))
    assert sorted(statuses) == [201] * most + [409] * (6 - most)
    with database.connect() as connection:
        assert connection.execute(text("SELECT leads FROM offer")).scalar_one() == most


def test_the_engine_and_a_caseworker_at_once_do_not_promise_a_home_twice(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine
) -> None:
    homes = [stream.home() for _ in range(10)]
    stream.post(openings=50)
    households = [household(api, caseworker)["id"] for _ in range(10)]

    def choose(pair: tuple[str, str]) -> int:
        body = {"household": pair[0], "vacancy": pair[1]}
        return api.post("/v1/placements", json=body, headers=caseworker).status_code

    with ThreadPoolExecutor(4) as pool:
        working = pool.submit(stream.work)
        statuses = list(pool.map(choose, zip(households, reversed(homes), strict=True)))
        working.result()
    stream.work()
    rows = live(database)
    assert set(statuses) <= {201, 409}
    assert len(rows) == len({row.vacancy for row in rows}) == len({row.household for row in rows}) == 10
    with database.connect() as connection:
        assert connection.execute(text("SELECT leads FROM offer")).scalar_one() == 10


def test_the_index_itself_refuses_a_second_live_reservation(database: Engine, clean: None) -> None:
    insert = text("INSERT INTO reservation (placement, vacancy, household, created_at) VALUES (:p, :v, :h, now())")
    with database.begin() as connection:
        connection.execute(insert, {"p": "plc_1", "v": "vac_1", "h": "hh_1"})
    for vacancy, name in (("vac_1", "hh_2"), ("vac_2", "hh_1")):
        with pytest.raises(IntegrityError), database.begin() as connection:
            connection.execute(insert, {"p": "plc_2", "v": vacancy, "h": name})


def test_a_caseworker_never_has_more_open_proposals_than_the_cap(
    api: TestClient, caseworker: Key, stream: Stream
) -> None:
    stream.post(openings=100)
    for _ in range(25):
        stream.home()
        household(api, caseworker)
    stream.work()
    opened = placements(api, caseworker, step="proposed")
    assert len(opened) == 20
    answer = api.post(f"/v1/placements/{opened[0]['id']}/decisions", json={"decision": "approve"}, headers=caseworker)
    assert answer.status_code == 200
    stream.work()
    assert len(placements(api, caseworker, step="proposed")) == 20
    assert len(placements(api, caseworker)) == 21


def test_a_territory_is_not_filled_beyond_its_capacity(api: TestClient, caseworker: Key, stream: Stream) -> None:
    stream.commit(capacity_households=2)
    stream.post(openings=100)
    for _ in range(4):
        stream.home()
        household(api, caseworker)
    stream.work()
    opened = placements(api, caseworker)
    assert len(opened) == 2
    url = f"/v1/placements/{opened[0]['id']}/decisions"
    api.post(url, json={"decision": "refuse", "reason": "situation_changed"}, headers=caseworker)
    stream.work()
    assert len(placements(api, caseworker, step="proposed")) == 2
    stream.commit(capacity_households=3)
    stream.work()
    assert len(placements(api, caseworker, step="proposed")) == 3


def test_a_paused_territory_gets_no_proposal_until_it_opens(api: TestClient, caseworker: Key, stream: Stream) -> None:
    stream.commit(status="paused")
    stream.post()
    stream.home()
    household(api, caseworker)
    stream.work()
    assert placements(api, caseworker) == []
    stream.commit(status="open")
    stream.work()
    assert len(placements(api, caseworker)) == 1


def test_without_wishes_a_household_goes_where_its_programme_is_open(
    api: TestClient, caseworker: Key, stream: Stream
) -> None:
    stream.post()
    stream.home()
    household(api, caseworker, territories=[])
    stream.work()
    assert placements(api, caseworker) == []
    stream.commit(code="15")
    stream.work()
    assert len(placements(api, caseworker)) == 1


def test_an_engine_that_was_taken_over_writes_nothing_more(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine
) -> None:
    stream.home()
    stream.work()
    from sqlmodel import Session

    with Session(database) as session, session.begin():
        changes.take_over(session)
    household(api, caseworker)
    with pytest.raises(Fenced):
        stream.work()
    with pytest.raises(Fenced):
        stream.post()
    assert placements(api, caseworker) == []


def test_the_longest_wait_comes_first_and_income_never_decides(
    api: TestClient, caseworker: Key, stream: Stream
) -> None:
    rich = household(api, caseworker, income_eur_per_month=4000, waiting_since="2026-01-01")
    waiting = household(api, caseworker, income_eur_per_month=1300, waiting_since="2020-01-01")
    stream.post()
    stream.work()
    stream.home()
    stream.work()
    assert [one["household"] for one in placements(api, caseworker)] == [waiting["id"]]
    assert rich["id"] != waiting["id"]
