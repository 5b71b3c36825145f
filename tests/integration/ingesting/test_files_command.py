"""`ancrage ingest vacancies|offers FILE` against an API that runs: what is published, reported, resumed, and how it ends."""

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from shared.identity import Role
from tests.ingest_process import references
from tests.integration.ingesting.conftest import Ancrage

HEADER = "Référence;Code INSEE;Typologie;Surface (m²);Loyer HC (€);Disponible le;Accessible PMR;Ascensseur"
ROW = "{reference};15014;F3;62,5;1 410,50;01/12/2026;oui;non"


def rows(*references: str) -> str:
    return "\r\n".join([HEADER, *(ROW.format(reference=reference) for reference in references)]) + "\r\n"


def report_of(path: Path) -> list[dict[str, str]]:
    text = (path.parent / f"{path.name}.report.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.splitlines(), delimiter=";"))


def told(done: Any) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_a_french_excel_file_is_published_and_its_mistakes_are_reported_by_its_own_lines(
    tmp_path: Path, landlord: httpx.Client, ancrage: Ancrage
) -> None:
    file = tmp_path / "logements.csv"
    text = rows("A", "B") + '"C";15014;F3;62;"environ\r\n400";01/12/2026;;\r\n' + rows("D").partition("\r\n")[2]
    file.write_bytes(text.encode("cp1252"))
    done = ancrage("ingest", "vacancies", str(file))
    assert done.returncode == 1, done.stdout + done.stderr
    assert references(landlord) == {"A", "B", "D"}
    shown = landlord.get("/v1/vacancies/A").json()
    assert (shown["rent_eur_per_month"], shown["typology"], shown["accessible"]) == (1410.5, "T3", True)
    (error,) = report_of(file)
    assert (error["ligne"], error["référence"], error["sort"], error["champ"]) == ("4", "C", "rejetée", "Loyer HC (€)")
    assert error["remède"]
    summary = (tmp_path / "logements.csv.report.txt").read_text(encoding="utf-8")
    assert "4 lignes lues" in summary
    assert "cp1252" in summary
    assert "Ascensseur (voulait-on dire « ascenseur » ?)" in summary
    assert "Ligne 4" in done.stderr


def test_a_dry_run_publishes_nothing_and_every_line_is_told_when_asked(
    tmp_path: Path, landlord: httpx.Client, ancrage: Ancrage
) -> None:
    file = tmp_path / "logements.csv.gz"
    file.write_bytes(gzip.compress(rows("A", "B").encode()))
    done = ancrage("ingest", "vacancies", str(file), "--dry-run", "--every-line", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = told(done)
    assert (report["dry_run"], report["created"]) == (True, 2)
    assert references(landlord) == set()
    assert [(row["ligne"], row["sort"]) for row in report_of(file)] == [("2", "créée"), ("3", "créée")]
    assert "essai" in (tmp_path / "logements.csv.gz.report.txt").read_text(encoding="utf-8")


def test_a_full_file_withdraws_the_absent_and_a_mistake_withdraws_nothing(
    tmp_path: Path, landlord: httpx.Client, ancrage: Ancrage
) -> None:
    file = tmp_path / "complet.csv"
    names = [f"R{number}" for number in range(20)]
    file.write_text(rows(*names))
    assert ancrage("ingest", "vacancies", str(file), "--full").returncode == 0
    # R18 has a mistake, R19 is gone.
    file.write_text(rows(*names[:18]) + "R18;15014;F3;62;?0;01/12/2026;;\r\n")
    done = ancrage("ingest", "vacancies", str(file), "--full", "--json")
    assert done.returncode == 1, done.stdout + done.stderr
    assert (told(done)["withdrawn"], told(done)["rejected"]) == (1, 1)
    assert references(landlord) == {*names} - {"R19"}
    assert [row["sort"] for row in report_of(file)] == ["rejetée", "retirée"]
    file.write_text(rows("R0") + "R18;15014;F3;62;?0;01/12/2026;;\r\n")
    done = ancrage("ingest", "vacancies", str(file), "--snapshot", "--json")
    held = told(done)["snapshot"]
    assert (done.returncode, held["state"], told(done)["rejected"]) == (3, "quarantined", 1), done.stdout + done.stderr


def test_a_mapped_file_and_standard_input(tmp_path: Path, landlord: httpx.Client, ancrage: Ancrage) -> None:
    mapping = tmp_path / "correspondance.toml"
    mapping.write_text(
        'kind = "vacancies"\n[file]\ndate_format = "%Y%m%d"\n[columns]\nreference = "NUM"\ncommune = "INSEE"\n'
        'typology = "TYPE"\nsurface_m2 = "SURF"\nrent_eur_per_month = { column = "CTS", factor = 0.01 }\n'
        'available_from = "DT"\nfinancing = { column = "FIN", values = { "1" = "PLAI" } }\n'
        '[rows]\ncolumn = "ETAT"\nonly = ["V"]\n'
    )
    content = "NUM;INSEE;TYPE;SURF;CTS;DT;FIN;ETAT\nA;15014;T2;40;30050;20261201;1;V\nB;15014;T2;40;1;20261201;1;L\n"
    content += "C;15014;T2;40;30050;20261201;7;V\nD;99999;T2;40;30050;20261201;1;V\n"
    done = ancrage("ingest", "vacancies", "-", "--mapping", str(mapping), "--json", stdin=content.encode())
    assert done.returncode == 1, done.stdout + done.stderr
    report = told(done)
    assert references(landlord) == {"A"}
    assert landlord.get("/v1/vacancies/A").json()["rent_eur_per_month"] == 300.5
    assert report["not_supply"] == {"ETAT : L": 1}
    assert [(error["line"], error["field"], error["reference"]) for error in report["errors"]] == [
        (4, "FIN", "C"),
        (5, "commune", "D"),
    ]


def test_only_offered_and_vacant_dwellings_of_an_rpls_file_are_published_and_the_let_ones_withdrawn(
    tmp_path: Path, landlord: httpx.Client, ancrage: Ancrage
) -> None:
    file = tmp_path / "rpls.csv"
    head = "DROIT;DEPCOM;NBPIECE;SURFHAB;FINAN;MODE;LOYERPRINC;RPLS;Référence\n"
    homes = [f"1;15014;3;62;13;{{mode{n}}};410;15A000000{n};R{n}\n" for n in range(6)]
    modes = {f"mode{n}": "2" for n in range(6)}
    file.write_text(head + "".join(homes).format(**modes))
    options = ("--layout", "rpls", "--vintage", "2026", "--full")
    done = ancrage("ingest", "vacancies", str(file), *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert references(landlord) == {f"R{n}" for n in range(6)}
    assert landlord.get("/v1/vacancies/R1").json()["rpls_id"] == "15A0000001"
    file.write_text(head + "".join(homes).format(**modes | {"mode0": "1", "mode5": "77"}))
    done = ancrage("ingest", "vacancies", str(file), *options)
    assert done.returncode == 1, done.stdout + done.stderr
    # R0 is let; the code of R5 is unknown, which says nothing about R5.
    assert references(landlord) == {f"R{n}" for n in range(1, 6)}
    summary = (tmp_path / "rpls.csv.report.txt").read_text(encoding="utf-8")
    assert "1 × MODE 1 : loué" in summary
    rejected, withdrawn = report_of(file)
    assert (rejected["ligne"], rejected["champ"], rejected["valeur"]) == ("7", "MODE", "77")
    assert (withdrawn["référence"], withdrawn["sort"]) == ("R0", "retirée")


def test_the_same_file_is_not_published_twice_unless_asked(
    tmp_path: Path, landlord: httpx.Client, ancrage: Ancrage
) -> None:
    file = tmp_path / "logements.csv"
    file.write_text(rows("A"))
    first = told(ancrage("ingest", "vacancies", str(file), "--json"))
    landlord.delete("/v1/vacancies/A", params={"reason": "let_elsewhere"}).raise_for_status()
    again = ancrage("ingest", "vacancies", str(file))
    assert again.returncode == 0
    assert "Déjà envoyé" in again.stderr
    assert references(landlord) == set()
    third = told(ancrage("ingest", "vacancies", str(file), "--again", "--json"))
    assert third["run"] != first["run"]
    assert references(landlord) == {"A"}


def test_a_file_that_is_refused_as_a_whole_ends_with_2_and_says_why(
    tmp_path: Path, key: Callable[[Role], str], ancrage: Ancrage
) -> None:
    file = tmp_path / "logements.csv"
    file.write_text("ref;commune\nA;15014\n")
    done = ancrage("ingest", "vacancies", str(file))
    assert done.returncode == 2
    assert "Il manque une colonne" in done.stderr
    file.write_text("DEPCOM;NBPIECE\n15014;3\n")
    done = ancrage("ingest", "vacancies", str(file), "--layout", "rpls")
    assert done.returncode == 2
    assert "MODE" in done.stderr
    file.write_text(rows("A"))
    done = ancrage("ingest", "vacancies", str(file), "--json", key=key(Role.CASEWORKER))
    assert done.returncode == 2
    assert told(done)["status"] == 403


def test_offers_in_ndjson(tmp_path: Path, key: Callable[[Role], str], ancrage: Ancrage) -> None:
    file = tmp_path / "offres.ndjson"
    lines = [
        {"reference": "O1", "rome": "F1703", "contract": "CDI"},
        {"reference": "O2", "rome": "Z9", "contract": "CDI"},
    ]
    file.write_text("\n".join(json.dumps(line) for line in lines))
    done = ancrage("ingest", "offers", str(file), "--json", key=key(Role.FEED))
    assert done.returncode == 1, done.stdout + done.stderr
    assert [error["line"] for error in told(done)["errors"]] == [2]
