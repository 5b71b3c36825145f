"""`ancrage ingest watch DIR` against an API that runs: complete files, once each, put away with their report."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from deploy.local.supervisor import CHECKOUT
from shared.identity import Role
from tests.ingest_process import Api, Watcher, bearer, environment, put_away, references
from tests.integration.ingesting.test_files_command import ROW, rows
from tests.patience import PATIENCE_SECONDS, until

WATCH = """
settle_seconds = 0.2
poll_seconds = 0.2
patience_seconds = 1
[[folder]]
kind = "vacancies"
full = "*complet*"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ancrage-watch.toml").write_text(WATCH)
    return tmp_path


@pytest.fixture
def watcher(api: Api, landlord: httpx.Client, folder: Path) -> Iterator[Watcher]:
    made = Watcher(api, bearer(landlord), folder)
    yield made
    made.clear()


Once = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def once(api: Api, landlord: httpx.Client, folder: Path) -> Once:
    """One pass over the folder, as cron makes it."""

    def call(key: str | None = None) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "deploy.cli", "ingest", "watch", str(folder), "--once"],
            cwd=CHECKOUT,
            env=environment(api, key or bearer(landlord)),
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    return call


def test_one_pass_takes_what_is_complete_and_puts_it_away_with_its_report(
    folder: Path, landlord: httpx.Client, once: Once
) -> None:
    (folder / "nuit.csv").write_text(rows("A", "B") + ROW.format(reference="C").replace("1 410,50", "?") + "\r\n")
    (folder / "nuit.csv.part").write_text("half")
    (folder / "liste.csv").write_text("ref;ville\nA;Aurillac\n")
    os.utime(folder / "nuit.csv", (1_790_000_000, 1_790_000_000))
    done = once()
    assert done.returncode == 1, done.stderr
    assert references(landlord) == {"A", "B"}
    assert (folder / "nuit.csv.part").exists()
    assert put_away(folder / "done") == ["nuit.csv", "nuit.csv.report.csv", "nuit.csv.report.txt"]
    assert put_away(folder / "failed") == ["liste.csv", "liste.csv.report.txt"]
    (reason,) = folder.glob("failed/*.report.txt")
    assert "Il manque une colonne" in reason.read_text(encoding="utf-8")
    # Observed when the file was written: what is said later, by whatever way, wins.
    assert landlord.get("/v1/vacancies/A").json()["observed_at"].startswith("2026-09-21")
    # Nothing is left to do, and nothing is sent again.
    assert once().returncode == 0
    assert put_away(folder / "working") == []


def test_a_full_file_is_told_by_its_name_and_the_same_name_comes_every_night(
    folder: Path, landlord: httpx.Client, once: Once
) -> None:
    everything = [f"R{number}" for number in range(10)]
    (folder / "export_complet.csv").write_text(rows(*everything))
    assert once().returncode == 0
    (folder / "export_complet.csv").write_text(rows(*everything[:-1]))
    assert once().returncode == 0
    assert references(landlord) == {*everything[:-1]}
    assert len([name for name in put_away(folder / "done") if name.endswith(".txt")]) == 2


def test_a_key_that_opens_nothing_leaves_the_files_where_they_are(
    folder: Path, key: Callable[[Role], str], once: Once, landlord: httpx.Client
) -> None:
    (folder / "nuit.csv").write_text(rows("A"))
    done = once(key(Role.CASEWORKER))
    assert done.returncode == 2
    assert put_away(folder / "failed") == put_away(folder / "done") == []
    assert once().returncode == 0
    assert references(landlord) == {"A"}


def test_a_stop_is_clean_and_a_second_watcher_is_refused(
    folder: Path, watcher: Watcher, once: Once, landlord: httpx.Client
) -> None:
    watcher.start()
    until((folder / "working").is_dir)
    assert once().returncode == 2
    (folder / "nuit.csv").write_text(rows("A"))
    until(lambda: references(landlord) == {"A"})
    until(lambda: len(put_away(folder / "done")) == 3)
    assert watcher.end(signal.SIGTERM) == 0
    assert "Traceback" not in watcher.log()
