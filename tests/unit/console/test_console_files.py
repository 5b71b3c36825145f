"""Files sent, on screen: what came, what became of each line, and withdrawals that wait for a person."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.console.adapters.sessions import COOKIE
from shared.identity import Role
from tests.console_fakes import World
from tests.unit.console.test_console_pages import sent

RUN: dict[str, Any] = {
    "run": "run_1", "organisation": "org_1", "organisation_name": "Office de l'Habitat", "kind": "vacancies",
    "mode": "full", "form": "csv", "dry_run": False, "state": "interrupted", "observed_at": "2026-11-26T20:00:00Z",
    "started_at": "2026-11-26T20:00:00Z", "updated_at": "2026-11-26T20:00:00Z", "finished_at": None, "lines": 1200,
    "created": 1000, "updated": 10, "unchanged": 180, "superseded": 0, "rejected": 10, "ignored": 0, "withdrawn": 0,
    "unreadable": 0,
}  # fmt: skip
SNAPSHOT: dict[str, Any] = {
    "id": "snap_1", "run": "run_1", "organisation": "org_1", "organisation_name": "Office de l'Habitat",
    "kind": "vacancies", "state": "quarantined", "words": "En attente : 60 références sur 120.",
    "observed_at": "2026-11-26T20:00:00Z", "made_at": "2026-11-26T20:00:00Z", "known": 120, "absent": 60, "unreadable": 0,
    "max_percent": 20, "minimum": 10, "withdrawn": 0, "decided_at": None, "decided_by": None,
}  # fmt: skip
FOUND = {"charset": "cp1252", "delimiter": ";", "ignored_columns": [{"name": "Gardien <b>", "like": None}]}
REJECTED: dict[str, Any] = {
    "line": 12, "outcome": "rejected", "reference": None, "id": None, "version": None,
    "errors": [{"field": "Surface", "value": "6O", "message": "Ce n'est pas un nombre.", "remedy": "60"}],
}  # fmt: skip
GONE = {"line": None, "outcome": "withdrawn", "reference": "LOT-9", "id": "vac_9", "version": 2}


@pytest.fixture
def answering(made: World) -> World:
    """ingest with one file and one list that waits."""
    made.fakes.on("ingest", "GET", "/v1/runs", {"items": [RUN], "next": None})
    made.fakes.on("ingest", "GET", "/v1/snapshots", {"items": [SNAPSHOT], "next": None})
    report = {**RUN, "found": FOUND, "errors": [], "snapshot": SNAPSHOT, "resumed_after_lines": None}
    made.fakes.on("ingest", "GET", "/v1/runs/run_1", report)
    made.fakes.on("ingest", "GET", "/v1/runs/run_1/lines", {"items": [REJECTED, GONE], "next": "c"})
    made.fakes.on("ingest", "GET", "/v1/snapshots/snap_1", {**SNAPSHOT, "absent_references": ["LOT-7", "LOT-8"]})
    for decision, state in (("confirm", "applied"), ("reject", "rejected")):
        made.fakes.on("ingest", "POST", f"/v1/snapshots/snap_1:{decision}", {**SNAPSHOT, "state": state})
    return made


def signed_in(world: World, visitor: TestClient, role: Role) -> TestClient:
    visitor.cookies.set(COOKIE, world.sessions.add(role))
    return visitor


@pytest.mark.parametrize("role", [Role.LANDLORD, Role.FEED, Role.OPERATOR])
def test_files_and_what_waits_are_listed(answering: World, visitor: TestClient, role: Role) -> None:
    page = signed_in(answering, visitor, role).get("/envois")
    assert page.status_code == 200
    assert "Interrompu" in page.text
    assert "En attente : 60 références" in page.text.replace("\u00a0", " ")
    assert ("Regarder et décider" in page.text) is (role is not Role.FEED)
    assert 'href="/envois"' in page.text


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.TERRITORY])
def test_roles_that_send_no_files_have_no_page(answering: World, visitor: TestClient, role: Role) -> None:
    assert signed_in(answering, visitor, role).get("/envois").status_code == 403


def test_a_file_shows_the_rejected_lines_first_with_reason_and_remedy(answering: World, visitor: TestClient) -> None:
    page = signed_in(answering, visitor, Role.LANDLORD).get("/envois/run_1")
    assert answering.fakes.last("GET", "/v1/runs/run_1/lines").query["outcome"] == "rejected"
    for word in ("Surface", "6O", "Ce n&#39;est pas un nombre.", "60", "LOT-9", "Gardien &lt;b&gt;"):
        assert word in page.text, word
    assert "Envoyez de nouveau le même fichier" in page.text
    assert "suite=c" in page.text


def test_all_lines_are_shown_where_asked(answering: World, visitor: TestClient) -> None:
    signed_in(answering, visitor, Role.LANDLORD).get("/envois/run_1?sort=")
    assert "outcome" not in answering.fakes.last("GET", "/v1/runs/run_1/lines").query


def test_withdrawals_are_decided_before_their_references(answering: World, visitor: TestClient) -> None:
    client = signed_in(answering, visitor, Role.OPERATOR)
    page = client.get("/envois/retraits/snap_1")
    assert "LOT-7" in page.text
    assert "Retirer 60 références" in page.text.replace("\u00a0", " ")
    for decision, state in (("confirm", "applied"), ("reject", "rejected")):
        answer = sent(client, "/envois/retraits/snap_1", "/envois/retraits/snap_1", decision=decision)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/envois?fait={state}")
        assert answering.fakes.last("POST", f"/v1/snapshots/snap_1:{decision}")


def test_a_feed_sees_its_withdrawals_and_does_not_decide(answering: World, visitor: TestClient) -> None:
    page = signed_in(answering, visitor, Role.FEED).get("/envois/retraits/snap_1")
    assert page.status_code == 200
    assert 'name="decision"' not in page.text


def test_a_refused_file_is_to_be_corrected_and_not_sent_again_as_it_is(answering: World, visitor: TestClient) -> None:
    report = {**RUN, "state": "refused", "lines": 0, "rejected": 0, "found": FOUND, "errors": [], "snapshot": None}
    answering.fakes.on("ingest", "GET", "/v1/runs/run_1", report)
    page = signed_in(answering, visitor, Role.LANDLORD).get("/envois/run_1")
    assert "Refusé" in page.text
    assert "corrigez-le" in page.text
    assert "Envoyez de nouveau le même fichier" not in page.text
