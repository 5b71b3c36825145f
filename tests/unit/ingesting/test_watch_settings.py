"""Rules of a watched folder: which files, as what, and what is wrong with a configuration."""

from pathlib import Path

import pytest

from deploy.ingesting.watch_settings import CONFIGURATION, Folder, WatchSettings, read_watch_settings
from services.ingest.core.faults import FileRefused

RULES = """
settle_seconds = 5
poll_seconds = 2
[[folder]]
kind = "vacancies"
full = "*_complet*"
[[folder]]
path = "offres"
kind = "offers"
match = ["*.ndjson"]
marker = ".ok"
mapping = "offres.toml"
"""
MAPPING = 'kind = "offers"\n[columns]\nreference = "ID"\nrome = "M"\n[constants]\ncontract = "CDI"'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "offres").mkdir()
    (tmp_path / "offres.toml").write_text(MAPPING)
    return tmp_path


def configured(root: Path, text: str) -> WatchSettings:
    (root / CONFIGURATION).write_text(text)
    return read_watch_settings(root)


def test_the_rules_are_read(root: Path) -> None:
    settings = configured(root, RULES)
    assert (settings.settle_seconds, settings.poll_seconds) == (5.0, 2.0)
    homes, offers = settings.folders
    assert homes.is_full("EXPORT_Complet_2026.csv")
    assert not homes.is_full("export.csv")
    assert homes.conversion() is None
    assert (offers.path.name, offers.marker) == ("offres", ".ok")
    assert offers.conversion() is not None


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("export.csv", True),
        ("EXPORT.CSV.GZ", True),
        ("export.csv.tmp", False),
        ("export.csv.part", False),
        (".export.csv", False),
        ("export.csv.report.csv", False),
        ("export.xlsx", False),
        ("ancrage-watch.toml", False),
    ],
)
def test_files_that_are_not_finished_or_ours_are_left(tmp_path: Path, name: str, taken: bool) -> None:
    assert Folder(tmp_path, "vacancies").takes(name) is taken


def test_a_folder_without_rules_needs_a_kind(tmp_path: Path) -> None:
    with pytest.raises(FileRefused):
        read_watch_settings(tmp_path)
    assert read_watch_settings(tmp_path, kind="offers").folders == (Folder(tmp_path, "offers"),)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("settle = 3\n[[folder]]\nkind='offers'", "settle"),
        ("settle_seconds = -1\n[[folder]]\nkind='offers'", "settle_seconds"),
        ("[[folder]]\nkind='homes'", "folder[1].kind"),
        ("[[folder]]\nkind='offers'\npath='missing'", "folder[1].path"),
        ("[[folder]]\nkind='offers'\npath='..'", "folder[1].path"),
        ("[[folder]]\nkind='offers'\nlayout='rpls'", "folder[1].layout"),
        ("[[folder]]\nkind='vacancies'\nmapping='offres.toml'", "folder[1]."),
        ("[[folder]]\nkind='offers'\nmatch=3", "folder[1].match"),
        ("[folder]\nkind='offers'", "folder"),
        ("x = ", "ancrage-watch.toml"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(root: Path, text: str, place: str) -> None:
    with pytest.raises(FileRefused) as refused:
        configured(root, text)
    assert any(place in fault.field for fault in refused.value.faults), refused.value.faults
