"""`ancrage reference` on a small country in use: what a person sees, and what the exit code says."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from deploy.commands.reference import register
from shared.reference import SHIPPED, Pack
from shared.reference.packs import chosen
from tests.unit.reference.conftest import Save

BASSINS = "reg;dep;codgeo;codbe;libbe\n" + "".join(
    f"84;{code[:2]};{code};{bassin};{name}\n"
    for code, bassin, name in [
        ("01001", "0101", "CENTRE"),
        ("01002", "0101", "CENTRE"),
        ("01003", "0101", "CENTRE"),
        ("15001", "0101", "CENTRE"),
        ("15002", "0101", "CENTRE"),
        ("15003", "0102", "ÉCART"),
    ]
)


def run(*arguments: str | Path) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, ["reference", *map(str, arguments)])


def test_a_change_beyond_the_thresholds_waits_for_a_yes(in_use: Pack, folder: Path, save: Save) -> None:
    path = save("bassins_2027.csv", BASSINS)
    refused = run("update", "bassins", path)
    assert refused.exit_code == 1
    assert "!!" in refused.output
    assert "15003 0101 → 0102" in refused.output
    assert "--yes" in refused.output
    assert [one.name for one in folder.iterdir() if one.is_dir()] == [in_use.version]
    accepted = run("update", "bassins", path, "--yes", "--json")
    assert accepted.exit_code == 0, accepted.output
    answer = json.loads(accepted.output)
    assert answer["base"] == in_use.version
    assert answer["version"] != in_use.version
    assert not answer["geography_changes"]
    assert chosen(folder) == in_use.version
    listed = json.loads(run("list", "--json").output)["versions"]
    (made,) = [one for one in listed if one["version"] == answer["version"]]
    assert made["vintages"]["bassins"] == "2027-01-01"
    assert made["base"] == in_use.version


def test_a_dry_run_writes_nothing(in_use: Pack, folder: Path, save: Save) -> None:
    before = sorted(folder.iterdir())
    shown = run("update", "bassins", save("bassins_2027.csv", BASSINS), "--yes", "--dry-run")
    assert shown.exit_code == 0, shown.output
    assert "bassins qui apparaissent" in shown.output
    assert sorted(folder.iterdir()) == before


def test_a_version_is_used_and_left_again_and_says_when_scores_have_to_be_rebuilt(
    in_use: Pack, folder: Path, save: Save
) -> None:
    zones = "codgeo,ze2020,libze2020\n" + "".join(
        f"{code},{zone},Zone\n"
        for code, zone in [("1001", 51), ("1002", 51), ("1003", 52), ("15001", 51), ("15002", 51), ("15003", 51)]
    )
    used = run("update", "zones-emploi", save("ZE_2027.csv", zones), "--yes", "--use")
    assert used.exit_code == 0, used.output
    assert "ancrage scoring rebuild" in used.output
    assert f"Retour : ancrage reference use {in_use.version}" in used.output
    back = run("use", in_use.version)
    assert back.exit_code == 0, back.output
    assert chosen(folder) == in_use.version
    assert run("use", SHIPPED).exit_code == 0
    assert run("check").exit_code == 0


def test_a_version_that_is_not_there_and_a_broken_one_are_not_used(in_use: Pack, folder: Path) -> None:
    assert run("use", "2030-01-01-00000000").exit_code == 2
    (folder / in_use.version / "geography/regions.csv").write_bytes(b"")
    refused = run("use", in_use.version)
    assert refused.exit_code == 1
    assert "reste en service" in refused.output
    checked = run("check", "--json")
    assert checked.exit_code == 1
    assert "regions.csv" in json.loads(checked.output)["problems"][in_use.version][0]
    assert "regions.csv" in run("list").output


@pytest.mark.parametrize(
    ("kind", "name", "text", "code", "says"),
    [
        ("bassin", "x_2027.csv", BASSINS, 2, "sorte inconnue « bassin »"),
        ("epci", "x_2027.csv", BASSINS, 2, "il n'est pas d'une mise à jour « epci »"),
        ("bassins", "x.csv", BASSINS, 2, "--vintage"),
        ("communes", "x_2027.csv", "mod,date_eff,typecom_av,com_av,typecom_ap,com_ap\n10,,,,,\n", 2, "demande aussi"),
        ("bassins", "x_2027.csv", "rien\n", 2, "aucun format officiel"),
        (
            "epci",
            "x_2027.csv",
            "siren,raison_sociale,nature_juridique,insee\n200000001,CC,CC,01777\n",
            2,
            "communes inconnues",
        ),
    ],
)
def test_files_that_do_not_fit_are_named_with_what_is_expected(
    in_use: Pack, save: Save, kind: str, name: str, text: str, code: int, says: str
) -> None:
    found = run("update", kind, save(name, text))
    assert (found.exit_code, says in found.output) == (code, True), found.output


def test_two_files_of_one_layout_are_refused(in_use: Pack, save: Save) -> None:
    found = run("update", "bassins", save("a_2027.csv", BASSINS), save("b_2027.csv", BASSINS))
    assert found.exit_code == 2
    assert "deux fichiers" in found.output


def test_the_version_of_the_rome_is_read_from_its_file(in_use: Pack, save: Save) -> None:
    text = '"code_rome","libelle_rome","code_rome_parent"\n"A1101","Conducteur","A1101"\n"A1102","Débardeur","A1101"\n'
    path = save("unix_referentiel_code_rome_v470_utf8.csv", text)
    made = json.loads(run("update", "rome", path, "--json").output)
    listed = json.loads(run("list", "--json").output)["versions"]
    (one,) = [one for one in listed if one["version"] == made["version"]]
    assert one["vintages"]["rome"] == "4.0 v470"
    assert made["changes"] == []
