"""200,000 lines through the command line and the API: every line counted, and memory as for 20,000."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from deploy.local.supervisor import CHECKOUT
from shared.identity import Role
from shared.settings import Settings
from tests.ingest_process import Api, environment, new_key, running_api
from tests.integration.ingesting.test_files_command import HEADER, ROW

SHORT, LONG = 20_000, 200_000
MORE_MB = 40  # that ten times the lines may take: buffers, caches of distinct texts, the allocator


@pytest.fixture(scope="module")
def api(migrated: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(migrated, tmp_path_factory.mktemp("api") / "api.log", chunk=500) as running:
        yield running


@dataclass(frozen=True)
class Measure:
    seconds: float
    command_mb: float
    api_mb: float


def csv_file(path: Path, lines: int) -> None:
    with path.open("w", encoding="cp1252", newline="") as file:
        file.write(HEADER + "\r\n")
        file.writelines(ROW.format(reference=f"R{number}") + "\r\n" for number in range(lines))


def sent(api: Api, settings: Settings, file: Path, *options: str) -> Measure:
    """Sends a file as a new landlord; the highest memory that the command ever had, and the API's now."""
    started = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "deploy.cli", "ingest", "vacancies", str(file), "--json", *options],
        cwd=CHECKOUT,
        env=environment(api, new_key(settings, Role.LANDLORD)),
        stdout=subprocess.DEVNULL,
    ) as command:
        _, status, usage = os.wait4(command.pid, 0)
        command.returncode = os.waitstatus_to_exitcode(status)
    assert command.returncode == 0
    process = psutil.Process(api.pid)
    return Measure(time.monotonic() - started, usage.ru_maxrss / 1024, process.memory_info().rss / 2**20)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("converted", [False, True], ids=["csv", "mapped"])
def test_memory_does_not_grow_with_the_file(api: Api, migrated: Settings, tmp_path: Path, converted: bool) -> None:
    options: tuple[str, ...] = ()
    if converted:
        mapping = tmp_path / "mapping.toml"
        names = ("Référence", "Code INSEE", "Typologie", "Surface (m²)", "Loyer HC (€)", "Disponible le")
        fields = ("reference", "commune", "typology", "surface_m2", "rent_eur_per_month", "available_from")
        columns = "\n".join(f'{field} = "{name}"' for field, name in zip(fields, names, strict=True))
        mapping.write_text(f'kind = "vacancies"\n[columns]\n{columns}\n', encoding="utf-8")
        options = ("--mapping", str(mapping))
    measures = []
    for lines in (SHORT, LONG):
        file = tmp_path / f"{lines}.csv"
        csv_file(file, lines)
        measures.append(sent(api, migrated, file, *options))
        assert f"{lines} créées" in (tmp_path / f"{lines}.csv.report.txt").read_text(encoding="utf-8")
    short, long = measures
    print(f"\n{LONG} lines in {long.seconds:.1f} s, {LONG / long.seconds:,.0f} lines/s")
    print(f"command: {short.command_mb:.0f} MB at {SHORT} lines, {long.command_mb:.0f} MB at {LONG}")
    print(f"API: {short.api_mb:.0f} MB after {SHORT} lines, {long.api_mb:.0f} MB after {LONG}")
    assert long.command_mb < short.command_mb + MORE_MB
    assert long.api_mb < short.api_mb + MORE_MB
