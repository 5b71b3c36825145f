"""Publishing over HTTP: what is accepted is kept with its event, what is wrong is named with its remedy."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from shared.events import decode, with_sequence
from shared.identity import Role
from shared.ids import new_id
from shared.sql.outbox import unpack
from tests.integration.ingest.conftest import MakeKey

BODY: dict[str, Any] = {
    "commune": "15014",
    "typology": "T3",
    "surface_m2": 62,
    "rent_eur_per_month": 410,
    "available_from": "2026-12-01",
}
MILLISECONDS = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"  # as every instant is shown
OFFER: dict[str, Any] = {"commune": "15014", "rome": "F1703", "contract": "CDI", "openings": 2}


def events_of(engine: Engine, topic: str, key: str) -> list[Any]:
    """Events of one key that wait in the outbox, in order; None for a tombstone."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT records FROM outbox WHERE topic = :topic ORDER BY id"), {"topic": topic}
        ).scalars()
        records = [record for row in rows for record in unpack(row)]
    return [None if value is None else decode(topic, with_sequence(value, 1)) for name, value in records if name == key]


def test_a_vacancy_is_created_then_unchanged_then_updated(
    api: TestClient, make_key: MakeKey, ingest_engine: Engine
) -> None:
    landlord = make_key(Role.LANDLORD)
    first = api.put("/v1/vacancies/LOT-1", json=BODY, headers=landlord)
    assert (first.status_code, first.json()["result"], first.json()["version"]) == (201, "created", 1)
    again = api.put("/v1/vacancies/LOT-1", json=dict(reversed(BODY.items())), headers=landlord)
    assert (again.status_code, again.json()["result"], again.json()["version"]) == (200, "unchanged", 1)
    changed = api.put("/v1/vacancies/LOT-1", json={**BODY, "rent_eur_per_month": 400}, headers=landlord)
    assert (changed.status_code, changed.json()["result"], changed.json()["version"]) == (200, "updated", 2)
    one, two = events_of(ingest_engine, "vacancies", first.json()["id"])
    assert one.data.before is None
    assert two.data.before == one.data.after
    assert two.data.after.rent_eur_per_month == 400


def test_a_withdrawal_is_an_event_and_a_tombstone_and_a_newer_put_a_new_episode(
    api: TestClient, make_key: MakeKey, ingest_engine: Engine
) -> None:
    landlord = make_key(Role.LANDLORD)
    made = api.put("/v1/vacancies/LOT-2", json=BODY, headers=landlord).json()
    gone = api.delete("/v1/vacancies/LOT-2?reason=let", headers=landlord)
    assert (gone.status_code, gone.json()["result"]) == (200, "withdrawn")
    assert api.get("/v1/vacancies/LOT-2", headers=landlord).status_code == 404
    _, withdrawn, tombstone = events_of(ingest_engine, "vacancies", made["id"])
    assert withdrawn.data.after is None
    assert tombstone is None
    late = api.put("/v1/vacancies/LOT-2", json={**BODY, "observed_at": "2026-01-01T00:00:00Z"}, headers=landlord).json()
    assert late["superseded"] is True
    anew = api.put("/v1/vacancies/LOT-2", json=BODY, headers=landlord)
    assert anew.status_code == 201
    assert anew.json()["id"] != made["id"]
    assert anew.json()["version"] == 1


