"""History on a real database: kept by the historian, read by the API, forgotten when it is old."""

import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from services.scoring.adapters import history_store
from services.scoring.adapters.historian import build, handle, purge
from services.scoring.core.generation import Generation
from services.scoring.settings import ScoringSettings
from shared.clock import utc_now
from shared.events import TerritoryScore, encode, new_event
from shared.settings import Settings
from shared.sql.engine import service_engine
from shared.streams.consumer import Record
from shared.streams.dead_letters import Source
from shared.topics import TERRITORY_SCORES
from tests.integration.scoring.published import AURILLAC, KEY, OTHER, score
from tests.scoring_history import Published, Relay
from tests.scoring_live import eventually

LATER = Generation("digest", "01Z")  # than whatever else the topic holds
PATH = f"/v1/territories/{AURILLAC}/history"
NOW = utc_now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


@pytest.fixture
def engine(migrated: Settings) -> Iterator[Engine]:
    """The history's database, empty."""
    found = service_engine(migrated, "scoring", pool=1)
    with found.begin() as connection:
        connection.execute(text("TRUNCATE score_change, score_day"))
    yield found
    found.dispose()


def record(one: TerritoryScore, at: datetime) -> Record:
    event = new_event(TERRITORY_SCORES, one.code, one, source="/scoring", at=at)
    return Record(Source(TERRITORY_SCORES, 0, one.position), one.code.encode(), b"", event)


def consume(engine: Engine, *published: tuple[TerritoryScore, datetime]) -> None:
    with engine.begin() as connection:
        handle(connection, [record(one, at) for one, at in published])


def asked(client: TestClient, **parameters: Any) -> list[dict[str, Any]]:
    answer = client.get(PATH, params=parameters, headers=KEY)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_changes_are_kept_once_and_read_newest_first_page_by_page(api: TestClient, engine: Engine) -> None:
    consume(engine, *((score(AURILLAC, n, float(n)), NOW + timedelta(minutes=n)) for n in range(1, 6)))
    consume(engine, (score(AURILLAC, 5, 5.0), NOW), (score(AURILLAC, 2, 2.0), NOW), (score(OTHER, 6, 9.0), NOW))
    assert [one["score"] for one in asked(api)] == [5.0, 4.0, 3.0, 2.0, 1.0]
    seen: list[float] = []
    parameters: dict[str, Any] = {"limit": 2}
    while True:
        body = api.get(PATH, params=parameters, headers=KEY).json()
        seen += [one["score"] for one in body["items"]]
        if body["next"] is None:
            break
        parameters["cursor"] = body["next"]
    assert seen == [5.0, 4.0, 3.0, 2.0, 1.0]


def test_a_period_is_asked_for_by_day_or_by_instant(api: TestClient, engine: Engine) -> None:
    for days in range(4):
        consume(engine, (score(AURILLAC, 10 - days, float(days)), NOW - timedelta(days=days)))
        with engine.begin() as connection:  # an earlier place comes later here: only for the sake of the test
            connection.execute(text("UPDATE score_change SET position = 0"))
    day = (NOW - timedelta(days=2)).date().isoformat()
    assert {one["score"] for one in asked(api, **{"from": day, "to": day})} == {2.0}
    instant = NOW.isoformat()
    assert {one["score"] for one in asked(api, **{"from": instant})} == {0.0}
    assert {one["score"] for one in asked(api, to=instant)} == {1.0, 2.0, 3.0}


def test_each_day_has_a_state_also_one_without_a_change(api: TestClient, engine: Engine) -> None:
    begin = NOW - timedelta(days=3)
    consume(engine, (score(AURILLAC, 1, 10.0), begin), (score(AURILLAC, 2, 30.0), begin + timedelta(minutes=1)))
    consume(engine, (score(AURILLAC, 3, 20.0), begin + timedelta(minutes=2)))
    consume(engine, (score(AURILLAC, 4, 40.0), NOW - timedelta(days=1)))
    days = asked(api, by="day", to=NOW.date().isoformat())
    assert [one["day"] for one in days] == [(NOW - timedelta(days=n)).date().isoformat() for n in range(4)]
    assert [(one["score"], one["changes"]) for one in days] == [(40.0, 0), (40.0, 1), (20.0, 0), (20.0, 3)]
    assert (days[3]["lowest_score"], days[3]["highest_score"]) == (10.0, 30.0)
    assert days[2]["lowest_score"] == days[2]["highest_score"] == 20.0
    first = api.get(PATH, params={"by": "day", "limit": 3, "to": NOW.date().isoformat()}, headers=KEY).json()
    rest = api.get(PATH, params={"by": "day", "limit": 3, "cursor": first["next"]}, headers=KEY).json()
    assert first["items"] + rest["items"] == days
    assert rest["next"] is None


