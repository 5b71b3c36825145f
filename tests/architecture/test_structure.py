"""The structure that the architecture promises, checked on the code itself."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.processes import PROCESSES
from shared.topics import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [path for folder in ("services", "shared", "deploy") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def _calls(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.lineno, ast.unparse(node.func)


def test_only_the_clock_module_reads_the_time_of_day() -> None:
    reads = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in SOURCES
        if path.parts[-2:] != ("shared", "clock.py") and "deploy" not in path.relative_to(ROOT).parts
        for line, name in _calls(path)
        if name in reads
    ]
    assert found == []


def test_every_topic_is_named_once() -> None:
    names = [topic.name for topic in CATALOGUE]
    assert len(set(names)) == len(names)


def test_topic_names_are_written_in_the_catalogue_only() -> None:
    dotted = [topic.name for topic in CATALOGUE if re.search(r"[.-]", topic.name)]
    allowed = {ROOT / "shared/topics.py", ROOT / "shared/events/_codec.py"}
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in SOURCES
        if path not in allowed
        for name in dotted
        if re.search(rf"""["']{re.escape(name)}["']""", path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("service", sorted({topic.writer for topic in CATALOGUE} - {"consumers"}))
def test_the_writer_of_a_topic_is_a_service(service: str) -> None:
    assert (ROOT / "services" / service).is_dir()


def test_every_process_has_its_own_port_and_a_service() -> None:
    offsets = [process.port_offset for process in PROCESSES]
    assert len(set(offsets)) == len(offsets)
    for process in PROCESSES:
        main = ROOT / "services" / process.service / "main.py"
        assert f'"{process.role}"' in main.read_text(encoding="utf-8"), process.name
    assert all(name in {p.name for p in PROCESSES} for process in PROCESSES for name in process.after)


def test_no_source_file_is_too_long_to_read() -> None:
    long = {str(path.relative_to(ROOT)): lines for path in SOURCES if (lines := path.read_text().count("\n")) > 350}
    assert long == {}
