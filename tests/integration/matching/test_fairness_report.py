"""The fairness report over HTTP, and that no price or value stands beside a household anywhere."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from shared.identity import Role
from shared.sql.outbox import unpack
from tests.integration.matching.conftest import TERRITORY, MakeKey, Stream, household, placements, tables

Key = dict[str, str]


def test_the_report_compares_service_with_hindsight_by_group(
    api: TestClient, stream: Stream, caseworker: Key, make_key: MakeKey
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
