"""Host territories declare, announce, pause and share: over HTTP, on a real PostgreSQL."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session

from services.ingest.adapters.commitments import advance_commitments
from shared.clock import paris_date
from shared.identity import Role
from tests.integration.ingest.conftest import MakeKey
from tests.integration.ingest.test_http import events_of

MAURIAC, SALERS, GENTIANE = "241500271", "241501139", "241500255"


@pytest.fixture
def host(make_key: MakeKey, ingest_engine: Engine) -> Iterator[dict[str, str]]:
    """A key for the Cantal, where nothing is declared."""
    with ingest_engine.begin() as connection:
        connection.execute(text("TRUNCATE commitment, territory_declaration, territory_dates, host_contact"))
        connection.execute(text("DELETE FROM outbox WHERE topic = 'territories'"))
    yield make_key(Role.TERRITORY, territories=frozenset({"15"}))
    with ingest_engine.begin() as connection:
        connection.execute(text("TRUNCATE commitment, territory_declaration, territory_dates, host_contact"))


def put(api: TestClient, key: dict[str, str], code: str, *commitments: dict[str, Any], **more: Any) -> Any:
    return api.put(f"/v1/territories/{code}", json={"commitments": list(commitments), **more}, headers=key)


def days_ahead(days: int) -> str:
    return (paris_date(datetime.now(UTC)) + timedelta(days=days)).isoformat()


def pass_to(engine: Engine, days: int) -> int:
    with Session(engine) as session:
        moved = advance_commitments(session, now=datetime.now(UTC) + timedelta(days=days), at=datetime.now(UTC))
        session.commit()
    return moved


def told(engine: Engine, code: str, programme: str = "emile") -> list[tuple[int, str, str | None] | None]:
    return [
        (event.data.version, event.data.after.status.value, event.data.after.reason)
        if event is not None and event.data.after
        else None
        for event in events_of(engine, "territories", f"{programme}:{code}")
    ]


def test_everything_that_is_declared_is_shown_and_told(
    api: TestClient, host: dict[str, str], ingest_engine: Engine
) -> None:
    commitment = {
        "programme": "emile",
        "name": "Haut-Cantal",
        "area": [MAURIAC, SALERS],
        "capacity_households": 4,
        "capacity_persons": 12,
        "period": "quarter",
        "needs_rome": ["F1703"],
        "needs_typologies": ["T3"],
        "needs_school_places": {"maternelle": 2, "college": 0},
        "calendar": [{"first_day": "2027-08-01", "last_day": "2027-08-31", "reason": "holidays", "yearly": True}],
        "contacts": [{"name": "Service accueil", "email": "accueil@example.org", "phone": "04 71 00 00 00"}],
    }
    answer = put(api, host, MAURIAC, commitment)
    assert (answer.status_code, answer.json()["result"]) == (200, "updated")
    (shown,) = api.get(f"/v1/territories/{MAURIAC}", headers=host).json()["commitments"]
    assert shown["area_names"] == ["CC du Pays de Mauriac", "CC du Pays de Salers"]
    assert (shown["status"], shown["declared_status"], shown["version"]) == ("open", "open", 1)
    (event,) = events_of(ingest_engine, "territories", f"emile:{MAURIAC}")
    after = event.data.after
    assert (after.capacity_persons, after.period, after.needs_school_places.college) == (12, "quarter", 0)
    assert after.needs_school_places.lycee is None
    with ingest_engine.connect() as connection:
        raw = b"".join(bytes(row) for row in connection.execute(text("SELECT records FROM outbox")).scalars())
        kept = connection.execute(text("SELECT commitments::text FROM territory_declaration")).scalar_one()
    assert b"accueil@example.org" not in raw
    assert "accueil@example.org" not in kept
    again = put(api, host, MAURIAC, commitment)
    assert again.json()["result"] == "unchanged"
    assert len(events_of(ingest_engine, "territories", f"emile:{MAURIAC}")) == 1


def test_a_change_that_is_announced_becomes_an_event_on_its_day(
    api: TestClient, host: dict[str, str], ingest_engine: Engine
) -> None:
    put(api, host, MAURIAC, {"programme": "emile", "capacity_households": 4})
    later = put(
        api, host, MAURIAC, {"programme": "emile", "status": "paused", "reason": "staff"}, effective_from=days_ahead(10)
    ).json()
    assert (later["result"], later["commitments"][0]["status"]) == ("announced", "open")
    assert [one["effective_from"] for one in later["announced"]] == [days_ahead(10)]
    on = api.get(f"/v1/territories/{MAURIAC}", params={"on": days_ahead(11)}, headers=host).json()
    assert on["commitments"][0]["status"] == "paused"
    assert pass_to(ingest_engine, 9) == 0
    assert pass_to(ingest_engine, 10) == 1
    assert told(ingest_engine, MAURIAC) == [(1, "open", None), (2, "paused", "staff")]
    told_by = events_of(ingest_engine, "territories", f"emile:{MAURIAC}")[-1]
    assert told_by.data.lineage.source == "clock"
    assert pass_to(ingest_engine, 10) == 0


def test_an_announcement_can_be_taken_back(api: TestClient, host: dict[str, str], ingest_engine: Engine) -> None:
    put(api, host, MAURIAC, {"programme": "emile"})
    put(api, host, MAURIAC, effective_from=days_ahead(5))
    path = f"/v1/territories/{MAURIAC}/announcements/{days_ahead(5)}"
    assert api.delete(path, headers=host).json()["announced"] == []
    assert api.delete(path, headers=host).status_code == 404
    assert pass_to(ingest_engine, 6) == 0
    assert told(ingest_engine, MAURIAC) == [(1, "open", None)]


def test_calendar_and_validity_are_told_by_the_clock(
    api: TestClient, host: dict[str, str], ingest_engine: Engine
) -> None:
    closure = {"first_day": days_ahead(3), "last_day": days_ahead(4), "reason": "holidays"}
    put(
        api,
        host,
        MAURIAC,
        {"programme": "emile", "calendar": [closure], "valid_from": days_ahead(1), "valid_until": days_ahead(8)},
    )
    for day in range(12):
        pass_to(ingest_engine, day)
    assert told(ingest_engine, MAURIAC) == [
        (1, "closed", "not_yet_valid"),
        (2, "open", None),
        (3, "paused", "holidays"),
        (4, "open", None),
        (5, "closed", "expired"),
    ]


def test_an_older_declaration_is_superseded_and_stays_in_the_history(
    api: TestClient, host: dict[str, str], ingest_engine: Engine
) -> None:
    put(api, host, MAURIAC, {"programme": "emile", "capacity_households": 4}, observed_at="2026-11-02T08:00:00Z")
    late = put(
        api, host, MAURIAC, {"programme": "emile", "capacity_households": 9}, observed_at="2026-11-01T08:00:00Z"
    ).json()
    assert (late["result"], late["superseded"]) == ("unchanged", True)
    assert late["commitments"][0]["capacity_households"] == 4
    history = api.get(f"/v1/territories/{MAURIAC}/history", headers=host).json()["items"]
    assert [(one["effective_from"], one["holds"]) for one in history] == [("2026-11-02", True), ("2026-11-01", False)]
    then = api.get(f"/v1/territories/{MAURIAC}", params={"on": "2026-11-01"}, headers=host).json()
    assert then["commitments"][0]["capacity_households"] == 9
    assert len(told(ingest_engine, MAURIAC)) == 1


def test_a_territory_belongs_to_one_set_of_a_programme(api: TestClient, host: dict[str, str]) -> None:
    put(api, host, SALERS, {"programme": "emile", "name": "Vallées de Salers"})
    refused = put(api, host, MAURIAC, {"programme": "emile", "area": [MAURIAC, SALERS]})
    assert refused.status_code == 409
    assert "« Vallées de Salers »" in refused.json()["detail"]
    assert api.get(f"/v1/territories/{MAURIAC}", headers=host).json()["commitments"] == []
    assert put(api, host, MAURIAC, {"programme": "generique", "area": [MAURIAC, SALERS]}).status_code == 200
    assert put(api, host, "15", {"programme": "emile"}).status_code == 200  # what belongs to no set


def test_of_two_sets_at_once_one_is_refused(api: TestClient, host: dict[str, str]) -> None:
    start = threading.Barrier(2)

    def declare(code: str) -> int:
        start.wait()
        status: int = put(api, host, code, {"programme": "emile", "area": [code, GENTIANE]}).status_code
        return status

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(declare, [MAURIAC, SALERS])) == [200, 409]


def test_a_set_stays_within_the_rights_of_who_declares_it(
    api: TestClient, host: dict[str, str], make_key: MakeKey
) -> None:
    elsewhere = make_key(Role.TERRITORY, territories=frozenset({MAURIAC}))
    assert put(api, elsewhere, MAURIAC, {"programme": "emile"}).status_code == 200
    assert put(api, elsewhere, MAURIAC, {"programme": "emile", "area": [MAURIAC, SALERS]}).status_code == 404
    assert put(api, host, MAURIAC, {"programme": "emile", "area": [SALERS]}).status_code == 422
    assert put(api, make_key(Role.OPERATOR), "48", {"programme": "emile", "area": [MAURIAC]}).status_code == 422
    past = put(api, host, MAURIAC, {"programme": "emile"}, effective_from=days_ahead(-1))
    assert (past.status_code, past.json()["errors"][0]["field"]) == (422, "effective_from")


def test_contacts_are_for_those_who_accompany(api: TestClient, host: dict[str, str], make_key: MakeKey) -> None:
    contact = {"name": "Service accueil", "function": "Coordination", "email": "accueil@example.org"}
    put(api, host, MAURIAC, {"programme": "emile", "contacts": [contact]})
    path = f"/v1/territories/{MAURIAC}/contacts"
    for role in (Role.CASEWORKER, Role.OPERATOR):
        (item,) = api.get(path, headers=make_key(role)).json()["items"]
        assert (item["programme"], item["email"]) == ("emile", "accueil@example.org")
    for role in (Role.LANDLORD, Role.FEED):
        assert api.get(path, headers=make_key(role)).status_code == 403
    other = make_key(Role.TERRITORY, territories=frozenset({"48"}))
    assert api.get(path, headers=other).status_code == 404
    assert "accueil@example.org" not in api.get(f"/v1/territories/{MAURIAC}", headers=make_key(Role.FEED)).text
    put(api, host, MAURIAC, {"programme": "emile", "capacity_households": 1})
    assert len(api.get(path, headers=host).json()["items"]) == 1
    put(api, host, MAURIAC, {"programme": "emile", "contacts": []})
    assert api.get(path, headers=host).json()["items"] == []


def test_the_contacts_of_a_commitment_that_is_withdrawn_are_forgotten(
    api: TestClient, host: dict[str, str], ingest_engine: Engine
) -> None:
    put(api, host, MAURIAC, {"programme": "emile", "contacts": [{"name": "Service accueil"}]})
    put(api, host, MAURIAC)
    with ingest_engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM host_contact")).scalar_one() == 0


def test_commitments_are_listed_by_programme_and_status(api: TestClient, host: dict[str, str]) -> None:
    put(api, host, MAURIAC, {"programme": "emile"}, {"programme": "generique", "status": "paused", "reason": "staff"})
    put(api, host, SALERS, {"programme": "emile"})
    first = api.get("/v1/territories", params={"limit": 2}, headers=host).json()
    rest = api.get("/v1/territories", params={"cursor": first["next"]}, headers=host).json()
    assert [one["code"] for one in [*first["items"], *rest["items"]]] == [MAURIAC, SALERS, MAURIAC]
    paused = api.get("/v1/territories", params={"status": "paused"}, headers=host).json()["items"]
    assert [(one["programme"], one["place_name"]) for one in paused] == [("generique", "CC du Pays de Mauriac")]
