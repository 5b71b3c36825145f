"""From a day that passes to a landlord who is asked, and from his answer back to supply."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session

from services.ingest.adapters.registry import VACANCIES, advance_dates
from services.ingest.core.states import Horizon
from services.notify.api import build as build_notify
from services.notify.consumer import handle
from services.notify.settings import NotifySettings
from shared.events import Event, encode
from shared.identity import Role
from shared.settings import Settings
from shared.sql.engine import service_engine
from shared.streams.consumer import Record
from shared.streams.dead_letters import Source
from tests.integration.ingest.conftest import MakeKey
from tests.integration.ingest.test_http import BODY, events_of

HORIZON = Horizon(92, 45)


@pytest.fixture
def notify_engine(migrated: Settings) -> Iterator[Engine]:
    engine = service_engine(migrated, "notify", pool=2)
    yield engine
    engine.dispose()


def told(engine: Engine, events: list[Event[object] | None]) -> None:
    """The events as notify's consumer gets them."""
    records = [
        Record(Source("vacancies", 0, number), event.subject.encode(), encode(event), event)
        for number, event in enumerate(events)
        if event is not None
    ]
    with engine.begin() as connection:
        handle(connection, records)


def kept(engine: Engine, vacancy: str) -> list[str]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT type FROM delivery WHERE subject = :id ORDER BY id"), {"id": vacancy})
        return list(rows.scalars())


def test_a_stale_vacancy_asks_its_landlord_and_his_answer_makes_it_supply_again(
    api: TestClient, make_key: MakeKey, ingest_engine: Engine, notify_engine: Engine, migrated: Settings
) -> None:
    landlord, caseworker = make_key(Role.LANDLORD), make_key(Role.CASEWORKER)
    with TestClient(build_notify(NotifySettings(**migrated.model_dump(), webhook_allow="127.0.0.0/8"))) as notify:
        body = {"url": "http://127.0.0.1:9/hook", "types": ["vacancy.confirmation_requested"]}
        assert notify.post("/v1/endpoints", json=body, headers=landlord).status_code == 201
        everything = {"url": "http://127.0.0.1:9/hook", "types": ["vacancy.updated"]}
        assert notify.post("/v1/endpoints", json=everything, headers=caseworker).status_code == 201
        refused = notify.post("/v1/endpoints", json=body, headers=caseworker)
        assert refused.status_code == 422
    made = api.put("/v1/vacancies/S-1", json=BODY, headers=landlord).json()
    later = datetime.now(UTC) + timedelta(days=46)
    with Session(ingest_engine) as session:
        while advance_dates(session, VACANCIES, now=later, at=datetime.now(UTC), horizon=HORIZON):
            session.commit()
    assert api.get("/v1/vacancies?to_confirm=true", headers=landlord).json()["items"][0]["id"] == made["id"]
    told(notify_engine, events_of(ingest_engine, "vacancies", made["id"]))
    assert sorted(kept(notify_engine, made["id"])) == ["vacancy.confirmation_requested", "vacancy.updated"]
    with notify_engine.connect() as connection:
        live = connection.execute(
            text(
                "SELECT landlord, all_caseworkers, audience_territory FROM live_event WHERE subject = :id AND type = :t"
            ),
            {"id": made["id"], "t": "vacancy.confirmation_requested"},
        ).one()
    owner = api.get("/v1/vacancies/S-1", headers=landlord).json()["landlord"]
    assert tuple(live) == (owner, False, None)
    answer = api.post("/v1/vacancies/S-1:confirm", headers=landlord)
    assert (answer.json()["result"], answer.json()["status"], answer.json()["version"]) == ("confirmed", "open", 3)
    assert api.get("/v1/vacancies?to_confirm=true", headers=landlord).json()["items"] == []
    statuses = [event.data.after.status.value for event in events_of(ingest_engine, "vacancies", made["id"])]
    assert statuses == ["open", "stale", "open"]


def test_many_rows_are_due_at_once_and_each_becomes_one_event_whoever_looks(
    api: TestClient, make_key: MakeKey, ingest_engine: Engine
) -> None:
    landlord = make_key(Role.LANDLORD)
    ids = [api.put(f"/v1/vacancies/S-{n}", json=BODY, headers=landlord).json()["id"] for n in range(30)]
    later, at = datetime.now(UTC) + timedelta(days=46), datetime.now(UTC)
    with Session(ingest_engine) as first, Session(ingest_engine) as second:
        # Two copies of the job at once: the rows that one holds are left to it, and a killed one leaves them to the other.
        taken = advance_dates(first, VACANCIES, now=later, at=at, horizon=HORIZON, limit=10)
        rest = 0
        while moved := advance_dates(second, VACANCIES, now=later, at=at, horizon=HORIZON, limit=7):
            rest += moved
            second.commit()
        first.rollback()
        again = 0
        while moved := advance_dates(second, VACANCIES, now=later, at=at, horizon=HORIZON, limit=7):
            again += moved
            second.commit()
        assert (taken, again) == (10, 10)
        assert rest >= 20
    for identifier in ids:
        statuses = [event.data.after.status.value for event in events_of(ingest_engine, "vacancies", identifier)]
        assert statuses == ["open", "stale"]
