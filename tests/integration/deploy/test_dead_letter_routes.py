"""Dead letters over HTTP: for operators, newest first, without the content in the list; handed again by notify."""

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlmodel import Session

from services.notify.api import build as build_notify
from services.notify.settings import NotifySettings
from services.scoring.api import build as build_scoring
from services.scoring.settings import ScoringSettings
from shared.events import encode, with_sequence
from shared.identity import Role
from shared.identity.bearers import create_bearer, organisation_named
from shared.ids import new_id
from shared.settings import Settings
from shared.sql.engine import service_engine
from shared.streams.dead_letters import DeadLetter, Source
from tests.integration.deploy.test_dead_letters import bury
from tests.integration.notify.made_events import placement_event

Key = Callable[[Role], dict[str, str]]


@pytest.fixture(scope="module")
def key(migrated: Settings) -> Key:
    def make(role: Role) -> dict[str, str]:
        engine = service_engine(migrated, "console", database="identity", pool=1)
        with Session(engine) as session:
            owner = organisation_named(session, new_id("test"))
            made = create_bearer(session, migrated, organisation_id=owner.id, role=role, label="test")
            session.commit()
        engine.dispose()
        return {"Authorization": f"Bearer {made.text}"}

    return make


@pytest.fixture(scope="module")
def notify(migrated: Settings) -> Iterator[TestClient]:
    with TestClient(build_notify(NotifySettings(**migrated.model_dump()))) as client:
        yield client


@pytest.fixture(scope="module")
def scoring(migrated: Settings) -> Iterator[TestClient]:
    with TestClient(build_scoring(ScoringSettings(**migrated.model_dump()))) as client:
        yield client


def test_an_operator_reads_the_letters_of_a_service_page_by_page(
    migrated: Settings, notify: TestClient, scoring: TestClient, key: Key
) -> None:
    operator, mark = key(Role.OPERATOR), new_id("off")
    letters = [
        DeadLetter(Source("offers", 1, number), consumer, f"{mark} {number}", mark.encode(), b"<script>\xff\x00")
        for number, consumer in enumerate(["notify.consumer", "scoring.packer", "notify.consumer"] * 3)
    ]
    bury(migrated, *letters)
    bury(migrated, DeadLetter(Source("placements", 0, 1), "notify.consumer", f"{mark} last", b"plc_1", b"{}"))

    seen, cursor = [], None
    while True:
        parameters = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        answer = notify.get("/v1/dead-letters", params=parameters, headers=operator)
        assert answer.status_code == 200, answer.text
        assert b"script" not in answer.content
        seen += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            break
    assert len({one["id"] for one in seen}) == len(seen)
    reasons = [one["reason"].removeprefix(f"{mark} ") for one in seen if one["reason"].startswith(mark)]
    assert reasons == ["last", "8", "6", "5", "3", "2", "0"]
    assert {one["consumer"] for one in seen} == {"notify.consumer"}

    (one,) = [one for one in seen if one["reason"] == f"{mark} 8"]
    detail = notify.get(f"/v1/dead-letters/{one['id']}", headers=operator).json()
    assert (detail["value"], detail["complete"], detail["bytes"]) == ("<script>\\xff\x00", True, 10)

    packed = scoring.get("/v1/dead-letters", params={"topic": "offers", "limit": 200}, headers=operator).json()["items"]
    mine = [one for one in packed if one["key"] == mark]
    assert [one["reason"] for one in mine] == [f"{mark} {number}" for number in (7, 4, 1)]
    assert {(one["replayable"], one["remedy"]) for one in mine} == {
        (False, f"ancrage ingest republish {mark}, puis ancrage scoring rebuild")
    }
    english = scoring.get(f"/v1/dead-letters/{mine[0]['id']}", headers={**operator, "accept-language": "en"}).json()
    assert english["remedy"] == f"ancrage ingest republish {mark}, then ancrage scoring rebuild"
    # A letter of another service is not there.
    assert scoring.get(f"/v1/dead-letters/{one['id']}", headers=operator).status_code == 404
    assert notify.get(f"/v1/dead-letters/{mine[0]['id']}", headers=operator).status_code == 404


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OPERATOR}))
def test_dead_letters_are_for_operators(notify: TestClient, key: Key, role: Role) -> None:
    assert notify.get("/v1/dead-letters", headers=key(role)).status_code == 403
    assert notify.post("/v1/dead-letters/offers.dlq-0-0:replay", headers=key(role)).status_code == 403


@pytest.mark.parametrize("identifier", ["offers.dlq-0-999999", "offers-0-0", "nothing.dlq-0-0", "offers.dlq-7-0"])
def test_a_letter_that_is_not_kept_is_not_found(notify: TestClient, key: Key, identifier: str) -> None:
    assert notify.get(f"/v1/dead-letters/{identifier}", headers=key(Role.OPERATOR)).status_code == 404


def test_a_letter_is_handed_again_over_http_and_one_that_is_refused_again_says_the_remedy(
    migrated: Settings, notify: TestClient, key: Key
) -> None:
    event, vacancy, operator = placement_event(new_id("org")), new_id("vac"), key(Role.OPERATOR)
    value = with_sequence(encode(event), 4712)
    bury(
        migrated,
        DeadLetter(Source("placements", 2, 9), "notify.consumer", "handler failed", event.subject.encode(), value),
        DeadLetter(Source("vacancies", 2, 9), "notify.consumer", "no event", vacancy.encode(), b"{}"),
    )
    items = notify.get("/v1/dead-letters", params={"limit": 200}, headers=operator).json()["items"]
    good, bad = (next(one["id"] for one in items if one["key"] == name) for name in (event.subject, vacancy))
    answer = notify.post(f"/v1/dead-letters/{good}:replay", headers=operator)
    assert (answer.status_code, answer.json()) == (200, {"id": good, "result": "replayed"})
    engine = service_engine(migrated, "notify", pool=1)
    with engine.connect() as connection:
        told = connection.execute(
            text("SELECT type FROM live_event WHERE subject = :id"), {"id": event.subject}
        ).scalars()
        assert told.all() == ["placement.proposed"]
    engine.dispose()
    answer = notify.post(f"/v1/dead-letters/{bad}:replay", headers=operator)
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["remedy"] == f"ancrage ingest republish {vacancy}"
    assert answer.json()["detail"].startswith("refusé de nouveau (")
    english = notify.post(f"/v1/dead-letters/{bad}:replay", headers={**operator, "accept-language": "en"}).json()
    assert english["detail"].startswith("refused again (")
