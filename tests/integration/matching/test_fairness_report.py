"""The fairness report over HTTP, and that no price or value stands beside a household anywhere."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from services.matching.core.pricing.duals import HindsightError
from services.matching.fairness_report import FairnessLoop
from services.matching.settings import MatchingSettings
from shared.clock import BusinessClock
from shared.identity import Role
from shared.sql.outbox import unpack
from tests.integration.matching.conftest import TERRITORY, MakeKey, Stream, household, placements, tables

Key = dict[str, str]


@pytest.fixture
def loop(database: Engine, matching_settings: MatchingSettings) -> FairnessLoop:
    return FairnessLoop(database, BusinessClock(database, movable=True), matching_settings)


def test_the_report_compares_service_with_hindsight_by_group(
    api: TestClient, stream: Stream, caseworker: Key, make_key: MakeKey, loop: FairnessLoop
) -> None:
    for rent in (350.0, 400.0, 450.0):
        stream.home(rent_eur_per_month=rent)
    stream.post(openings=9)
    for number in range(6):
        household(api, caseworker, programme="generique", waiting_since=f"2025-0{number + 1}-01")
    household(api, caseworker, programme="generique", priorities=["dalo"])
    stream.work()
    made = placements(api, caseworker)
    assert len(made) == 3
    api.post(f"/v1/placements/{made[0]['id']}/decisions", json={"decision": "approve"}, headers=caseworker)
    stream.work()
    api.post(f"/v1/placements/{made[0]['id']}/decisions", json={"decision": "accept"}, headers=caseworker)
    operator = make_key(Role.OPERATOR)
    assert api.get("/v1/fairness", headers=operator).status_code == 202
    assert loop.turn()
    found = api.get("/v1/fairness", headers=operator).json()
    assert (found["households"], found["sample"], found["homes"]) == (7, None, 3)
    by_code = {one["code"]: one["groups"] for one in found["dimensions"]}
    (size,) = by_code["size"]
    assert (size["code"], size["households"]) == ("3-4", 7)
    assert (size["exposed"], size["served"], size["optimum"]) == (
        pytest.approx(3 / 7, abs=1e-3),
        pytest.approx(1 / 7, abs=1e-3),
        pytest.approx(3 / 7, abs=1e-3),
    )
    assert [one["households"] for one in by_code["priority"]] == [None, None]  # one alone would be had by subtraction
    assert found["acceptance"]["answers"] is None
    assert "hh_" not in str(found)
    assert api.get("/v1/fairness", headers=caseworker).status_code == 403


def test_a_report_is_reckoned_aside_when_asked_for_and_again_when_it_is_old(
    api: TestClient, make_key: MakeKey, loop: FairnessLoop, database: Engine
) -> None:
    operator = make_key(Role.OPERATOR)
    assert not loop.turn()
    first = api.get("/v1/fairness", params={"days": 30}, headers=operator)
    assert (first.status_code, first.json()["state"]) == (202, "pending")
    assert first.headers["Retry-After"]
    assert first.json()["expected_at"] > first.json()["asked_at"]
    assert (loop.turn(), loop.turn()) == (True, False)
    ready = api.get("/v1/fairness", params={"days": 30}, headers=operator)
    assert (ready.status_code, ready.json()["state"], ready.json()["days"]) == (200, "ready", 30)
    again = api.get("/v1/fairness", params={"days": 30}, headers=operator).json()
    assert again["computed_at"] == ready.json()["computed_at"]
    with database.begin() as connection:  # as if it had been reckoned two hours ago
        connection.execute(text("UPDATE fairness_report SET computed_at = computed_at - interval '2 hours'"))
    old = api.get("/v1/fairness", params={"days": 30}, headers=operator).json()
    assert old["computed_at"] < ready.json()["computed_at"]
    assert (loop.turn(), loop.turn()) == (True, False)
    assert api.get("/v1/fairness", params={"days": 30}, headers=operator).json()["computed_at"] > old["computed_at"]
    with database.begin() as connection:  # and nobody has looked at it for three days
        connection.execute(
            text("UPDATE fairness_report SET computed_at = computed_at - interval '3 days', asked_at = computed_at")
        )
        connection.execute(text("UPDATE fairness_report SET asked_at = asked_at - interval '3 days'"))
    assert not loop.turn()


def test_a_report_that_cannot_be_reckoned_is_told_late_and_tried_again(
    api: TestClient, make_key: MakeKey, loop: FairnessLoop, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise HindsightError("status 4")

    operator = make_key(Role.OPERATOR)
    api.get("/v1/fairness", headers=operator)
    with monkeypatch.context() as broken:
        broken.setattr("services.matching.fairness_report.window", fails)
        assert not loop.turn()
    assert not loop.turn()  # not at once
    pending = api.get("/v1/fairness", headers=operator)
    assert (pending.status_code, pending.json()["state"]) == (202, "pending")
    with database.begin() as connection:
        connection.execute(text("UPDATE fairness_report SET failed_at = failed_at - interval '10 minutes'"))
    late = api.get("/v1/fairness", headers=operator).json()
    assert late["expected_at"] is None
    assert "matching.prices" in late["message"]
    assert loop.turn()
    assert api.get("/v1/fairness", headers=operator).status_code == 200


# Words of what the solver reckons with: none may be the name of anything that people or partners read.
REFUSED = ("price", "prix", "value", "valeur", "worth", "utility", "potential", "dual", "net", "surplus", "score")


def names_of(body: Any) -> Iterator[str]:
    """Every field name of an answer, at any depth."""
    if isinstance(body, dict):
        for name, inner in body.items():
            yield name
            yield from names_of(inner)
    elif isinstance(body, list):
        for inner in body:
            yield from names_of(inner)


def refused(body: Any) -> set[str]:
    return {name for name in names_of(body) for word in REFUSED if word in name.lower().split("_")}


def test_no_price_and_no_value_stands_beside_a_household_in_answers_events_and_rows(
    api: TestClient, stream: Stream, database: Engine, caseworker: Key, make_key: MakeKey
) -> None:
    home = stream.home()
    stream.home()
    stream.post(openings=9)
    names = [household(api, caseworker, programme="generique")["id"] for _ in range(3)]
    stream.work()
    made = placements(api, caseworker)[0]
    paths = [
        "/v1/households",
        *(f"/v1/households/{name}{part}" for name in names for part in ("", "/matches", "/explanation")),
        "/v1/placements",
        f"/v1/placements/{made['id']}",
        f"/v1/vacancies/{home}/prospects",
        "/v1/vacancies/held",
        "/v1/shortlists?closed=true",
    ]
    seen = [api.post("/v1/plans", json={"keep": True, "proposals_too": True}, headers=caseworker)]
    seen += [api.get(path, headers=caseworker) for path in paths]
    for role in (Role.OPERATOR, Role.LANDLORD):
        seen += [api.get(path, headers=make_key(role)) for path in ("/v1/placements", "/v1/vacancies/held")]
    territory = make_key(Role.TERRITORY, territories=frozenset({TERRITORY}))
    seen.append(api.get("/v1/placements", headers=territory))
    assert [answer.status_code for answer in seen] == [200] * len(seen)
    assert set().union(*(refused(answer.json()) for answer in seen)) == set()
    with database.connect() as connection:
        outbox = connection.execute(text("SELECT records FROM outbox")).scalars().all()
    events = b"".join(value for row in outbox for _, value in unpack(bytes(row)) if value)
    assert all(name.encode() not in events for name in names)
    for table in ("placement", "shortlist", "shortlist_candidate", "held_home"):
        found = tables(database)[table].lower()
        assert not [word for word in ("price", "prix", "utility", "worth") if word in found], table


def test_the_walk_finds_what_it_looks_for() -> None:
    assert refused({"items": [{"household": "hh_1", "home": {"opportunity_price": 3}}]}) == {"opportunity_price"}
    assert refused({"items": [{"net_value": 1.0}]}) == {"net_value"}
    assert refused({"rent_eur_per_month": 3, "terms": {"effort": 0.2}}) == set()
