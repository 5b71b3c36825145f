"""`ancrage ingest watch` and the API are killed while a long file is sent: each line once, one run, one report."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from shared.identity import Role
from shared.settings import Settings
from shared.sql.engine import service_engine
from tests.ingest_process import Api, Watcher, bearer, client_of, new_key, put_away, references, running_api
from tests.integration.ingesting.test_files_command import rows
from tests.integration.ingesting.test_watch_command import WATCH
from tests.patience import until


@pytest.fixture
def api(migrated: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(migrated, tmp_path_factory.mktemp("api") / "api.log") as running:
        yield running


@pytest.fixture
def landlord(api: Api, migrated: Settings) -> Iterator[httpx.Client]:
    with client_of(api, new_key(migrated, Role.LANDLORD)) as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ancrage-watch.toml").write_text(WATCH)
    return tmp_path


@pytest.fixture
def watcher(api: Api, landlord: httpx.Client, folder: Path) -> Iterator[Watcher]:
    made = Watcher(api, bearer(landlord), folder)
    yield made
    made.clear()


def runs(migrated: Settings) -> list[tuple[str, int]]:
    engine = service_engine(migrated, "ingest", pool=1)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT state, attempt FROM run ORDER BY id")).all()
    engine.dispose()
    return [(row.state, row.attempt) for row in found]


@pytest.mark.timeout(170)
def test_kill_9_of_the_watcher_and_of_the_api_in_the_middle_loses_and_doubles_nothing(
    folder: Path, api: Api, landlord: httpx.Client, watcher: Watcher, migrated: Settings
) -> None:
    watcher.start()
    until((folder / "working").is_dir)
    everything = [f"R{number}" for number in range(12_000)]
    before = len(runs(migrated))
    # Written slowly: a file that still grows is not taken.
    content = rows(*everything)
    with (folder / "nuit.csv").open("w") as file:
        for start in range(0, len(content), len(content) // 8 + 1):
            file.write(content[start : start + len(content) // 8 + 1])
            file.flush()
            time.sleep(0.05)
            assert not list((folder / "working").iterdir())

    def half_written() -> bool:
        page = landlord.get("/v1/runs", params={"limit": 1}).json()["items"]
        return bool(page) and 300 <= page[0]["lines"] < 11_000

    until(half_written)
    watcher.end(signal.SIGKILL)
    assert put_away(folder / "working") == ["nuit.csv"]
    watcher.start()
    until(lambda: runs(migrated)[before:] and runs(migrated)[-1][1] >= 2)
    api.kill()
    api.start()
    until(lambda: put_away(folder / "done") == ["nuit.csv", "nuit.csv.report.csv", "nuit.csv.report.txt"])
    assert watcher.end(signal.SIGTERM) == 0
    assert references(landlord) == {*everything}
    ((state, attempt),) = runs(migrated)[before:]  # one run, taken over after each kill
    assert (state, attempt >= 3) == ("finished", True)
    engine = service_engine(migrated, "ingest", pool=1)
    with engine.connect() as connection:
        doubled = connection.execute(
            text(
                "SELECT count(*) FROM vacancy WHERE version <> 1 AND owner ="
                " (SELECT owner FROM run ORDER BY id DESC LIMIT 1)"
            )
        ).scalar_one()
    engine.dispose()
    assert doubled == 0
    assert watcher.log().count('"end": "taken"') + watcher.log().count("end=taken") == 1
