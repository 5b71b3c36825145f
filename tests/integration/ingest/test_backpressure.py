"""While too much waits for Kafka nothing more is accepted: 503 with Retry-After, and not a trace of what was refused."""

import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from services.ingest.api import build
from services.ingest.settings import IngestSettings
from shared.identity import Role
from shared.sql.backlog import Backlog
from shared.web.problems import Problem
from tests.integration.ingest.conftest import MakeKey
from tests.integration.ingest.test_http import BODY


@pytest.fixture
def crowded(ingest_settings: IngestSettings, api: TestClient, make_key: MakeKey) -> Iterator[TestClient]:
    """An API whose outbox holds more than it may."""
    api.put("/v1/vacancies/WAITS", json=BODY, headers=make_key(Role.LANDLORD))
    api.put("/v1/vacancies/WAITS-2", json=BODY, headers=make_key(Role.LANDLORD))
    app = build(ingest_settings.model_copy(update={"outbox_max_events": 1}))
    with TestClient(app) as client:
        app.state.context.backlog.look()
        yield client


def test_writes_are_refused_with_the_moment_to_come_back_and_reads_are_not(
    crowded: TestClient, make_key: MakeKey, ingest_engine: Engine
) -> None:
    landlord = make_key(Role.LANDLORD)
    line = json.dumps({"reference": "REFUSED-2", **BODY})
    refused = [
        crowded.put("/v1/vacancies/REFUSED-1", json=BODY, headers=landlord),
        crowded.delete("/v1/vacancies/REFUSED-1", headers=landlord),
        crowded.post("/v1/vacancies:bulk", content=line, headers={**landlord, "Content-Type": "application/x-ndjson"}),
    ]
    for answer in refused:
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["type"] == "/problems/unavailable"
        assert "attendent Kafka" in answer.json()["detail"]
        assert "Revenez dans 5 s." in answer.json()["detail"]
    assert [("Rien de cette requête" in answer.json()["detail"]) for answer in refused] == [True, True, True]
    english = crowded.put("/v1/vacancies/REFUSED-1", json=BODY, headers={**landlord, "Accept-Language": "en"}).json()
    assert "Come back in 5 s. Nothing of this request was kept." in english["detail"]
    assert crowded.get("/v1/vacancies", headers=landlord).json()["items"] == []
    with ingest_engine.connect() as connection:
        query = text("SELECT count(*) FROM vacancy WHERE reference IN ('REFUSED-1', 'REFUSED-2')")
        kept = connection.execute(query).scalar_one()
    assert kept == 0


def test_the_figures_are_measured_and_what_is_added_in_between_counts(
    api: TestClient, make_key: MakeKey, ingest_engine: Engine
) -> None:
    api.put("/v1/vacancies/WAITS", json=BODY, headers=make_key(Role.LANDLORD))
    with ingest_engine.connect() as connection:
        waiting = connection.execute(text("SELECT sum(count) FROM outbox")).scalar_one()
    backlog = Backlog(ingest_engine, "test", max_events=waiting + 10, max_seconds=10_000)
    backlog.look()
    backlog.admit()
    backlog.added(11)
    with pytest.raises(Problem):
        backlog.admit()
    backlog.look()
    backlog.admit()
    old = Backlog(ingest_engine, "test", max_events=10**6, max_seconds=1e-6)
    old.look()
    with pytest.raises(Problem) as refusal:
        old.admit(0.3)
    assert refusal.value.headers["Retry-After"] == "5"
