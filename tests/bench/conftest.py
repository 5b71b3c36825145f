"""Each benchmark in a process of its own, as a person runs it, and its table at the end of the run.

Nothing here asserts a time: what a table says of speed is for people to read, on a quiet machine.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
_LONGEST_SECONDS = 3500
_tables: dict[str, str] = {}

Benchmark = Callable[..., subprocess.CompletedProcess[str]]
Figures = Callable[..., dict[str, Any]]


@pytest.fixture
def benchmark() -> Benchmark:
    """`python -m benchmarks.NAME ARGUMENTS`. Skips, with its reason, where what it measures against is absent."""

    def run(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        asked = [f"benchmarks.{name}", *map(str, arguments)]
        environment = {**os.environ, "COLUMNS": "120", "PYTHONWARNINGS": "default"}
        done = subprocess.run(
            [sys.executable, "-m", *asked],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
        _tables[" ".join(asked)] = done.stdout
        last = (done.stderr.strip().splitlines() or [""])[-1]
        if last.startswith("skipped: ") or (done.returncode and "is not there" in last):
            pytest.skip(last)
        return done

    return run


@pytest.fixture
def figures(benchmark: Benchmark, tmp_path: Path) -> Figures:
    """The JSON that a benchmark writes. One that fails is an error, with the end of what it said."""

    def run(name: str, *arguments: str | Path) -> dict[str, Any]:
        file = tmp_path / "figures.json"
        done = benchmark(name, *arguments, "--json", file)
        assert done.returncode == 0, done.stderr[-3000:]
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return found

    return run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for command, table in _tables.items():
        terminalreporter.section(f"python -m {command}")
        terminalreporter.write_line(table)
