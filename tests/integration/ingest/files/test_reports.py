"""What a file is answered, and the fate of each of its lines afterwards."""

import csv
import io
import re
from typing import Any

from fastapi.testclient import TestClient

from shared.identity import Role
from tests.integration.ingest.conftest import MakeKey
from tests.integration.ingest.files.conftest import MakeSender, content, offer, vacancy
from tests.integration.ingest.test_http import MILLISECONDS


def test_the_fate_of_every_line_is_kept_and_equals_what_is_published(sender: MakeSender) -> None:
    landlord = sender(Role.LANDLORD)
    lines = [vacancy(f"V-{n}") for n in range(230)]
    lines[3] = "{"
    lines[9] = vacancy("V-9", surface_m2="6O")
    lines[200] = vacancy("V-0", rent_eur_per_month=400)
    lines.insert(5, "")
    report = landlord.send("/v1/vacancies:bulk", lines)
    counts = {name: report[name] for name in ("lines", "created", "updated", "rejected", "unreadable")}
    assert counts == {"lines": 230, "created": 227, "updated": 1, "rejected": 2, "unreadable": 1}
    fates = landlord.fates(report["run"], limit=37)
    assert [one["line"] for one in fates] == [number for number in range(1, 232) if number != 6]
    assert {one["reference"]: (one["id"], one["version"]) for one in fates if one["id"]} == landlord.published()
    rejected = landlord.fates(report["run"], outcome="rejected")
    assert [(one["line"], one["reference"]) for one in rejected] == [(4, None), (11, "V-9")]
    assert rejected[1]["errors"][0]["field"] == "surface_m2"
    assert rejected[1]["errors"][0]["value"] == "6O"
    assert landlord.get(f"/v1/runs/{report['run']}") == report
    assert [name for name in report if name.endswith("_at") and not re.fullmatch(MILLISECONDS, report[name])] == []
    assert [run["run"] for run in landlord.get("/v1/runs")["items"]] == [report["run"]]


def test_an_error_says_line_field_value_reason_and_remedy_in_the_language_of_the_caller(sender: MakeSender) -> None:
    landlord = sender(Role.LANDLORD)
    wrong = [vacancy("A", commune="99999"), vacancy("vac_1"), vacancy("B", observed_at="2999-01-01T00:00:00Z")]
    french = landlord.send("/v1/vacancies:bulk", wrong)["errors"]
    assert [error["field"] for error in french] == ["commune", "reference", "observed_at"]
    assert french[0]["line"] == 1
    assert french[0]["value"] == "99999"
    assert french[0]["message"].startswith("Commune inconnue")
    assert french[0]["remedy"]
    english = landlord.send("/v1/vacancies:bulk", wrong, Accept_Language="en")["errors"]
    assert english[1]["message"] == "A reference begins neither with vac_ nor with off_."


def test_a_nul_or_broken_utf8_costs_its_line_alone(sender: MakeSender) -> None:
    feed = sender(Role.FEED)
    nul = offer("N", source={"name": "a\0b"})
    escaped = offer("E", source={"name": "a\\u0000b"})
    body = content([offer("A"), nul]) + b'{"reference":"\xff"}\n' + content([escaped, offer("B")])
    report = feed.send("/v1/offers:bulk", body)
    assert (report["created"], report["rejected"]) == (3, 2)
    assert [(error["line"], error["field"]) for error in report["errors"]] == [(2, "source"), (3, "line")]
    assert sorted(feed.published("offer")) == ["A", "B", "E"]


def test_a_line_too_long_costs_its_line_alone(sender: MakeSender) -> None:
    feed = sender(Role.FEED)
    report = feed.send("/v1/offers:bulk", [offer("A"), offer("L", source={"name": "x" * 30_000}), offer("B")])
    assert (report["created"], report["rejected"], report["unreadable"]) == (2, 1, 1)
    assert report["errors"][0]["line"] == 2