def test_the_public_is_told_classes_only(api: TestClient, engine: Engine) -> None:
    consume(engine, (score(AURILLAC, 1, 61.5), NOW))
    for by in ("change", "day"):
        item = api.get(PATH, params={"by": by}).json()["items"][0]
        assert not {"score", "blocks", "counters", "lowest_score", "highest_score", "generation"} & item.keys()
        assert item["score_class"] == 3


def test_what_is_old_is_forgotten_but_never_the_state_that_still_holds(
    api: TestClient, engine: Engine, migrated: Settings
) -> None:
    settings = ScoringSettings.model_validate(
        migrated.model_dump() | {"scoring_changes_days": 10, "scoring_days_days": 20}
    )
    for code, age in ((AURILLAC, 40), (AURILLAC, 15), (AURILLAC, 5), (OTHER, 90)):
        consume(engine, (score(code, 100 - age, float(age)), NOW - timedelta(days=age)))
    assert purge(engine, settings, NOW) == 2, "two old changes; an old day still tells of the days after it"
    assert [one["score"] for one in asked(api)] == [5.0]
    with engine.connect() as connection:
        assert history_store.marks(connection, [OTHER])[OTHER].position == 10
    begin = (NOW - timedelta(days=30)).date().isoformat()
    days = asked(api, by="day", limit=100, **{"from": begin, "to": NOW.date().isoformat()})
    assert {one["score"] for one in days} == {5.0, 15.0, 40.0}


@pytest.mark.parametrize(
    "query",
    ["from=yesterday", "to=2026-13-01", "by=hour", "by=day&cursor=WzEyXQ", "cursor=WyIyMDI2LTExLTAxIl0", "limit=0"],
)
def test_a_wrong_parameter_is_named(api: TestClient, query: str) -> None:
    assert api.get(f"{PATH}?{query}").status_code == 422


def test_an_unknown_territory_is_not_found(api: TestClient) -> None:
    assert api.get("/v1/territories/15014/history").status_code == 404


def test_days_of_the_future_are_not_invented(api: TestClient, engine: Engine) -> None:
    consume(engine, (score(AURILLAC, 1, 61.5), NOW))
    days = asked(api, by="day", to="2999-01-01", limit=500)
    assert {date.fromisoformat(one["day"]) for one in days} <= {
        NOW.date() + timedelta(days=n) for n in range((utc_now() - NOW).days + 3)
    }


def test_the_historian_keeps_what_the_topic_says_and_goes_on_where_it_stood(
    api: TestClient, engine: Engine, migrated: Settings
) -> None:
    settings = ScoringSettings.model_validate(migrated.model_dump())
    at = utc_now()

    def publish(*scores: TerritoryScore) -> None:
        records = []
        for one in scores:
            event = new_event(TERRITORY_SCORES, one.code, one, source="/scoring", at=at)
            records.append(Published(TERRITORY_SCORES, one.code, encode(event)))
        relay.publish(records)

    def read_until(positions: list[float]) -> None:
        historian = build(settings, engine)
        running = threading.Thread(target=historian.run)
        running.start()
        try:
            assert eventually(lambda: [one["score"] for one in asked(api)][: len(positions)] == positions)
        finally:
            historian.stop()
            running.join(60)
        assert not running.is_alive()

    relay = Relay(migrated.kafka_bootstrap)
    try:
        publish(score(AURILLAC, 1, 11.0, LATER), score(AURILLAC, 2, 22.0, LATER), score(OTHER, 2, 5.0, LATER))
        read_until([22.0, 11.0])
        publish(score(AURILLAC, 2, 22.0, LATER), score(AURILLAC, 3, 33.0, LATER))
        read_until([33.0, 22.0, 11.0])
    finally:
        relay.close()
