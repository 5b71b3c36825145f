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
    assert (confirmed["result"], confirmed["version"]) == ("updated", 3)
    assert pass_to(datetime(2027, 7, 2, tzinfo=UTC)) == "expired"
    statuses = [event.data.after.status.value for event in events_of(ingest_engine, "vacancies", made["id"])]
    assert statuses == ["open", "stale", "open", "expired"]
