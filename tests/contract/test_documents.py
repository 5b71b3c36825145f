"""Generated documents are what the declarations say, and every variable that something reads is in one of them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import documents as generator
from deploy.documents import OTHER_VARIABLES, ROOT, SERVICE_SETTINGS, documents, stale, write
from shared.identity import MATRIX
from shared.processes import SERVICES
from shared.web.problems import ProblemType

# Patterns of names that are no variable by themselves: "ANCRAGE_*" in words, prefixes in code.
VARIABLE = re.compile(r"\bANCRAGE_[A-Z0-9_]*[A-Z0-9]\b")


FOLDERS = ("services", "shared", "deploy", "tests", "docs", "scripts", ".ci")
KINDS = {".py", ".sh", ".yml", ".md", ".toml", ""}


def sources() -> list[Path]:
    """What people write: code, scripts, pages."""
    found = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in KINDS]
    return [path for path in [*found, *ROOT.glob("*.*"), ROOT / "ancrage"] if path.is_file() and path.suffix in KINDS]


def test_the_command_finds_every_document_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.cli", "documents", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"{len(documents())} documents" in done.stdout


def test_a_document_that_was_changed_or_lost_is_noticed_and_mended(tmp_path: Path) -> None:
    assert write(tmp_path) == list(documents())
    assert stale(tmp_path) == []
    with (tmp_path / "docs/rights.md").open("a", encoding="utf-8") as page:
        page.write("by hand\n")
    (tmp_path / "docs/errors.md").unlink()
    assert stale(tmp_path) == ["docs/rights.md", "docs/errors.md"]
    assert write(tmp_path) == ["docs/rights.md", "docs/errors.md"]
    assert stale(tmp_path) == []


def test_no_two_generators_make_the_same_document() -> None:
    paths = [path for generate in generator.GENERATORS for path in generate()]
    assert len(set(paths)) == len(paths)


@pytest.mark.parametrize("path", sorted(documents()))
def test_a_document_is_the_same_on_every_machine(path: str) -> None:
    text = documents()[path]
    assert str(ROOT) not in text
    assert str(Path.home()) not in text
    assert text.endswith("\n")


def test_the_settings_of_every_service_are_told() -> None:
    assert set(SERVICE_SETTINGS) == set(SERVICES)


def test_every_variable_that_something_names_is_told() -> None:
    told = set(VARIABLE.findall(documents()["docs/settings.md"]))
    named = {
        (name, str(path.relative_to(ROOT)))
        for path in sources()
        for name in VARIABLE.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 50
    assert {(name, where) for name, where in named if name not in told} == set()


@pytest.mark.parametrize("variable", OTHER_VARIABLES)
def test_a_variable_outside_the_settings_is_read_somewhere(variable: str) -> None:
    readers = [path for path in sources() if path.suffix in {".py", ""} and path != ROOT / "deploy/documents.py"]
    assert any(variable in path.read_text(encoding="utf-8") for path in readers)


def test_every_right_and_every_problem_has_its_line() -> None:
    rights, errors = documents()["docs/rights.md"], documents()["docs/errors.md"]
    for resource, action in MATRIX:
        assert re.search(rf"`{resource}` \| [^|]*`{action}` \|", rights)
    for kind in ProblemType:
        assert f"`{kind.uri}` | {kind.value.status} |" in errors
