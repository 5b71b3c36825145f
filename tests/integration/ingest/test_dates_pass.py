"""The clock job turns passing dates into ordinary events."""

from datetime import UTC, datetime, timedelta

from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from services.ingest.adapters.registry import VACANCIES, advance_dates
from services.ingest.core.states import Horizon
from shared.identity import Role
from tests.integration.ingest.conftest import MakeKey
from tests.integration.ingest.test_http import BODY, events_of


def test_a_vacancy_goes_stale_expires_and_is_revived_by_a_confirmation(
    api: TestClient, make_key: MakeKey, ingest_engine: Engine
) -> None:
    landlord = make_key(Role.LANDLORD)
    body = {**BODY, "available_until": "2027-06-30"}
    made = api.put("/v1/vacancies/D-1", json=body, headers=landlord).json()
    horizon = Horizon(92, 45)

    def pass_to(moment: datetime) -> str:
        with Session(ingest_engine) as session:
            while advance_dates(session, VACANCIES, now=moment, at=datetime.now(UTC), horizon=horizon):
                session.commit()
        status: str = api.get("/v1/vacancies/D-1", headers=landlord).json()["status"]
        return status

    now = datetime.now(UTC)
    assert pass_to(now + timedelta(days=44)) == "open"
    assert pass_to(now + timedelta(days=46)) == "stale"
    confirmed = api.put("/v1/vacancies/D-1", json=body, headers=landlord).json()
    assert (confirmed["result"], confirmed["version"]) == ("updated", 4)
    assert pass_to(datetime(2027, 7, 2, tzinfo=UTC)) == "expired"
    statuses = [event.data.after.status.value for event in events_of(ingest_engine, "vacancies", made["id"])]
    assert statuses == ["open", "open", "stale", "open", "expired"]


def test_a_vacancy_that_nobody_confirms_is_believed_less_by_steps_and_again_when_it_is_confirmed(
    api: TestClient, make_key: MakeKey, ingest_engine: Engine
) -> None:
    landlord = make_key(Role.LANDLORD)
    made = api.put("/v1/vacancies/D-2", json=BODY, headers=landlord).json()
    now = datetime.now(UTC)
    for days in (14, 15, 29, 30):
        with Session(ingest_engine) as session:
            while advance_dates(
                session, VACANCIES, now=now + timedelta(days=days), at=datetime.now(UTC), horizon=Horizon(92, 45)
            ):
                session.commit()
    api.post("/v1/vacancies/D-2:confirm", headers=landlord)
    events = events_of(ingest_engine, "vacancies", made["id"])
    assert [event.data.after.unconfirmed_days for event in events] == [None, 15, 30, None]
    assert events[-1].data.before.unconfirmed_days == 30
