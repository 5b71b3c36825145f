"""`ancrage programmes check|diff`: exit codes that mean something."""

import json
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from deploy.commands import programmes
from services.matching.programmes import FOLDER


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    programmes.register(made)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in FOLDER.glob("*.toml"):
        shutil.copy(path, tmp_path / path.name)
    return tmp_path


def test_the_programmes_in_use_are_sound(app: typer.Typer) -> None:
    done = CliRunner().invoke(app, ["programmes", "check", "--json"])
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert {one["code"] for one in found["programmes"]} >= {"emile", "generique"}
    assert found["problems"] == []


def test_a_broken_definition_and_an_empty_folder_are_told(app: typer.Typer, folder: Path, tmp_path: Path) -> None:
    path = folder / "emile.1.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('signature = "lease"', 'signature = "proposed"'), "utf-8")
    done = CliRunner().invoke(app, ["programmes", "check", str(folder)])
    assert done.exit_code == 2
    assert "emile.1.toml: signature" in done.output
    assert CliRunner().invoke(app, ["programmes", "diff", str(folder)]).exit_code == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    assert CliRunner().invoke(app, ["programmes", "check", str(empty)]).exit_code == 2


def test_a_difference_is_exit_code_one(app: typer.Typer, folder: Path) -> None:
    same = CliRunner().invoke(app, ["programmes", "diff", str(folder)])
    assert (same.exit_code, same.output) == (0, "")
    path = folder / "emile.1.toml"
    changed = path.read_text(encoding="utf-8").replace("longest_days = 60", "longest_days = 45")
    path.write_text(changed, "utf-8")
    done = CliRunner().invoke(app, ["programmes", "diff", str(folder)])
    assert done.exit_code == 1
    assert "hold: commission, 60 days -> commission, 45 days" in done.output
