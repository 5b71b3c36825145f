"""Full lists: what is absent is withdrawn, unless that is so much that a person must look."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from services.ingest.bulk.upkeep import Upkeep
from shared.clock import BusinessClock, utc_now
from shared.identity import Role
from tests.integration.ingest.conftest import MakeKey
from tests.integration.ingest.files.conftest import MakeSender, Sender, offer, vacancy
from tests.integration.ingest.test_http import MILLISECONDS

FULL = "/v1/vacancies:bulk?mode=full"
SNAPSHOT = "/v1/offers:snapshot"
SignIn = Callable[[str, Role], dict[str, str]]


def stock(sender: Sender, count: int) -> list[str]:
    """Publishes V-0… and returns their lines."""
    lines = [vacancy(f"V-{n}") for n in range(count)]
    sender.send("/v1/vacancies:bulk", lines)
    return lines


def quarantined(sender: Sender) -> dict[str, Any]:
    (waiting,) = sender.get("/v1/snapshots", state="quarantined")["items"]
    shown: dict[str, Any] = waiting
    return shown


def test_what_a_full_file_lacks_is_withdrawn_and_its_fate_is_told(sender: MakeSender) -> None:
    landlord = sender(Role.LANDLORD)
    lines = stock(landlord, 150)
    report = landlord.send(FULL, [*lines[:140], vacancy("NEW")])
    assert (report["created"], report["unchanged"], report["withdrawn"]) == (1, 140, 10)
    assert report["snapshot"]["state"] == "applied"
    assert set(landlord.published()) == {f"V-{n}" for n in range(140)} | {"NEW"}
    gone = landlord.fates(report["run"], outcome="withdrawn")
    assert sorted(one["reference"] for one in gone) == sorted(f"V-{n}" for n in range(140, 150))
    assert {one["line"] for one in gone} == {None}
    assert all(one["version"] == 2 for one in gone)
    withdrawn = landlord.get("/v1/vacancies", withdrawn="true")["items"]
    assert {one["withdrawn_reason"] for one in withdrawn} == {"absent"}


def test_the_offers_of_others_and_of_other_kinds_are_never_withdrawn(sender: MakeSender) -> None:
    feed, other = sender(Role.FEED), sender(Role.FEED)
    other.send("/v1/offers:bulk", [offer("A"), offer("B")])
    feed.send("/v1/offers:bulk", [offer(f"O-{n}") for n in range(5)])
    report = feed.send(SNAPSHOT, [offer(f"O-{n}") for n in range(4)])
    assert report["withdrawn"] == 1
    assert set(other.published("offer")) == {"A", "B"}


def test_a_list_whose_references_are_all_new_waits_however_long_it_is(sender: MakeSender) -> None:
    landlord = sender(Role.LANDLORD)
    stock(landlord, 5)
    report = landlord.send(FULL, [vacancy(f"RENAMED-{n}") for n in range(200)])
    assert (report["snapshot"]["known"], report["snapshot"]["absent"]) == (5, 5)
    assert report["snapshot"]["state"] == "quarantined"


def test_a_line_that_is_rejected_is_present(sender: MakeSender) -> None:
    landlord = sender(Role.LANDLORD)
    lines = stock(landlord, 20)
    lines[3] = vacancy("V-3", surface_m2=-1)
    report = landlord.send(FULL, lines[:19])
    assert (report["rejected"], report["withdrawn"]) == (1, 1)
    assert set(landlord.published()) == {f"V-{n}" for n in range(19)}


def test_a_line_without_a_readable_reference_stops_the_withdrawals(sender: MakeSender) -> None:
    landlord = sender(Role.LANDLORD)
    lines = stock(landlord, 20)
    report = landlord.send(FULL, [*lines[:18], lines[18][:30]])
    assert report["withdrawn"] == 0
    assert report["snapshot"]["state"] == "blocked"
    assert "la référence de 1 ligne est" in report["snapshot"]["words"]
    assert len(landlord.published()) == 20


def test_a_truncated_list_waits_for_an_operator_and_its_publications_are_applied(
    sender: MakeSender, api: TestClient, make_key: MakeKey
) -> None:
    landlord = sender(Role.LANDLORD)
    lines = stock(landlord, 120)
    report = landlord.send(FULL, [*lines[:60], vacancy("NEW")])
    assert (report["created"], report["withdrawn"]) == (1, 0)
    assert report["snapshot"]["state"] == "quarantined"
    assert "60 références publiées sur 120 (50 %)" in report["snapshot"]["words"]
    assert re.fullmatch(MILLISECONDS, report["snapshot"]["made_at"])
    assert len(landlord.published()) == 121
    waiting = quarantined(landlord)
    operator = make_key(Role.OPERATOR)
    detail = api.get(f"/v1/snapshots/{waiting['id']}", headers=operator).json()
    assert set(detail["absent_references"]) == {f"V-{n}" for n in range(60, 120)}
    confirmed = api.post(f"/v1/snapshots/{waiting['id']}:confirm", headers=operator)
    assert (confirmed.status_code, confirmed.json()["state"], confirmed.json()["withdrawn"]) == (200, "applied", 60)
    assert set(landlord.published()) == {f"V-{n}" for n in range(60)} | {"NEW"}
    assert landlord.get(f"/v1/runs/{report['run']}")["withdrawn"] == 60
    again = api.post(f"/v1/snapshots/{waiting['id']}:confirm", headers=operator)
    assert (again.status_code, again.json()["withdrawn"]) == (200, 60)
    late = api.post(f"/v1/snapshots/{waiting['id']}:reject", headers=operator)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/conflict")


def test_an_empty_list_waits_however_small_the_stock(sender: MakeSender) -> None:
    feed = sender(Role.FEED)
    feed.send("/v1/offers:bulk", [offer("A")])
    report = feed.send(SNAPSHOT, [])
    assert report["snapshot"]["state"] == "quarantined"
    assert set(feed.published("offer")) == {"A"}


def test_a_rejected_list_never_withdraws(sender: MakeSender, api: TestClient, make_key: MakeKey) -> None:
    landlord = sender(Role.LANDLORD)
    lines = stock(landlord, 30)
    landlord.send(FULL, lines[:1])
    waiting = quarantined(landlord)
    operator = make_key(Role.OPERATOR)
    for _ in range(2):
        rejected = api.post(f"/v1/snapshots/{waiting['id']}:reject", headers=operator)
        assert (rejected.status_code, rejected.json()["state"]) == (200, "rejected")
    assert api.post(f"/v1/snapshots/{waiting['id']}:confirm", headers=operator).status_code == 409
    assert len(landlord.published()) == 30


def test_what_was_published_after_the_list_began_is_not_withdrawn_by_it(
    sender: MakeSender, api: TestClient, make_key: MakeKey
) -> None:
    landlord = sender(Role.LANDLORD)
    lines = stock(landlord, 30)
    landlord.send(FULL, lines[:1])
    landlord.send("/v1/vacancies:bulk", [lines[7], vacancy("LATER")])
    api.post(f"/v1/snapshots/{quarantined(landlord)['id']}:confirm", headers=make_key(Role.OPERATOR))
    assert set(landlord.published()) == {"V-0", "V-7", "LATER"}


def test_a_list_exported_before_something_was_published_does_not_withdraw_it(sender: MakeSender) -> None:
    landlord = sender(Role.LANDLORD)
    landlord.send("/v1/vacancies:bulk?observed_at=2026-11-01T00:00:00Z", [vacancy("OLD"), vacancy("KEPT")])
    landlord.send("/v1/vacancies:bulk?observed_at=2026-11-03T00:00:00Z", [vacancy("NEW")])
    report = landlord.send(f"{FULL}&observed_at=2026-11-02T00:00:00Z", [vacancy("KEPT")])
    assert (report["snapshot"]["known"], report["withdrawn"]) == (2, 1)
    assert set(landlord.published()) == {"KEPT", "NEW"}


def test_a_newer_list_replaces_one_that_waits(sender: MakeSender, api: TestClient, make_key: MakeKey) -> None:
    landlord = sender(Role.LANDLORD)
    lines = stock(landlord, 30)
    landlord.send(FULL, lines[:1])
    first = quarantined(landlord)
    landlord.send(FULL, lines[:29])
    assert landlord.get(f"/v1/snapshots/{first['id']}")["state"] == "replaced"
    assert api.post(f"/v1/snapshots/{first['id']}:confirm", headers=make_key(Role.OPERATOR)).status_code == 409
    assert len(landlord.published()) == 29


def test_an_older_list_that_arrives_late_withdraws_nothing(sender: MakeSender) -> None:
    landlord = sender(Role.LANDLORD)
    sent = [vacancy(f"V-{n}", observed_at="2026-10-01T00:00:00Z") for n in range(20)]
    landlord.send(f"{FULL}&observed_at=2026-11-02T00:00:00Z", sent)
    late = landlord.send(f"{FULL}&observed_at=2026-11-01T00:00:00Z", sent[:18])
    assert (late["snapshot"]["state"], late["withdrawn"]) == ("replaced", 0)
    assert len(landlord.published()) == 20


def test_what_expired_by_itself_does_not_count_as_disappeared(sender: MakeSender) -> None:
    feed = sender(Role.FEED)
    expired = [offer(f"E-{n}", expires_at="2026-01-01") for n in range(60)]
    feed.send("/v1/offers:bulk", [*expired, *(offer(f"O-{n}") for n in range(20))])
    report = feed.send(SNAPSHOT, [offer(f"O-{n}") for n in range(19)])
    assert (report["snapshot"]["known"], report["snapshot"]["absent"]) == (20, 1)
    assert (report["snapshot"]["state"], report["withdrawn"]) == ("applied", 61)


def test_a_dry_full_file_says_what_would_be_decided_and_withdraws_nothing(sender: MakeSender) -> None:
    landlord = sender(Role.LANDLORD)
    lines = stock(landlord, 20)
    report = landlord.send(f"{FULL}&dry_run=true", lines[:18])
    assert (report["snapshot"]["state"], report["snapshot"]["absent"], report["withdrawn"]) == ("tried", 2, 0)
    assert "2 références publiées sur 20" in report["snapshot"]["words"]
    assert len(landlord.published()) == 20
    assert landlord.get("/v1/snapshots")["items"] == []


def test_a_landlords_person_may_decide_and_its_key_may_not(
    sender: MakeSender, api: TestClient, sign_in: SignIn
) -> None:
    landlord, other = sender(Role.LANDLORD), sender(Role.LANDLORD)
    lines = stock(landlord, 30)
    landlord.send(FULL, lines[:1])
    path = f"/v1/snapshots/{quarantined(landlord)['id']}:confirm"
    assert api.post(path, headers=landlord.key).status_code == 403
    assert api.post(path, headers=sign_in(other.organisation, Role.LANDLORD)).status_code == 404
    assert api.post(path, headers=sign_in(landlord.organisation, Role.LANDLORD)).status_code == 200
    assert len(landlord.published()) == 1


def test_a_feed_sees_its_snapshot_and_does_not_decide(sender: MakeSender, api: TestClient) -> None:
    feed = sender(Role.FEED)
    feed.send("/v1/offers:bulk", [offer(f"O-{n}") for n in range(30)])
    feed.send(SNAPSHOT, [offer("O-0")])
    waiting = quarantined(feed)
    assert api.post(f"/v1/snapshots/{waiting['id']}:confirm", headers=feed.key).status_code == 403


def test_withdrawals_left_half_written_are_finished_by_the_clock_job(
    sender: MakeSender, ingest_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    landlord = sender(Role.LANDLORD)
    lines = stock(landlord, 20)
    monkeypatch.setattr("services.ingest.bulk.receiving.withdraw_absent", lambda *_: None)
    report = landlord.send(FULL, lines[:15])
    assert (report["snapshot"]["state"], report["withdrawn"]) == ("applying", 0)
    later = BusinessClock(ingest_engine, technical=lambda: utc_now() + timedelta(minutes=2))
    Upkeep(ingest_engine, later, retention_days=30)()
    assert landlord.get(f"/v1/runs/{report['run']}")["withdrawn"] == 5
    assert len(landlord.published()) == 15