def test_an_older_observation_changes_nothing(api: TestClient, make_key: MakeKey) -> None:
    landlord = make_key(Role.LANDLORD)
    newer = {**BODY, "rent_eur_per_month": 500, "observed_at": "2026-11-02T00:00:00Z"}
    older = {**BODY, "rent_eur_per_month": 300, "observed_at": "2026-11-01T00:00:00Z"}
    api.put("/v1/vacancies/LOT-3", json=newer, headers=landlord)
    late = api.put("/v1/vacancies/LOT-3", json=older, headers=landlord)
    assert (late.status_code, late.json()["result"], late.json()["superseded"]) == (200, "unchanged", True)
    assert api.get("/v1/vacancies/LOT-3", headers=landlord).json()["rent_eur_per_month"] == 500


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"commune": "15999"}, "commune", "15999"),
        ({"commune": "Aurillac"}, "commune", "Attendu : le code INSEE d'une commune, cinq caractères."),
        ({"rent_eur_per_month": -3}, "rent_eur_per_month", "au moins 0"),
        ({"typology": "T9"}, "typology", "Valeurs possibles"),
        ({"available_from": "1/12/2026"}, "available_from", "AAAA-MM-JJ"),
        ({"surface_m2": "6O"}, "surface_m2", "un nombre"),
        ({"colour": "red"}, "colour", "Champ inconnu"),
        ({"rent": 400}, "rent", '"remedy": "rent_eur_per_month"'),
        ({"observed_at": "2099-01-01T00:00:00Z"}, "observed_at", "futur"),
        ({"available_until": "2026-11-30"}, "available_until", ">= 2026-12-01"),
    ],
)
def test_a_wrong_field_is_named_with_its_value_and_remedy(
    api: TestClient, make_key: MakeKey, change: dict[str, Any], field: str, says: str
) -> None:
    answer = api.put("/v1/vacancies/LOT-4", json={**BODY, **change}, headers=make_key(Role.LANDLORD))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/invalid-fields"
    (error,) = problem["errors"]
    assert error["field"] == field
    assert says in json.dumps(error, ensure_ascii=False)


def test_errors_are_said_in_english_on_request(api: TestClient, make_key: MakeKey) -> None:
    headers = {**make_key(Role.LANDLORD), "Accept-Language": "en-GB"}
    problem = api.put("/v1/vacancies/LOT-5", json={**BODY, "rent_eur_per_month": -1}, headers=headers).json()
    assert problem["title"] == "Some fields need correction."
    assert "at least 0" in problem["errors"][0]["message"]


def test_an_unknown_occupation_is_refused_with_near_ones(api: TestClient, make_key: MakeKey) -> None:
    answer = api.put("/v1/offers/O-1", json={**OFFER, "rome": "F9999"}, headers=make_key(Role.FEED))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["remedy"]


def test_malformed_json_and_oversize_bodies_are_problems(api: TestClient, make_key: MakeKey) -> None:
    headers = {**make_key(Role.LANDLORD), "Content-Type": "application/json"}
    assert api.put("/v1/vacancies/X", content=b"{bad", headers=headers).json()["type"] == "/problems/invalid-json"
    large = api.put("/v1/vacancies/X", content=b" " * 1_500_000, headers=headers)
    assert (large.status_code, large.json()["type"]) == (413, "/problems/too-large")


def test_a_missing_or_wrong_key_is_401_a_wrong_role_403(api: TestClient, make_key: MakeKey) -> None:
    assert api.put("/v1/vacancies/X", json=BODY).status_code == 401
    assert api.put("/v1/vacancies/X", json=BODY, headers={"Authorization": "Bearer ank_x.y"}).status_code == 401
    assert api.put("/v1/vacancies/X", json=BODY, headers=make_key(Role.FEED)).status_code == 403


def test_a_foreign_organisation_sees_404_a_caseworker_sees_all(api: TestClient, make_key: MakeKey) -> None:
    made = api.put("/v1/vacancies/LOT-6", json=BODY, headers=make_key(Role.LANDLORD)).json()
    stranger = make_key(Role.LANDLORD)
    assert api.get(f"/v1/vacancies/{made['id']}", headers=stranger).status_code == 404
    assert api.delete(f"/v1/vacancies/{made['id']}", headers=stranger).status_code == 404
    assert api.get("/v1/vacancies/LOT-6", headers=stranger).status_code == 404
    assert api.get(f"/v1/vacancies/{made['id']}", headers=make_key(Role.CASEWORKER)).status_code == 200


def test_a_territory_sees_its_own_communes_only(api: TestClient, make_key: MakeKey) -> None:
    made = api.put("/v1/vacancies/LOT-7", json=BODY, headers=make_key(Role.LANDLORD)).json()
    inside = make_key(Role.TERRITORY, territories=frozenset({"15"}))
    outside = make_key(Role.TERRITORY, territories=frozenset({"48"}))
    assert api.get(f"/v1/vacancies/{made['id']}", headers=inside).status_code == 200
    assert api.get(f"/v1/vacancies/{made['id']}", headers=outside).status_code == 404