def test_the_fates_open_in_a_french_excel(sender: MakeSender) -> None:
    landlord = sender(Role.LANDLORD)
    report = landlord.send("/v1/vacancies:bulk", [vacancy("A"), vacancy("B", floor="=1+1")])
    answer = landlord.api.get(f"/v1/runs/{report['run']}/lines", headers={**landlord.key, "Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [(row["ligne"], row["référence"], row["sort"]) for row in rows] == [
        ("1", "A", "créée"),
        ("2", "B", "rejetée"),
    ]
    assert rows[1]["valeur"] == "'=1+1"
    assert "attachment" in answer.headers["content-disposition"]


def test_the_file_of_fates_holds_every_line(sender: MakeSender, monkeypatch: Any) -> None:
    monkeypatch.setattr("services.ingest.bulk.reporting._LINES_A_PAGE", 7)
    feed = sender(Role.FEED)
    report = feed.send("/v1/offers:bulk", [offer(f"O-{n}") for n in range(205)])
    answer = feed.api.get(f"/v1/runs/{report['run']}/lines", headers={**feed.key, "Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [int(row["ligne"]) for row in rows] == list(range(1, 206))


def test_a_run_is_seen_by_its_organisation_and_by_operators_only(
    sender: MakeSender, api: TestClient, make_key: MakeKey
) -> None:
    feed = sender(Role.FEED)
    run = feed.send("/v1/offers:bulk", [offer("A")])["run"]
    for path in (f"/v1/runs/{run}", f"/v1/runs/{run}/lines"):
        assert api.get(path, headers=make_key(Role.FEED)).status_code == 404
        assert api.get(path, headers=make_key(Role.LANDLORD)).status_code == 404
        assert api.get(path, headers=make_key(Role.CASEWORKER)).status_code == 403
        assert api.get(path, headers=make_key(Role.OPERATOR)).status_code == 200


def test_a_dry_run_reports_as_the_real_one_and_publishes_nothing(sender: MakeSender) -> None:
    landlord = sender(Role.LANDLORD)
    landlord.send("/v1/vacancies:bulk", [vacancy("OLD"), vacancy("SAME")])
    before, events = landlord.published(), landlord.outbox_events()
    lines = [vacancy("OLD", rent_eur_per_month=300), vacancy("SAME"), "[]", *(vacancy(f"N-{n}") for n in range(150))]
    lines += [vacancy("N-0"), vacancy("N-1", floor=2), vacancy("OLD", rent_eur_per_month=300)]
    dry = landlord.send("/v1/vacancies:bulk?dry_run=true", lines)
    assert (landlord.published(), landlord.outbox_events()) == (before, events)
    assert dry["dry_run"] is True
    assert all(one["id"] is None for one in landlord.fates(dry["run"], limit=500))
    real = landlord.send("/v1/vacancies:bulk", lines)
    same = ("lines", "created", "updated", "unchanged", "superseded", "rejected", "errors")
    assert {name: dry[name] for name in same} == {name: real[name] for name in same}
    assert (real["created"], real["updated"], real["unchanged"]) == (150, 2, 3)


def test_a_file_larger_than_allowed_says_what_is_written(sender: MakeSender, api: TestClient) -> None:
    feed = sender(Role.FEED)
    context = api.app.state.context  # type: ignore[attr-defined]
    smaller = type(context)(**{**vars(context), "bulk_max_bytes": 200_000})
    api.app.state.context = smaller  # type: ignore[attr-defined]
    try:
        problem = feed.send("/v1/offers:bulk", [offer(f"O-{n}") for n in range(4000)], status=413)
    finally:
        api.app.state.context = context  # type: ignore[attr-defined]
    assert problem["type"] == "/problems/too-large"
    (run,) = feed.get("/v1/runs")["items"]
    assert run["state"] == "interrupted"
    assert f"{run['lines']} ligne(s)" in problem["detail"]
    assert run["lines"] == len(feed.published("offer"))


def test_other_formats_are_refused_with_the_ones_that_are_read(sender: MakeSender) -> None:
    feed = sender(Role.FEED)
    problem = feed.send("/v1/offers:bulk", [], status=415, Content_Type="application/xml")
    assert problem["errors"][0]["remedy"] == "application/x-ndjson, text/csv"


def test_a_french_excel_file_is_understood_and_its_errors_named_by_its_columns(sender: MakeSender) -> None:
    landlord = sender(Role.LANDLORD)
    rows = [
        "Référence;Code INSEE;Typologie;Surface (m²);Loyer HC (€/mois);Disponible le;Étage;Gardien",
        'A-1;15014;T3;62,5;1 410,20;01/12/2026;2;"M. ""X"""',
        "A-2;15014;T3;6O;410;01/12/2026;;",
        "A-3;15014;T3;62;410;31/02/2027;;",
        "A-4;15014;T3",
    ]
    sent = "\r\n".join(rows).encode("cp1252", "replace")
    report = landlord.send("/v1/vacancies:bulk", sent, Content_Type="text/csv")
    assert (report["lines"], report["created"], report["rejected"]) == (4, 1, 3), report
    assert [(error["line"], error["field"]) for error in report["errors"]] == [
        (3, "Surface (m²)"),
        (4, "Disponible le"),
        (5, "line"),
    ]
    assert report["unreadable"] == 1
    assert report["found"]["charset"] == "cp1252"
    assert [one["name"] for one in report["found"]["ignored_columns"]] == ["Gardien"]
    kept = landlord.get("/v1/vacancies/A-1")
    assert (kept["surface_m2"], kept["rent_eur_per_month"], kept["available_from"], kept["floor"]) == (
        62.5,
        1410.2,
        "2026-12-01",
        2,
    )


def test_a_csv_file_without_a_needed_column_is_refused_whole(sender: MakeSender) -> None:
    landlord = sender(Role.LANDLORD)
    problem = landlord.send("/v1/vacancies:bulk", b"a;b\r\n1;2\r\n", status=422, Content_Type="text/csv")
    assert problem["type"] == "/problems/invalid-fields"
    assert problem["errors"][0]["field"] == "header"
    assert problem["detail"].startswith("Rien de ce fichier")
    assert landlord.published() == {}
    (run,) = landlord.get("/v1/runs")["items"]
    assert (run["state"], run["lines"]) == ("refused", 0)


def test_a_stated_export_time_orders_the_lines_without_their_own(sender: MakeSender) -> None:
    landlord = sender(Role.LANDLORD)
    landlord.send("/v1/vacancies:bulk?observed_at=2026-11-02T00:00:00Z", [vacancy("A", floor=2)])
    older = [vacancy("A", floor=1), vacancy("A", floor=3, observed_at="2026-11-03T00:00:00Z")]
    report = landlord.send("/v1/vacancies:bulk?observed_at=2026-11-01T00:00:00Z", older)
    assert (report["superseded"], report["updated"]) == (1, 1)
    assert landlord.get("/v1/vacancies/A")["floor"] == 3
