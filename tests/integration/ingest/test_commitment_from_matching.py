"""Ingest and matching together, each on its own database: what a landlord reads about a home that is taken."""

from datetime import UTC, datetime

import httpx
from fastapi.testclient import TestClient
from sqlmodel import Session

from services.ingest.api import build
from services.ingest.settings import IngestSettings
from services.matching.adapters.models import PlacementRow, ReservationRow
from services.matching.api import build as build_matching
from services.matching.settings import MatchingSettings
from shared.identity import Role
from shared.ids import new_id
from shared.settings import Settings
from shared.sql.engine import service_engine
from tests.integration.ingest.conftest import MakeKey
from tests.integration.ingest.test_http import BODY

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


def placed(vacancy: str, landlord: str, *, sent: bool, household: str) -> tuple[PlacementRow, ReservationRow]:
    """A placement of a made-up household, approved or still with its caseworker."""
    placement = PlacementRow(
        id=new_id("plc"),
        version=1,
        household=household,
        organisation="org_association",
        caseworker="usr_1",
        vacancy=vacancy,
        typology="T3",
        territory="241500230",
        landlord=landlord,
        programme="emile",
        programme_version=1,
        step="accepted" if sent else "proposed",
        option={},
        created_at=NOW,
        changed_at=NOW,
        sent_at=NOW if sent else None,
    )
    return placement, ReservationRow(placement=placement.id, vacancy=vacancy, household=household, created_at=NOW)


def test_matching_answers_ingest_as_the_caller_and_says_nothing_of_households(
    ingest_settings: IngestSettings, migrated: Settings, make_key: MakeKey
) -> None:
    engine = service_engine(migrated, "matching", pool=1)
    with TestClient(build_matching(MatchingSettings(**migrated.model_dump()))) as matching:

        def over_http(request: httpx.Request) -> httpx.Response:
            answer = matching.request(request.method, str(request.url), headers=dict(request.headers))
            return httpx.Response(
                answer.status_code, content=answer.content, headers={"content-type": "application/json"}
            )

        with TestClient(build(ingest_settings, matching=httpx.MockTransport(over_http))) as ingest:
            landlord, stranger = make_key(Role.LANDLORD), make_key(Role.LANDLORD)
            made = [ingest.put(f"/v1/vacancies/W-{n}", json=BODY, headers=landlord).json()["id"] for n in range(3)]
            owner = ingest.get("/v1/vacancies/W-0?commitment=false", headers=landlord).json()["landlord"]
            households = [new_id("hh"), new_id("hh")]
            with Session(engine) as session:
                for vacancy, sent, household in zip(made, (True, False), households, strict=False):
                    for row in placed(vacancy, owner, sent=sent, household=household):
                        session.add(row)
                session.commit()
            answer = ingest.get("/v1/vacancies", headers=landlord)
            states = [item["commitment"]["state"] for item in answer.json()["items"]]
            assert states == ["committed", "free", "free"]
            assert not any(household in answer.text for household in households)
            one = ingest.get(f"/v1/vacancies/{made[0]}", headers=make_key(Role.CASEWORKER)).json()
            assert one["commitment"]["state"] == "committed"
            direct = matching.get("/v1/vacancies/commitments", params={"vacancy": made}, headers=stranger)
            assert direct.json() == {"items": []}
    engine.dispose()