def test_openings_unknown_stay_unknown(api: TestClient, make_key: MakeKey, ingest_engine: Engine) -> None:
    feed = make_key(Role.FEED)
    made = api.put("/v1/offers/O-2", json={"rome": "F1703", "contract": "CDI"}, headers=feed).json()
    (event,) = events_of(ingest_engine, "offers", made["id"])
    assert event.data.after.openings is None
    assert event.data.after.commune is None
    assert event.data.after.source.name


def test_a_bulk_file_is_reported_line_by_line(api: TestClient, make_key: MakeKey) -> None:
    feed = {**make_key(Role.FEED), "Content-Type": "application/x-ndjson"}
    lines = [json.dumps({"reference": f"B-{n}", **OFFER}) for n in range(250)]
    lines[7] = "not json"
    lines[120] = json.dumps({"reference": "B-120", **OFFER, "rome": "Z0000"})
    lines.append(json.dumps({"reference": "B-0", **OFFER}))
    report = api.post("/v1/offers:bulk", content="\n".join(lines), headers=feed).json()
    counts = {name: report[name] for name in ("lines", "created", "unchanged", "rejected")}
    assert counts == {"lines": 251, "created": 248, "unchanged": 1, "rejected": 2}
    assert [error["line"] for error in report["errors"]] == [8, 121]
    again = api.post("/v1/offers:bulk", content="\n".join(lines), headers=feed).json()
    assert (again["created"], again["unchanged"]) == (0, 249)


def test_the_list_pages_without_gap_or_repeat(api: TestClient, make_key: MakeKey) -> None:
    landlord = make_key(Role.LANDLORD)
    made = {api.put(f"/v1/vacancies/P-{n}", json=BODY, headers=landlord).json()["id"] for n in range(7)}
    seen: list[str] = []
    cursor = None
    while True:
        page = api.get("/v1/vacancies", params={"limit": 3, **({"cursor": cursor} if cursor else {})}, headers=landlord)
        seen += [item["id"] for item in page.json()["items"]]
        cursor = page.json()["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7
    assert set(seen) == made


def test_many_writers_of_one_reference_give_growing_versions_in_outbox_order(
    api: TestClient, make_key: MakeKey, ingest_engine: Engine
) -> None:
    landlord = make_key(Role.LANDLORD)
    reference = new_id("race")

    def put(rent: int) -> str:
        answer = api.put(f"/v1/vacancies/{reference}", json={**BODY, "rent_eur_per_month": rent}, headers=landlord)
        assert answer.status_code in (200, 201), answer.text
        identifier: str = answer.json()["id"]
        return identifier

    with ThreadPoolExecutor(8) as pool:
        identifiers = set(pool.map(put, range(300, 340)))
    (identifier,) = identifiers
    versions = [event.data.version for event in events_of(ingest_engine, "vacancies", identifier)]
    assert versions == list(range(1, 41))


def test_commitments_absent_from_the_set_are_withdrawn(
    api: TestClient, make_key: MakeKey, ingest_engine: Engine
) -> None:
    territory = make_key(Role.TERRITORY, territories=frozenset({"15"}))
    both = [{"programme": "emile", "capacity_households": 10}, {"programme": "generique", "status": "paused"}]
    put = api.put("/v1/territories/241500230", json={"commitments": both}, headers=territory)
    assert (put.status_code, len(put.json()["commitments"])) == (200, 2)
    only = api.put("/v1/territories/241500230", json={"commitments": both[:1]}, headers=territory)
    assert [item["programme"] for item in only.json()["commitments"]] == ["emile"]
    *_, withdrawn, tombstone = events_of(ingest_engine, "territories", "generique:241500230")
    assert withdrawn.data.after is None
    assert tombstone is None
    assert api.put("/v1/territories/48", json={"commitments": []}, headers=territory).status_code == 404
    unknown = api.put("/v1/territories/999999999", json={"commitments": []}, headers=territory)
    assert unknown.status_code == 422
